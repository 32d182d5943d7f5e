"""What is evaluated, and with what."""

from collections.abc import Callable
from dataclasses import dataclass

from indexers.index import Index
from rag.evaluation.datasets import Dataset
from rag.evaluation.run.sampler import Sampler
from rag.evaluation.run.settings import Settings
from rag.evaluation.task import Task
from rag.execution import Sandbox


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
        workers: programs that run at a time; changes no figure.
    """

    dataset: Dataset
    sampler: Sampler
    sandbox_of: Callable[[Task], Sandbox]
    settings: Settings = Settings()  # noqa: RUF009  frozen, so it may be shared
    index: Index | None = None
    workers: int = 1
