"""Ids for data sets whose own ids are those of a question that several of their tasks are about."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rag.evaluation.task import Task


def numbered(tasks: Iterable[Task]) -> Iterator[Task]:
    """The tasks, with the second of an id called `id#2`, the third `id#3`, in their order."""
    seen: Counter[str] = Counter()
    for task in tasks:
        seen[task.task_id] += 1
        count = seen[task.task_id]
        yield task if count == 1 else replace(task, task_id=f"{task.task_id}#{count}")
