"""The tables of a report: a column for each context, a row for each score, with intervals."""

from collections.abc import Sequence
from typing import NamedTuple

from rag.evaluation.intervals import Interval, interval, share_interval
from rag.evaluation.report.measures import (
    Measure,
    pass_measures,
    retrieval_measures,
    step_measures,
    text_measures,
)
from rag.evaluation.report.repair_counts import CountTable, repair_table
from rag.evaluation.report.result import RunResult, TaskOutcome

ScoreValue = Interval | float | None


class ScoreRow(NamedTuple):
    """A score in each context over `tasks` tasks: with its interval, without one, or None for no score."""

    name: str
    tasks: int
    values: tuple[ScoreValue, ...]
    percent: bool


class ScoreTable(NamedTuple):
    """A titled table with a column for each context."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[ScoreRow, ...]


def all_tables(result: RunResult) -> list[ScoreTable]:
    """Return all tables that have rows, the most important first."""
    return _with_rows(result, pass_table(result))


def shown_tables(result: RunResult) -> list[ScoreTable]:
    """Return the tables for a reader: as `all_tables`, but without rows that an earlier table has."""
    return _with_rows(result, further_passes(result))


def _with_rows(result: RunResult, passes: ScoreTable) -> list[ScoreTable]:
    found = [
        summary_table(result),
        passes,
        *group_tables(result),
        text_table(result),
        retrieval_table(result),
    ]
    return [table for table in found if table.rows]


def further_passes(result: RunResult) -> ScoreTable:
    """Return the table of pass@k for k above 1: pass@1 is in the summary."""
    table = pass_table(result)
    return table._replace(rows=table.rows[1:])


def summary_table(result: RunResult) -> ScoreTable:
    """Return the table of pass@1, and of pass@1 after each further step."""
    rows = [*pass_measures(result.contexts)[:1], *step_measures(result.contexts)]
    return _table(result, "pass@1", rows)


def pass_table(result: RunResult) -> ScoreTable:
    """Return the table of pass@k, for the contexts that have k samples of every task."""
    return _table(result, "pass@k", pass_measures(result.contexts))


def text_table(result: RunResult) -> ScoreTable:
    """Return the table of text scores of the answers, against the references."""
    table = _table(result, "Text scores", text_measures(result.contexts))
    names = dict.fromkeys(name for one in result.contexts for name in one.corpus_scores)
    tasks = max((len(one.outcomes) for one in result.contexts), default=0)
    whole = [
        ScoreRow(
            f"{name} (corpus)",
            tasks,
            tuple(one.corpus_scores.get(name) for one in result.contexts),
            False,
        )
        for name in names
    ]
    return table._replace(rows=(*table.rows, *whole))


def repair_counts_table(result: RunResult) -> CountTable:
    """Return what repair did, in numbers; the table has no rows where nothing was repaired."""
    return repair_table({one.context: one.repairs for one in result.contexts})


def retrieval_table(result: RunResult) -> ScoreTable:
    """Return the table of retrieval scores, over the tasks that have gold documents."""
    return _table(result, "Retrieval scores", retrieval_measures(result.contexts))


def group_tables(result: RunResult) -> list[ScoreTable]:
    """Return a table of pass@1 by group for each way to group tasks, the largest groups first.

    There are none where no task has tests. A way that puts all tasks into one group, or that groups them as
    another way does, is left out.
    """
    if not pass_measures(result.contexts):
        return []
    tasks = [task for one in result.contexts for task in one.outcomes]
    columns = tuple(one.context for one in result.contexts)
    found = []
    seen = [{frozenset(task.task_id for task in tasks if task.samples)}]
    for way in dict.fromkeys(way for task in tasks for way in task.groups):
        names = sorted({group for task in tasks for group in task.groups.get(way, ())})
        groups = {name: members for name in names if (members := _members(tasks, way, name))}
        parts = {*groups.values()}
        if parts in seen:
            continue
        seen.append(parts)
        rows = [_group_row(result, way, group) for group in groups]
        rows.sort(key=lambda row: (-row.tasks, row.name))
        found.append(ScoreTable(f"By {way}", columns, tuple(rows)))
    return found


def _members(tasks: Sequence[TaskOutcome], way: str, group: str) -> frozenset[str]:
    """Return the ids of those tasks in a group that have samples, and so a pass rate."""
    return frozenset(task.task_id for task in tasks if task.samples and group in task.groups.get(way, ()))


def _group_row(result: RunResult, way: str, group: str) -> ScoreRow:
    (measure,) = pass_measures(result.contexts)[:1]
    parts = [[task for task in one.outcomes if group in task.groups.get(way, ())] for one in result.contexts]
    found = [mean(part, measure) for part in parts]
    return ScoreRow(group, max(tasks for _, tasks in found), tuple(value for value, _ in found), True)


def mean(outcomes: Sequence[TaskOutcome], measure: Measure) -> tuple[ScoreValue, int]:
    """Return the mean over the tasks that have the score, None without any, and their number.

    A pass rate needs all tasks that have tests, since those with too few samples must not drop out unseen.
    Scores that are no shares have no interval over a single task.
    """
    tested = sum(task.samples > 0 for task in outcomes)
    scores = [score for task in outcomes if (score := measure.score(task)) is not None]
    if not scores or (measure.percent and len(scores) < tested):
        return None, len(scores)
    if measure.is_share:
        return share_interval(scores), len(scores)
    return (interval(scores) if len(scores) > 1 else scores[0]), len(scores)


def _table(result: RunResult, title: str, rows: Sequence[Measure]) -> ScoreTable:
    return ScoreTable(
        title, tuple(one.context for one in result.contexts), tuple(_row(result, row) for row in rows)
    )


def _row(result: RunResult, measure: Measure) -> ScoreRow:
    found = [mean(one.outcomes, measure) for one in result.contexts]
    return ScoreRow(
        measure.name, max(tasks for _, tasks in found), tuple(value for value, _ in found), measure.percent
    )
