"""Where documentation changed the verdict on answers, by library and version, and with which passages."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from corpora.counted import counted
from rag.evaluation.intervals import Interval, Paired, paired, share_interval
from rag.evaluation.report.result import ChangedTask, ContextResult, RunResult, TaskOutcome
from rag.evaluation.sample import Context

WITHOUT: Context = "none"
"""The context that the others are compared with."""

_REST = "other"  # tasks that name no library


class EffectRow(NamedTuple):
    """Tasks about one library at one version, without and with passages.

    `neither` counts those of which no answer passes, with passages or without. A task about several libraries
    counts for each.
    """

    name: str
    tasks: int
    before: Interval
    after: Interval
    better: int
    worse: int
    neither: int
    change: Paired


class EffectTable(NamedTuple):
    """What the passages of a context changed: all tasks first, then by library and version."""

    context: Context
    rows: tuple[EffectRow, ...]


def effect_tables(result: RunResult) -> list[EffectTable]:
    """Return a table for each context that shows passages; none where answers without them are missing."""
    contexts = {one.context: _tested(one) for one in result.contexts}
    without = contexts.pop(WITHOUT, {})
    found = []
    for context, outcomes in contexts.items():
        pairs = [(without[name], outcomes[name]) for name in outcomes if name in without]
        if pairs:
            found.append(EffectTable(context, tuple(_rows(pairs))))
    return found


def _tested(context: ContextResult) -> dict[str, TaskOutcome]:
    return {task.task_id: task for task in context.outcomes if task.samples}


_Pairs = Sequence[tuple[TaskOutcome, TaskOutcome]]


def _rows(pairs: _Pairs) -> list[EffectRow]:
    groups: dict[str, list[tuple[TaskOutcome, TaskOutcome]]] = {}
    for pair in pairs:
        for name in _versions(pair[1]):
            groups.setdefault(name, []).append(pair)
    rows = sorted(
        (_row(name, found) for name, found in groups.items()), key=lambda row: (-row.tasks, row.name)
    )
    return [_row("all tasks", pairs), *(rows if len(groups) > 1 or _REST not in groups else [])]


def _versions(task: TaskOutcome) -> tuple[str, ...]:
    return task.versions or tuple(task.groups.get("library", ())) or (_REST,)


def _row(name: str, pairs: _Pairs) -> EffectRow:
    before, after = ({pair[side].task_id: _share(pair[side]) for pair in pairs} for side in (0, 1))
    changes = [after[task] - before[task] for task in before]
    return EffectRow(
        name,
        len(pairs),
        share_interval(list(before.values())),
        share_interval(list(after.values())),
        sum(change > 0 for change in changes),
        sum(change < 0 for change in changes),
        sum(not before[task] and not after[task] for task in before),
        paired(before, after, are_shares=True),
    )


def _share(task: TaskOutcome) -> float:
    return task.passed / task.samples


def changed_tasks(result: RunResult, context: Context) -> Mapping[str, tuple[ChangedTask, ...]]:
    """Return the tasks that passages of a context made better, and those that they made worse."""
    changed = [task for one in result.effects if one.context == context for task in one.changed]
    return {
        "better": tuple(task for task in changed if task.is_better),
        "worse": tuple(task for task in changed if not task.is_better),
    }


def total_in_words(table: EffectTable) -> str:
    """Return in a sentence what passages changed, and how sure that is."""
    # Of many libraries, some differ by chance alone: only all tasks together are judged.
    every = table.rows[0]
    chance = "more than chance" if every.change.is_significant else "which may be chance"
    never = f"{every.neither} of {counted(every.tasks, 'task')} never pass, with passages or without"
    return f"{every.better} better, {every.worse} worse, {chance}; {never}"
