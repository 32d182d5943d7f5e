"""The report of a run as text for a terminal of 80 columns."""

from corpora.counted import counted
from rag.evaluation.report.lines import WIDTH, aligned, aligned_blocks, fit
from rag.evaluation.report.numbers_as_text import cell, rate
from rag.evaluation.report.repair_counts import CountTable
from rag.evaluation.report.result import NO_LIKELIHOOD, AnswerCounts, Attribution, RunResult
from rag.evaluation.report.tables import ScoreTable, repair_counts_table, shown_tables
from rag.evaluation.report.text_effects import documentation_effects
from rag.evaluation.report.visible import visible_line

_CASES_SHOWN = 10


def text_report(result: RunResult) -> str:
    """Return the tables of a run, what was left out and why, and the first failing cases in a line or two."""
    parts = [fit(f"Run {visible_line(result.name)}"), *map(_table, shown_tables(result))]
    parts += filter(None, [_counts(repair_counts_table(result))])
    parts += documentation_effects(result)
    parts += filter(
        None, ["\n".join(remarks(result)), *map(_attribution, result.attributions), _failing(result)]
    )
    return "\n\n".join(parts)


def remarks(result: RunResult) -> list[str]:
    """Return, in lines, what a reader has to know beside the tables."""
    lines = []
    sandbox = result.manifest.get("sandbox") or {}
    if "memory_limit" in sandbox:
        isolation, memory_limit = (visible_line(str(sandbox[key])) for key in ("isolation", "memory_limit"))
        lines.append(fit(f"isolation: {isolation}; memory limited by: {memory_limit}"))
    failures = result.environment_failures
    if failures:
        count = sum(map(len, failures.values()))
        lines.append(f"left out because the reference fails here: {counted(count, 'task')}")
        lines += [fit(f"  {len(ids):>4}  {visible_line(reason)}") for reason, ids in failures.items()]
    lines += [
        f"{context}: left out {counted(count, 'contaminated passage')}"
        for context, count in result.excluded_passages.items()
        if count
    ]
    lines += [fit(f"{one.context}: {note}") for one in result.contexts for note in answer_notes(one.answers)]
    if unknown := result.manifest.get(NO_LIKELIHOOD):
        lines.append(fit(f"likelihood: unknown for {visible_line(str(unknown))} samples; these rank last"))
    if result.usage and result.usage.calls:
        lines.append(fit(f"generator: {result.usage.line}"))
    if result.gate:
        lines.append(
            f"gate at {result.gate.threshold:g}: closed for {counted(result.gate.closed, 'task')}, "
            f"{len(result.gate.gained)} gained, {len(result.gate.lost)} lost"
        )
    return lines


def answer_notes(answers: AnswerCounts) -> list[str]:
    """Return what a reader has to know of the answers in a context: those that are missing or cut off."""
    notes = [f"{visible_line(why)}: {counted(count, 'answer')}" for why, count in answers.missing.items()]
    if answers.cut:
        notes.append(f"the limit of tokens cut off {counted(answers.cut, 'answer')}")
    notes += [
        f"made without {visible_line(name)}, which the backend does not take: {counted(count, 'answer')}"
        for name, count in answers.left_out.items()
    ]
    if answers.mean_tokens is not None:
        notes.append(f"mean length of an answer: {answers.mean_tokens:.0f} tokens")
    return notes


def _failing(result: RunResult) -> str:
    """Return a line for each of the first failing cases, and one for its error."""
    if not result.failing:
        return ""
    shown = result.failing[:_CASES_SHOWN]
    number = f"the first {len(shown)} of " if len(shown) < len(result.failing) else ""
    lines = [f"Failing cases: {number}{len(result.failing)} (report.html shows them in full)"]
    for case in shown:
        words = f"{visible_line(case.task_id)}  {visible_line(case.intent[:WIDTH])}"
        lines.append(fit(f"  {case.context:<9}  {case.status:<7}  {words}"))
        lines.append(fit(f"{'':22}{visible_line(case.error.partition(chr(10))[0])}"))
    return "\n".join(lines)


def _table(table: ScoreTable) -> str:
    """Write a table. The number of tasks is in the title, or in a column if rows differ in it."""
    counts = {row.tasks for row in table.rows}
    of_all = f" of {counted(counts.pop(), 'task')}" if len(counts) == 1 else ""
    unit = " (%)" if any(row.percent for row in table.rows) else ""
    rows = [["", *([] if of_all else ["tasks"]), *table.columns]]
    for row in table.rows:
        values = [cell(value, percent=row.percent) for value in row.values]
        rows.append([visible_line(row.name), *([] if of_all else [str(row.tasks)]), *values])
    return "\n".join(
        [f"{table.title}{unit}{of_all}, with 95 % intervals", *aligned_blocks(rows, 1 if of_all else 2)]
    )


def _counts(table: CountTable) -> str:
    """Write a table of whole numbers; empty if it has no rows."""
    if not table.rows:
        return ""
    rows = [[name, *("-" if one is None else f"{one:,}" for one in values)] for name, values in table.rows]
    return "\n".join([table.title, *aligned([["", *table.columns], *rows])])


def _attribution(task: Attribution) -> str:
    rows = [
        [
            f"{one.passage.rank}.",
            task.effect(one),
            rate(one.without),
            visible_line(one.passage.title),
        ]
        for one in task.passages
    ]
    title = f"Passages of {visible_line(task.task_id)}: {rate(task.together)} % pass with all"
    return "\n".join([fit(title), *(fit(line) for line in aligned([["", "", "without", ""], *rows]))])
