"""Tasks grouped by whether a model can have seen them in training."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from corpora.errors import RagError
from rag.evaluation.task import Task

DateWindow = Literal["before", "after", "no date"]
TaskOrigin = Literal["existing", "new", "unknown"]

_YEAR_CHARS, _MONTH_CHARS, _DAY_CHARS = 4, 7, 10


def date_windows(tasks: Sequence[Task], cutoff: str) -> dict[DateWindow, list[Task]]:
    """Group tasks by publication: up to a model's cutoff, after it, or without a date.

    Only tasks that are certainly unseen are "after": a task's date without month or day means its first day,
    such a cutoff its last day. Jain et al. 2024, "LiveCodeBench", compare the scores before and after.

    Args:
        tasks: tasks whose dates are in ISO 8601; anything after the day is ignored.
        cutoff: the last day of the model's training data: `2023-09-30`, `2023-09` or `2023`.

    Raises:
        RagError: the cutoff, or the date of a task, is not a date.
    """
    last = _period(cutoff, "the cutoff")[1]
    windows: dict[DateWindow, list[Task]] = {"before": [], "after": [], "no date": []}
    for task in tasks:
        if not task.date:
            windows["no date"].append(task)
        elif _period(task.date, f"the date of the task {task.task_id}")[0] > last:
            windows["after"].append(task)
        else:
            windows["before"].append(task)
    return windows


def origin_windows(tasks: Sequence[Task]) -> dict[TaskOrigin, list[Task]]:
    """Group tasks by origin: taken from public notebooks, written for the data set, or unknown.

    Yin et al. 2023, "ARCADE": models are far worse at "new" tasks than at "existing" ones, which stand in
    public notebooks. The group of a task says which it is.
    """
    origins: dict[TaskOrigin, list[Task]] = {"existing": [], "new": [], "unknown": []}
    for task in tasks:
        origin: TaskOrigin = (
            "existing" if task.group == "existing" else "new" if task.group == "new" else "unknown"
        )
        origins[origin].append(task)
    return origins


def _period(text: str, what: str) -> tuple[date, date]:
    """Return the first and the last day that a date may mean: `2023-09` gives September 1 and 30."""
    try:
        if len(text) == _YEAR_CHARS:
            return date(int(text), 1, 1), date(int(text), 12, 31)
        if len(text) == _MONTH_CHARS:
            first = date.fromisoformat(f"{text}-01")
            following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            return first, date.fromordinal(following.toordinal() - 1)
        day = date.fromisoformat(text[:_DAY_CHARS])
    except ValueError as error:
        raise RagError(
            f"{what} is not a date: {text!r}", why=str(error), fix="write it as 2023-09-30, 2023-09 or 2023"
        ) from error
    return day, day
