"""Comparison of two runs task by task."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from corpora.errors import RagError
from rag.evaluation.intervals import Interval, Paired, interval, paired, share_interval
from rag.evaluation.report.measures import Measure, all_measures
from rag.evaluation.report.result import ContextResult, RunResult, TaskOutcome, flat
from rag.evaluation.sample import Context


class Difference(NamedTuple):
    """A line of the manifest that differs between the runs; None where a run does not have it."""

    key: str
    first: str | None
    second: str | None


class Change(NamedTuple):
    """A task of which a different share of the samples passes; shares are 0 to 1."""

    task_id: str
    first: float
    second: float


class ComparedMeasure(NamedTuple):
    """A score of both runs over the same tasks, and the paired test of their difference."""

    name: str
    percent: bool
    tasks: int
    first: Interval
    second: Interval
    paired: Paired


class ContextComparison(NamedTuple):
    """Both runs in one context.

    `tasks` is the number of tasks that both scored; `only_first` and `only_second` are the ids of the others,
    which no number here includes. `gained` and `lost` are the tasks of which more, or fewer, samples pass in
    the second run, the greatest change first.
    """

    context: Context
    tasks: int
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    measures: tuple[ComparedMeasure, ...]
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]

    @property
    def is_significant(self) -> bool:
        """Whether the runs differ in their first measure, which is pass@1 where there are tests."""
        return bool(self.measures) and self.measures[0].paired.is_significant


class Comparison(NamedTuple):
    """What a second run changed, in its manifest and in each context that both runs have."""

    first: str
    second: str
    manifest: tuple[Difference, ...]
    contexts: tuple[ContextComparison, ...]
    requests: Mapping[str, str] = {}  # id of a task -> the first words of what it asks


def compare(first: RunResult, second: RunResult) -> Comparison:
    """Compare two runs over the tasks that both scored, by paired tests (see `rag.evaluation.intervals`).

    Raises:
        RagError: in no context have both runs scored the same task.
    """
    others = {one.context: one for one in second.contexts}
    contexts = [
        _contexts(one, others[one.context])
        for one in first.contexts
        if one.context in others and _ids(one) & _ids(others[one.context])
    ]
    changed = {change.task_id for one in contexts for change in (*one.gained, *one.lost)}
    requests = {name: words for name, words in second.requests.items() if name in changed}
    if not contexts:
        raise RagError(
            f"the runs {first.name} and {second.name} cannot be compared",
            why="there is no context in which both scored the same task",
            fix="compare runs over the same data set",
        )
    return Comparison(first.name, second.name, _differences(first, second), tuple(contexts), requests)


def _differences(first: RunResult, second: RunResult) -> tuple[Difference, ...]:
    one, other = flat(first.manifest), flat(second.manifest)
    found = (Difference(key, one.get(key), other.get(key)) for key in one | other)
    return tuple(line for line in found if line.first != line.second)


def _contexts(first: ContextResult, second: ContextResult) -> ContextComparison:
    one, other = ({task.task_id: task for task in run.outcomes} for run in (first, second))
    common = [task_id for task_id in one if task_id in other]
    changes = [
        Change(task_id, *(task.passed / task.samples for task in (one[task_id], other[task_id])))
        for task_id in common
        if one[task_id].samples and other[task_id].samples  # the others have no tests
    ]
    changes.sort(key=lambda change: (-abs(change.second - change.first), change.task_id))
    known = {measure.name for measure in all_measures(second)}
    compared = (
        _measure(measure, [(one[task_id], other[task_id]) for task_id in common])
        for measure in all_measures(first)
        if measure.name in known
    )
    return ContextComparison(
        first.context,
        len(common),
        tuple(task_id for task_id in one if task_id not in other),
        tuple(task_id for task_id in other if task_id not in one),
        tuple(measure for measure in compared if measure),
        tuple(change for change in changes if change.second > change.first),
        tuple(change for change in changes if change.second < change.first),
    )


def _measure(measure: Measure, tasks: Sequence[tuple[TaskOutcome, TaskOutcome]]) -> ComparedMeasure | None:
    """Compare both runs by one measure, over the tasks that have it in both; None without such tasks.

    A pass rate that any task of either run lacks is left out, as in the tables.
    """
    first: dict[str, float] = {}
    second: dict[str, float] = {}
    for one, other in tasks:
        before, after = measure.score(one), measure.score(other)
        if before is not None and after is not None:
            first[one.task_id], second[one.task_id] = before, after
    tested = sum(one.samples > 0 and other.samples > 0 for one, other in tasks)
    if not first or (measure.percent and len(first) < tested):
        return None
    both = list(first.values()), list(second.values())
    mean_of = share_interval if measure.is_share else interval
    return ComparedMeasure(
        measure.name,
        measure.percent,
        len(first),
        mean_of(both[0]),
        mean_of(both[1]),
        paired(first, second, are_shares=measure.is_share),
    )


def _ids(context: ContextResult) -> set[str]:
    return {task.task_id for task in context.outcomes}
