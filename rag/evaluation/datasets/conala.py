"""CoNaLa: a line of Python for a question, without tests (Yin et al. 2018, arXiv 1805.08949)."""

from collections.abc import Iterator
from pathlib import Path

from rag.evaluation.datasets.numbered import numbered
from rag.evaluation.datasets.records import DatasetRecord, read_records
from rag.evaluation.task import Task


def load_conala(path: Path) -> Iterator[Task]:
    """Yield the tasks of the curated files, or of the DocPrompting release, which has gold documents.

    A task has the id of its question. The second task of a question is `id#2`.
    """
    return numbered(map(_task, read_records(path)))


def _task(record: DatasetRecord) -> Task:
    return Task(
        task_id=record.text("question_id"),
        # The rewritten intent names the variables of the snippet. It is null where nobody wrote one.
        intent=record.text("rewritten_intent", "intent", "nl"),
        reference=record.text("snippet", "cmd"),
        gold=record.texts("oracle_man"),
    )
