"""Where the answers of a run come from: a generator, or a file of recorded answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from corpora.errors import CorpusError, GeneratorUnavailable
from corpora.outside.files import hash_outside
from rag.evaluation.datasets.records import DatasetRecord, read_records
from rag.evaluation.sample import Context
from rag.evaluation.task import Task
from rag.generators.completion import Completion, Generator, complete, with_seed
from rag.prompting.prompt import Prompt

_MAX_BYTES: Final = 2_000_000_000  # of recorded answers
_TEXT: Final = ("text", "completion", "answer")


class Sampler(Protocol):
    """Gives the answers to a task, one for each number."""

    @property
    def description(self) -> Mapping[str, Any]:
        """What a manifest says of the sampler: plain values."""

    def sample(self, task: Task, context: Context, prompt: Prompt, number: int) -> Completion:
        """Return the answer to `prompt` with this number, 0 and above."""

    def generator_for(self, number: int) -> Generator | None:
        """Return what answers other prompts, such as those of repair; None where nothing does."""


@dataclass(frozen=True)
class Generated:
    """Asks a generator for each answer.

    Args:
        generator: anything that makes text of a prompt.
        description: what a manifest says of the generator.
        seed: that of sample 0; a generator with a seed gets the next one for each further sample.
        log_likelihood: ask for the log-likelihood of each answer, where the generator has to be asked.
    """

    generator: Generator
    description: Mapping[str, Any]
    seed: int = 0
    log_likelihood: bool = False

    def sample(self, task: Task, context: Context, prompt: Prompt, number: int) -> Completion:
        """Ask the generator, with the seed of this number."""
        return complete(self.generator_for(number), prompt)

    def generator_for(self, number: int) -> Generator:
        """Return the generator with the seed of this number; as it is where it has no `Sampling`."""
        return with_seed(self.generator, self.seed + number, log_likelihood=self.log_likelihood)


def with_log_likelihood(sampler: Sampler) -> Sampler:
    """Return `sampler` such that it asks its generator for log-likelihoods, if it has one."""
    return replace(sampler, log_likelihood=True) if isinstance(sampler, Generated) else sampler


@dataclass(frozen=True)
class Recorded:
    """Answers from a file, by task and number, for one context or for all.

    Args:
        answers: (id of a task, context or empty for all) -> texts, the one of sample 0 first.
        description: what a manifest says of them.
    """

    answers: Mapping[tuple[str, str], tuple[str, ...]]
    description: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> "Recorded":
        """Read JSON lines with `task_id`, and one `text` (or `completion`) or several `samples`.

        An optional `context` limits an answer to that context. The samples that a run kept (`samples.jsonl`)
        are such a file.

        Raises:
            CorpusError: the file cannot be read, is empty, or lacks one of these fields.
        """
        answers: dict[tuple[str, str], list[str]] = {}
        for record in read_records(path):
            context = record.text("context") if "context" in record.fields else ""
            answers.setdefault((record.text("task_id"), context), []).extend(_texts(record))
        if not answers:
            raise CorpusError(f"{path} holds no answers", why="the file is empty", fix="name another file")
        description = {
            "recorded": path.name,
            "content_hash": hash_outside(path, max_bytes=_MAX_BYTES),
            "answers": sum(map(len, answers.values())),
        }
        return cls({key: tuple(texts) for key, texts in answers.items()}, description)

    def sample(self, task: Task, context: Context, prompt: Prompt, number: int) -> Completion:
        """Return the recorded answer with this number. Raises `GeneratorUnavailable` where there is none."""
        texts = self.answers.get((task.task_id, context)) or self.answers.get((task.task_id, "")) or ()
        if number >= len(texts):
            raise GeneratorUnavailable(
                f"there is no recorded answer {number} to {task.task_id}",
                why=f"the file has {len(texts)} for it in the context {context}",
                fix="ask for fewer samples, or for the tasks and contexts that were recorded",
            )
        return Completion(texts[number], texts[number], "recorded", finish="")

    def generator_for(self, number: int) -> None:
        """Return None: nothing answers other prompts than those recorded."""
        return


def _texts(record: DatasetRecord) -> tuple[str, ...]:
    return record.texts("samples") if "samples" in record.fields else (record.text(*_TEXT),)
