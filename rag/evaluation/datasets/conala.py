"""CoNaLa: a line of Python for a question, without tests (Yin et al. 2018, arXiv 1805.08949)."""

from collections.abc import Iterator
from pathlib import Path

from rag.evaluation.datasets.numbered import numbered
from rag.evaluation.datasets.records import DatasetRecord, read_records
from rag.evaluation.task import Task


def load_conala(path: Path) -> Iterator[Task]:
    """The tasks of the curated files, or of the release of DocPrompting with the documents that answer them.

    Ids are those of questions, of which several tasks may be, so that the second is `id#2`.
    """
    return numbered(map(_task, read_records(path)))


def _task(record: DatasetRecord) -> Task:
    return Task(
        task_id=record.text("question_id"),
        # the curated intent names the variables of the snippet; where nobody rewrote it, it is null
        intent=record.text("rewritten_intent", "intent", "nl"),
        reference=record.text("snippet", "cmd"),
        gold=record.texts("oracle_man"),
    )
