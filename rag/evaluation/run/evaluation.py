"""The parts of an evaluation: tasks, sampler, sandboxes, settings and index."""

from collections.abc import Callable
from dataclasses import dataclass

from corpora.errors import RagError
from indexers.index import Index
from rag.evaluation.datasets import Dataset
from rag.evaluation.run.sampler import Sampler
from rag.evaluation.run.settings import Settings
from rag.evaluation.task import Task
from rag.execution import Sandbox
from rag.generators.usage import Prices
from rag.tasks.few_shot import FewShot


def runs_anywhere(task: Task) -> str:
    """Return no reason why the answers of `task` cannot run."""
    return ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is evaluated, and with what.

    Args:
        dataset: the tasks.
        sampler: the source of their answers.
        sandbox_of: returns the sandbox of a task: `lambda task: sandbox`, or `Environments.sandbox_of`.
            References have the time limit of the sandbox; answers have ten times what their reference took,
            and at least a second.
        settings: what the run does.
        index: the index to retrieve from; None if the context "none" is the only one.
        why_not: returns why the answers of a task cannot run here, empty if they can; see
            `Environments.why_not`.
        workers: number of programs that run at a time; it changes no result.
        wrong_index: an index of another version, for the context "wrong"; None without that context.
        prices: what the tokens of the generator cost; None where that is not known.
        few_shot: chooses solved examples that prompts show; None for none.

    Raises:
        RagError: repair, attribution or written tests need a generator, and the sampler has none.
    """

    dataset: Dataset
    sampler: Sampler
    sandbox_of: Callable[[Task], Sandbox]
    settings: Settings = Settings()  # noqa: RUF009  frozen, so it may be shared
    index: Index | None = None
    why_not: Callable[[Task], str] = runs_anywhere
    workers: int = 1
    wrong_index: Index | None = None
    prices: Prices | None = None
    few_shot: FewShot | None = None

    def __post_init__(self) -> None:
        asks_more = self.settings.repair or self.settings.attribute or self.settings.written_tests
        if asks_more and self.sampler.generator_for(0) is None:
            raise RagError(
                "recorded answers cannot be repaired, attributed or tried on written tests",
                why="for these, a generator has to answer prompts that were not recorded",
                fix="name one with --generator, or leave out --repair, --attribute and --written-tests",
            )


def chosen_tasks(tasks: tuple[Task, ...], count: int) -> tuple[Task, ...]:
    """Return `count` of the tasks, evenly spread, since many data sets get harder; all of them for 0."""
    if not 0 < count < len(tasks):
        return tasks
    return tuple(tasks[number * len(tasks) // count] for number in range(count))
