"""A generator that looks for an answer on disk before it asks another one."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Generator as PythonGenerator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, cast

from corpora.errors import GeneratorError
from rag.generators.answer_cache.answer_key import answer_key, why_not_kept
from rag.generators.answer_cache.answer_store import MAX_CACHE_BYTES, AnswerStore
from rag.generators.completion import (
    Completion,
    StreamingGenerator,
    complete,
    continue_text,
    generator_name,
    samples,
)
from rag.generators.wrapped import WrappedGenerator
from rag.prompting.prompt import Prompt


@dataclass(slots=True)
class CacheTally:
    """How often an answer was there, and why one that was made could not be kept; for several threads.

    Attributes:
        found: number of questions that were answered from the cache.
        asked: number of those that were not.
        unkept: why the last answer that could not be kept was not; empty if all were.
    """

    found: int = 0
    asked: int = 0
    unkept: str = ""
    _lock: Any = field(default_factory=Lock, repr=False)

    def count(self, *, found: bool) -> None:
        """Count a question."""
        with self._lock:
            self.found, self.asked = self.found + found, self.asked + (not found)


@dataclass(eq=False)
class CachedGenerator(WrappedGenerator):
    """Keeps the answers of another generator on disk, and gives them again when the same is asked.

    The same is: the same model, messages, images, passages, sampling with seed, and way of asking. Errors,
    answers without text and streams that were cut off are not kept. It offers what the other one does.

    Args:
        generator: the other one; it says what decides its answers (see `KeyedGenerator`).
        folder: of the answers; several processes may share it.
        max_bytes: about how much is kept.
        tally: counts what was found, also for copies with other sampling.
        sampling: see `WrappedGenerator`.

    Raises:
        GeneratorError: the generator does not say what decides its answers, or has no `sampling`.
    """

    folder: Path
    max_bytes: int = MAX_CACHE_BYTES
    tally: CacheTally = field(default_factory=CacheTally, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if why := why_not_kept(self.generator):
            raise GeneratorError(
                f"answers of the generator {generator_name(self.generator)} cannot be kept",
                why=why,
                fix="give it a property cache_key (a mapping) and a field sampling, or leave out the cache",
            )

    @property
    def store(self) -> AnswerStore:
        """Where the answers are."""
        return AnswerStore(self.folder, self.max_bytes)

    def around(self) -> Mapping[str, Callable[..., Any]]:
        """Return the methods that look in the cache beside a plain call."""
        return {"stream": self._stream, "continue_text": self._continue_text, "samples": self._samples}

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt` from the cache, else ask."""
        return self._found("call", _asked(prompt), lambda: (complete(self.generator, prompt),))[0]

    def _continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        asked = {"text": text, "stop": list(stop)}
        return self._found("continue", asked, lambda: (continue_text(self.generator, text, stop),))[0]

    def _samples(self, prompt: Prompt, n: int, /) -> tuple[Completion, ...]:
        asked = _asked(prompt) | {"n": n}
        return self._found("samples", asked, lambda: samples(self.generator, prompt, n), n)

    def _stream(self, prompt: Prompt, /) -> PythonGenerator[str, None, Completion | None]:
        """Yield a kept answer at once, else the pieces of a new one; it is kept once it is whole."""
        key = self._key("stream", _asked(prompt))
        if kept := self._get(key, 1):
            yield kept[0].text
            return kept[0]
        pieces = iter(cast(StreamingGenerator, self.generator).stream(prompt))
        text: list[str] = []
        try:
            while True:
                try:
                    piece = next(pieces)
                except StopIteration as end:
                    # Without it nobody knows whether the stream came to its end, or was cut off.
                    answer = end.value if isinstance(end.value, Completion) else None
                    break
                text.append(piece)
                yield piece
        finally:
            if close := getattr(pieces, "close", None):
                close()
        if answer and "".join(text) == answer.text:
            self._keep(key, (answer,))
        return answer

    def _found(
        self, protocol: str, asked: Mapping[str, Any], ask: Callable[[], tuple[Completion, ...]], n: int = 1
    ) -> tuple[Completion, ...]:
        key = self._key(protocol, asked)
        if kept := self._get(key, n):
            return kept
        answers = ask()
        self._keep(key, answers)
        return answers

    def _key(self, protocol: str, asked: Mapping[str, Any]) -> str:
        """Return the key of what is asked; empty if there is none, and why is told."""
        try:
            return answer_key(self.generator, protocol, asked)
        except (OSError, TypeError, ValueError) as error:  # OSError: the file of a model is gone
            self.tally.unkept = f"what decides it cannot be told: {error}"
            return ""

    def _get(self, key: str, n: int) -> tuple[Completion, ...] | None:
        kept = self.store.get(key) if key else None
        found = kept is not None and len(kept) == n and all(map(_is_whole, kept))
        self.tally.count(found=found)
        return kept if found else None

    def _keep(self, key: str, answers: tuple[Completion, ...]) -> None:
        if key and all(map(_is_whole, answers)):
            self.tally.unkept = self.store.put(key, answers) or self.tally.unkept


def _asked(prompt: Prompt) -> dict[str, Any]:
    """Return all of a prompt that a generator may read: some read whole passages, which messages may cut."""
    passages = [[one.chunk.symbol, one.chunk.location, one.chunk.text] for one in prompt.hits]
    return {"messages": prompt.messages, "query": prompt.query, "passages": passages}


def _is_whole(answer: Completion) -> bool:
    """Return whether there is an answer; a refusal or an empty one may be another one the next time."""
    return not answer.missing and bool(answer.text.strip() or answer.tool_calls)
