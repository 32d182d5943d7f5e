"""Tasks by whether a model can have seen them when it was trained."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from corpora.errors import RagError
from rag.evaluation.task import Task

DateWindow = Literal["before", "after", "no date"]
Origin = Literal["existing", "new", "not told"]

_YEAR_CHARS, _MONTH_CHARS, _DAY_CHARS = 4, 7, 10


def date_windows(tasks: Sequence[Task], cutoff: str) -> dict[DateWindow, list[Task]]:
    """The tasks that were published up to a model's cutoff, after it, and those that have no date.

    Only what is surely unseen is "after": of a date without a day or month the first day counts, of such a
    cutoff the last one. Jain et al. 2024, "LiveCodeBench", compare scores before and after like this.

    Args:
        tasks: their dates in ISO 8601; what follows the day does not matter.
        cutoff: the last day that the model was trained on: `2023-09-30`, `2023-09` or `2023`.

    Raises:
        RagError: a date is none.
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


def origin_windows(tasks: Sequence[Task]) -> dict[Origin, list[Task]]:
    """The tasks that were there before, those written for the data set, and those of which it is not told.

    Yin et al. 2023, "ARCADE": "existing" ones stand in public notebooks, "new" ones were written for it,
    and models are far worse at them. The group of the task says which.
    """
    origins: dict[Origin, list[Task]] = {"existing": [], "new": [], "not told": []}
    for task in tasks:
        origin: Origin = (
            "existing" if task.group == "existing" else "new" if task.group == "new" else "not told"
        )
        origins[origin].append(task)
    return origins


def _period(text: str, what: str) -> tuple[date, date]:
    """The first and the last day that a date may mean."""
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
            f"{what} is no date: {text!r}", why=str(error), fix="write it like 2023-09-30, 2023-09 or 2023"
        ) from error
    return day, day
