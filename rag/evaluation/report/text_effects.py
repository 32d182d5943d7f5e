"""What documentation changed, as text for a terminal of 80 columns."""

from collections.abc import Iterator, Sequence

from corpora.counted import counted
from rag.evaluation.report.effects import (
    WITHOUT,
    EffectRow,
    EffectTable,
    changed_tasks,
    effect_tables,
    total_in_words,
)
from rag.evaluation.report.lines import aligned, fit
from rag.evaluation.report.numbers_as_text import limits, number_format, rate
from rag.evaluation.report.result import ChangedTask, NamingPassage, RunResult
from rag.evaluation.report.visible import visible_line

_TASKS_SHOWN = 5
_PASSAGES_SHOWN = 3
_ROWS_SHOWN = 15


def documentation_effects(result: RunResult) -> list[str]:
    """Return a text for each context that shows passages: a table, and the tasks that they changed most."""
    return ["\n".join(_lines(result, table)) for table in effect_tables(result)]


def _lines(result: RunResult, table: EffectTable) -> Iterator[str]:
    yield fit(f"What documentation changed: {table.context} instead of {WITHOUT} (%, 95 % intervals)")
    heads = ["", "tasks", WITHOUT, "with", "better", "worse", "never", "with - none"]
    yield from aligned([heads, *map(_cells, table.rows[:_ROWS_SHOWN])])
    if len(table.rows) > _ROWS_SHOWN:
        yield f"  and {len(table.rows) - _ROWS_SHOWN} more (report.html shows them)"
    yield from _wrapped(total_in_words(table))
    for name, tasks in changed_tasks(result, table.context).items():
        if tasks:
            more = f", the first {_TASKS_SHOWN}" if len(tasks) > _TASKS_SHOWN else ""
            yield f"{name}: {counted(len(tasks), 'task')}{more}"
        for task in tasks[:_TASKS_SHOWN]:
            yield from _task(task, result.requests.get(task.task_id, ""))


def _cells(row: EffectRow) -> list[str]:
    change = row.change.difference
    return [
        visible_line(row.name),
        str(row.tasks),
        rate(row.before.mean),
        rate(row.after.mean),
        *map(str, (row.better, row.worse, row.neither)),
        limits(change, number_format(True, change), signed=True),
    ]


def _task(task: ChangedTask, request: str) -> Iterator[str]:
    words = f"{visible_line(task.task_id)}  {visible_line(request)}".rstrip()
    yield fit(f"  {rate(task.before):>5} -> {rate(task.after):>5} %  {words}")
    if task.used:
        yield fit(f"      the answer that passes uses {visible_line(', '.join(task.used))}")
    naming = [one for one in task.passages if one.names]
    for one in naming[:_PASSAGES_SHOWN]:
        yield fit(f"      {_passage(one)}")
    rest = len(task.passages) - len(naming[:_PASSAGES_SHOWN])
    if rest:
        where = "more" if naming else "in the prompt"
        names_none = ", none of which names that" if task.used and not naming else ""
        yield f"      {counted(rest, 'passage')} {where}{names_none}"


def _passage(one: NamingPassage) -> str:
    shown = one.passage
    version = f" ({visible_line(shown.version)})" if shown.version else ""
    names = f" names {visible_line(', '.join(one.names))}" if one.names else ""
    return f"{shown.rank}. {visible_line(shown.title)}{version}{names}"


def _wrapped(text: str) -> Sequence[str]:
    from textwrap import wrap

    return wrap(visible_line(text), 80)
