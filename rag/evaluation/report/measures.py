"""What can be measured of the outcome of a task, under one name in every table and comparison."""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import NamedTuple

from rag.evaluation.report.result import ContextResult, TaskOutcome
from rag.execution import pass_at_k

# Where published tables have columns; the most that a run has samples for is added.
_CUTOFFS = (1, 2, 5, 10, 20, 50, 100)


class Measure(NamedTuple):
    """A score of a task, None where it has none; rates of passing are told in percent, all else as it is."""

    name: str
    score: Callable[[TaskOutcome], float | None]
    percent: bool = False


def pass_measures(contexts: Iterable[ContextResult]) -> list[Measure]:
    """pass@k for the usual k, and for the most that a context has samples for of every task with tests."""
    samples = [[task.samples for task in one.outcomes if task.samples] for one in contexts]
    most = {min(counts) for counts in samples if counts}
    cutoffs = sorted({k for k in _CUTOFFS if k <= max(most, default=0)} | most)
    return [_pass_at(k) for k in cutoffs]


def step_measures(contexts: Iterable[ContextResult]) -> list[Measure]:
    """pass@1 after each further step."""
    return [measure._replace(percent=True) for measure in _named(contexts, attrgetter("steps"))]


def text_measures(contexts: Iterable[ContextResult]) -> list[Measure]:
    """How near an answer is to the reference, as text."""
    return _named(contexts, attrgetter("text"))


def retrieval_measures(contexts: Iterable[ContextResult]) -> list[Measure]:
    """How good what was retrieved is."""
    return _named(contexts, attrgetter("retrieval"))


def all_measures(context: ContextResult) -> list[Measure]:
    """All that every task of a context may have, the rates of passing first."""
    one = [context]
    return [*pass_measures(one), *step_measures(one), *text_measures(one), *retrieval_measures(one)]


def _pass_at(k: int) -> Measure:
    def score(task: TaskOutcome) -> float | None:
        return pass_at_k(task.samples, task.passed, k) if k <= task.samples else None

    return Measure(f"pass@{k}", score, percent=True)


def _named(
    contexts: Iterable[ContextResult], scores: Callable[[TaskOutcome], Mapping[str, float]]
) -> list[Measure]:
    """The scores that tasks have under names, in the order of their first appearance."""
    names = dict.fromkeys(name for one in contexts for task in one.outcomes for name in scores(task))

    def measure(name: str) -> Measure:
        return Measure(name, lambda task: scores(task).get(name))

    return [measure(name) for name in names]
