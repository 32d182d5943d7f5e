"""ARCADE: the next cell of a data science notebook (Yin et al. 2022, arXiv 2212.09248)."""

import re
from collections.abc import Iterator
from pathlib import Path

from rag.evaluation.datasets.records import DatasetRecord, read_records
from rag.evaluation.task import Task

_GROUPS = {"existing_tasks": "existing", "new_tasks": "new"}
_MARK = re.compile(r"\A(?:\s*#\s*(?:Problem|Question)s?:\s*)+", re.IGNORECASE)


def load_arcade(path: Path) -> Iterator[Task]:
    """Yield the tasks of a file in `derived_datasets`: a JSON array, or lines, of notebooks with `turns`.

    An answer continues the code of the cells above it. Nothing can be run: the cells read data that the file
    does not hold, and an answer is right if it gives the same output there as the reference. The group is
    "existing" or "new", from the folder `existing_tasks` or `new_tasks` in the path.
    """
    group = next((_GROUPS[part] for part in reversed(path.absolute().parts) if part in _GROUPS), "")
    for number, notebook in enumerate(read_records(path), start=1):
        # A notebook may occur twice, by two annotators.
        name = f"{number}/{notebook.text('notebook_name', default='notebook')}"
        for index, turn in enumerate(notebook.objects("turns"), start=1):
            yield _task(turn.object("turn"), f"{name}/{index}", group)


def _task(turn: DatasetRecord, task_id: str, group: str) -> Task:
    context = turn.text("code_context", default="").rstrip()
    cells = f"{context}\n\n" if context else ""
    return Task(
        task_id=task_id,
        intent=_MARK.sub("", turn.object("intent").text("value")).strip(),
        shown=cells,
        reference=turn.object("code").text("value"),
        before=cells,
        after="\n",
        libraries=("pandas",),
        group=group,
    )
