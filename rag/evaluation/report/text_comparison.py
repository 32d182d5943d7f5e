"""The comparison of two runs as text for a terminal of 80 columns."""

from collections.abc import Mapping

from corpora.counted import counted
from rag.evaluation.report.comparison import Change, ComparedMeasure, Comparison, ContextComparison
from rag.evaluation.report.lines import aligned, fit
from rag.evaluation.report.numbers_as_text import chance, limits, number, number_format, rate
from rag.evaluation.report.visible import visible_line

_TASKS_SHOWN = 10


def comparison_text(compared: Comparison) -> str:
    """Return what the second run changed: scores with paired tests, tasks gained and lost, the manifest."""
    title = [f"A: {visible_line(compared.first)}", f"B: {visible_line(compared.second)}"]
    parts = ["\n".join(map(fit, title)), *(_context(one, compared.requests) for one in compared.contexts)]
    rows = [
        [visible_line(line.key), *("-" if text is None else visible_line(text) for text in line[1:])]
        for line in compared.manifest
    ]
    if rows:
        lines = aligned([["", "A", "B"], *([key, fit(a, 28), fit(b, 28)] for key, a, b in rows)])
        parts.append("\n".join(["Manifest", *lines]))
    else:
        parts.append("The manifests are the same.")
    return "\n\n".join(parts)


def _context(one: ContextComparison, requests: Mapping[str, str]) -> str:
    heads = ["", "tasks", "A", "B", "B - A", "p"]
    lines = [f"Context {one.context}: {counted(one.tasks, 'task')} in both runs"]
    if one.only_first or one.only_second:
        lines.append(f"not compared: {len(one.only_first)} only in A, {len(one.only_second)} only in B")
    lines += aligned([heads, *map(_measure, one.measures)])
    lines += _changes("gained", one.gained, requests) + _changes("lost", one.lost, requests)
    return "\n".join(lines)


def _measure(measure: ComparedMeasure) -> list[str]:
    shown, change = number_format(measure.percent, measure.first), measure.paired.difference
    return [
        visible_line(measure.name) + (" (%)" if measure.percent else ""),
        str(measure.tasks),
        number(measure.first.mean, shown),
        number(measure.second.mean, shown),
        f"{number(change.mean, shown, signed=True)} {limits(change, shown, signed=True)}",
        chance(measure.paired.p),
    ]


def _changes(name: str, changes: tuple[Change, ...], requests: Mapping[str, str]) -> list[str]:
    lines = [f"{name}: {counted(len(changes), 'task')}"]
    for change in changes[:_TASKS_SHOWN]:
        first, second = rate(change.first), rate(change.second)
        task = f"{visible_line(change.task_id)}  {visible_line(requests.get(change.task_id, ''))}"
        lines.append(f"  {first:>5} -> {second:>5} %  {fit(task.rstrip(), 58)}")
    if len(changes) > _TASKS_SHOWN:
        lines.append(f"  and {len(changes) - _TASKS_SHOWN} more")
    return lines
