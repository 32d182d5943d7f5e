"""ODEX: the expression or statement that answers a question (Wang et al. 2022, arXiv 2212.10481)."""

from collections.abc import Iterator
from pathlib import Path

from rag.evaluation.datasets.numbered import numbered
from rag.evaluation.datasets.records import DatasetRecord, read_records
from rag.evaluation.task import Task


def load_odex(path: Path) -> Iterator[Task]:
    """Yield the tasks of the official file, or of one with `query`, `solution` and `gold`.

    As in the official evaluation, tabs become four spaces everywhere, since the references mix both. A task
    has the id of its question. The second task of a question is `id#2`.
    """
    return numbered(map(_task, read_records(path)))


def _task(record: DatasetRecord) -> Task:
    prompt, entry_point = _spaces(record.text("prompt")), record.text("entry_point")
    tests = record.texts("test")
    if not tests:
        raise record.missing("test")
    libraries = record.texts("library")
    return Task(
        task_id=record.text("task_id", "id"),
        intent=record.text("intent", "query"),
        shown=prompt,
        reference=_spaces(record.text("canonical_solution", "solution")),
        before=prompt,
        after=f"{_spaces(record.text('suffix', default=''))}\n",
        tests=f"{record.text('test_start')}{''.join(tests)}\ncheck({entry_point})\n",
        entry_point=entry_point,
        gold=record.texts("gold"),
        libraries=libraries,
        group="open domain" if libraries else "closed domain",
    )


def _spaces(code: str) -> str:
    return code.replace("\t", " " * 4)
