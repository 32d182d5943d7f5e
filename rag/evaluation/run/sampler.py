"""Where answers come from: a generator, or a file of answers that were recorded before."""

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol, cast

from corpora.errors import CorpusError, GeneratorError
from corpora.outside.files import hash_outside
from rag.evaluation.datasets.records import Record, read_records
from rag.evaluation.sample import Context
from rag.evaluation.task import Task
from rag.generators.completion import Completion, Generator, Sampling, complete
from rag.prompting.prompt import Prompt

_MAX_BYTES: Final = 2_000_000_000  # of recorded answers
_TEXT: Final = ("text", "completion", "answer")


class Sampler(Protocol):
    """Gives the answers of a task, one for each number."""

    def sample(self, task: Task, context: Context, prompt: Prompt, number: int) -> Completion:
        """The answer with this number, 0 and above, to `prompt`."""

    def generator(self, number: int) -> Generator | None:
        """What answers other prompts, as repair makes them; None where nothing does."""

    @property
    def description(self) -> Mapping[str, Any]:
        """What a manifest says of it: plain values."""


@dataclass(frozen=True)
class Generated:
    """Asks a generator. Where it has a seed, each number has one of its own, from that of the run on.

    Args:
        by: anything that makes text of a prompt.
        told: what a manifest says of it.
        seed: that of sample 0.
    """

    by: Generator
    told: Mapping[str, Any]
    seed: int = 0

    def sample(self, task: Task, context: Context, prompt: Prompt, number: int) -> Completion:
        """See `Sampler`."""
        return complete(self.generator(number), prompt)

    def generator(self, number: int) -> Generator:
        """The generator, with the seed of this number."""
        sampling = getattr(self.by, "sampling", None)
        if not is_dataclass(self.by) or not isinstance(sampling, Sampling):
            return self.by
        return cast(Generator, replace(self.by, sampling=replace(sampling, seed=self.seed + number)))

    @property
    def description(self) -> Mapping[str, Any]:
        """See `Sampler`."""
        return self.told


@dataclass(frozen=True)
class Recorded:
    """Answers from a file, by task and number; those of a context where they name one, else for all.

    Args:
        answers: (task, context or empty) -> texts.
        told: what a manifest says of them.
    """

    answers: Mapping[tuple[str, str], tuple[str, ...]]
    told: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> "Recorded":
        """Read JSON lines with `task_id`, a `text` (or `completion`) or several `samples`, maybe `context`.

        The samples that a run kept (`samples.jsonl`) are such a file.

        Raises `CorpusError` for a file that is not.
        """
        answers: dict[tuple[str, str], list[str]] = {}
        for record in read_records(path):
            context = record.text("context") if "context" in record.fields else ""
            answers.setdefault((record.text("task_id"), context), []).extend(_texts(record))
        if not answers:
            raise CorpusError(f"{path} holds no answers", why="it is empty", fix="name another file")
        told = {
            "recorded": path.name,
            "content_hash": hash_outside(path, max_bytes=_MAX_BYTES),
            "answers": sum(map(len, answers.values())),
        }
        return cls({key: tuple(texts) for key, texts in answers.items()}, told)

    def sample(self, task: Task, context: Context, prompt: Prompt, number: int) -> Completion:
        """See `Sampler`. Raises `GeneratorError` where there is no such answer."""
        texts = self.answers.get((task.task_id, context)) or self.answers.get((task.task_id, "")) or ()
        if number >= len(texts):
            raise GeneratorError(
                f"there is no recorded answer {number} to {task.task_id}",
                why=f"the file has {len(texts)} for it in the context {context}",
                fix="ask for fewer samples, or for the tasks and contexts that were recorded",
            )
        return Completion(texts[number], texts[number], "recorded")

    def generator(self, number: int) -> None:
        """Nothing answers other prompts than those recorded."""
        return

    @property
    def description(self) -> Mapping[str, Any]:
        """See `Sampler`."""
        return self.told


def _texts(record: Record) -> tuple[str, ...]:
    return record.texts("samples") if "samples" in record.fields else (record.text(*_TEXT),)
