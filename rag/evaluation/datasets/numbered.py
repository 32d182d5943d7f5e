"""Unique ids for data sets in which several tasks share the id of their question."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rag.evaluation.task import Task


def numbered(tasks: Iterable[Task]) -> Iterator[Task]:
    """Yield the tasks in their order; the second with the same id gets `id#2`, the third `id#3`."""
    seen: Counter[str] = Counter()
    for task in tasks:
        seen[task.task_id] += 1
        count = seen[task.task_id]
        yield task if count == 1 else replace(task, task_id=f"{task.task_id}#{count}")
