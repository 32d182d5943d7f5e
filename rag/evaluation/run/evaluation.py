"""What is evaluated, and with what."""

from collections.abc import Callable
from dataclasses import dataclass

from corpora.errors import RagError
from indexers.index import Index
from rag.evaluation.datasets import Dataset
from rag.evaluation.run.sampler import Sampler
from rag.evaluation.run.settings import Settings
from rag.evaluation.task import Task
from rag.execution import Sandbox


def runs_anywhere(task: Task) -> str:
    """Why the answers of `task` cannot run: they can."""
    return ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is evaluated, and with what.

    Args:
        dataset: the tasks.
        sampler: what answers them.
        sandbox_of: where the answers of a task run, `lambda task: sandbox` for one that serves all (see
            `Environments`). References have the time that the sandbox gives; answers, the larger of a
            second and ten times what the reference took.
        settings: what is asked for.
        index: where to retrieve from; None for the context "none" alone.
        why_not: why the answers of a task cannot run anywhere here, or empty (see `Environments.why_not`).
        workers: programs that run at a time; changes no figure.

    Raises:
        RagError: repair, attribution or written tests were asked for, and nothing answers their prompts.
    """

    dataset: Dataset
    sampler: Sampler
    sandbox_of: Callable[[Task], Sandbox]
    settings: Settings = Settings()  # noqa: RUF009  frozen, so it may be shared
    index: Index | None = None
    why_not: Callable[[Task], str] = runs_anywhere
    workers: int = 1

    def __post_init__(self) -> None:
        asks_more = self.settings.repair or self.settings.attribute or self.settings.written_tests
        if asks_more and self.sampler.generator_for(0) is None:
            raise RagError(
                "recorded answers are neither mended, attributed nor tried on written tests",
                why="for these, a generator has to answer other prompts than those that were recorded",
                fix="name a generator, or leave these out",
            )
