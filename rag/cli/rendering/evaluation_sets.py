"""A built evaluation set as text: how large it is, by kind of change, and why something was left out."""

from collections.abc import Mapping
from typing import Any

from corpora.counted import counted
from rag.evaluation.report.lines import aligned, fit

_PURPOSES = {"both": "", "retrieval": "no question: ", "generation": "no task: "}


def built_set_as_text(summary: Mapping[str, Any]) -> str:
    """Render the summary of a set."""
    questions, tasks, changes = summary["questions"], summary["tasks"], summary["changes"]
    rows = [["kind of change", "changes", "questions", "tasks"]]
    rows += [
        [kind, str(changes[kind]), str(questions.get(kind, 0)), str(tasks.get(kind, 0))] for kind in changes
    ]
    rows.append(["all", *(str(sum(counts.values())) for counts in (changes, questions, tasks))])
    left_out = [
        [str(count), f"{said}{reason}"]
        for purpose, said in _PURPOSES.items()
        for reason, count in summary["left_out"].get(purpose, {}).items()
    ]
    total = sum(sum(reasons.values()) for reasons in summary["left_out"].values())
    lines = [f"{summary['library']} {summary['old']} to {summary['new']}", *aligned(rows), ""]
    lines.append(f"left out: {counted(total, 'entry', 'entries')}")
    lines += [fit(f"{count:>6}  {reason}") for count, reason in left_out]
    return "\n".join(lines)
