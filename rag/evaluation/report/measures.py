"""Measures of the outcome of a task, each with one name in every table and comparison."""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import NamedTuple

from rag.evaluation.report.result import ContextResult, TaskOutcome
from rag.execution import pass_at_k

# The k of published tables; the largest k that a run has samples for is added.
_CUTOFFS = (1, 2, 5, 10, 20, 50, 100)


_SHARES = ("exact_match", "command_name", "command_match")


class Measure(NamedTuple):
    """A score of a task, None where it has none; `percent` marks pass rates, which are shown in percent."""

    name: str
    score: Callable[[TaskOutcome], float | None]
    percent: bool = False

    @property
    def is_share(self) -> bool:
        """Whether the mean is a share of something, from 0 to 1, unlike that of a similarity."""
        return self.percent or self.name in _SHARES or self.name.startswith("R@")


def pass_measures(contexts: Iterable[ContextResult]) -> list[Measure]:
    """Return pass@k for the usual k, and for the largest k that a context has samples for in every task."""
    samples = [[task.samples for task in one.outcomes if task.samples] for one in contexts]
    most = {min(counts) for counts in samples if counts}
    cutoffs = sorted({k for k in _CUTOFFS if k <= max(most, default=0)} | most)
    return [_pass_at(k) for k in cutoffs]


def step_measures(contexts: Iterable[ContextResult]) -> list[Measure]:
    """Return pass@1 after each further step: selection, repair."""
    return [measure._replace(percent=True) for measure in _named(contexts, attrgetter("steps"))]


def text_measures(contexts: Iterable[ContextResult]) -> list[Measure]:
    """Return the scores of an answer as text, against the reference."""
    return _named(contexts, attrgetter("text"))


def retrieval_measures(contexts: Iterable[ContextResult]) -> list[Measure]:
    """Return the scores of retrieval, against the gold documents."""
    return _named(contexts, attrgetter("retrieval"))


def all_measures(context: ContextResult) -> list[Measure]:
    """Return all measures of a context, pass rates first."""
    one = [context]
    return [*pass_measures(one), *step_measures(one), *text_measures(one), *retrieval_measures(one)]


def _pass_at(k: int) -> Measure:
    def score(task: TaskOutcome) -> float | None:
        return pass_at_k(task.samples, task.passed, k) if k <= task.samples else None

    return Measure(f"pass@{k}", score, percent=True)


def _named(
    contexts: Iterable[ContextResult], scores: Callable[[TaskOutcome], Mapping[str, float]]
) -> list[Measure]:
    """Return a measure for each name of a score, in the order of first appearance."""
    names = dict.fromkeys(name for one in contexts for task in one.outcomes for name in scores(task))

    def measure(name: str) -> Measure:
        return Measure(name, lambda task: scores(task).get(name))

    return [measure(name) for name in names]
