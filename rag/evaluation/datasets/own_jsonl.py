"""The user's own tasks: JSON lines whose fields are those of `Task`."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from rag.evaluation.datasets.records import DatasetRecord, read_records
from rag.evaluation.task import Case, Place, Task
from rag.execution.program import Language

_LISTS = ("gold", "libraries", "requirements")
TASK_FIELDS = ("id", *(field.name for field in fields(Task) if field.name != "task_id"))


def load_jsonl(path: Path) -> Iterator[Task]:
    """Yield a task for each line, which has an `intent` and any other of `TASK_FIELDS`.

    Without an `id`, a task gets its number. Without `before`, it is `shown`, since an answer continues what
    was shown. `tests` may be a list of statements. Each of `cases` is an object with `stdin` and `stdout`.
    """
    for number, record in enumerate(read_records(path), start=1):
        yield _task(record, number)


def _task(record: DatasetRecord, number: int) -> Task:
    unknown = sorted(record.fields.keys() - set(TASK_FIELDS))
    if unknown:
        raise record.error(
            f"the field {unknown[0]!r} is not known", f"known fields are: {', '.join(sorted(TASK_FIELDS))}"
        )
    shown = record.text("shown", default="")
    return Task(
        task_id=record.text("id", default=str(number)),
        intent=record.text("intent"),
        shown=shown,
        reference=record.text("reference", default=""),
        before=record.text("before", default=shown),
        after=record.text("after", default=""),
        tests="\n".join(record.texts("tests")),
        cases=_cases(record) if "cases" in record.fields else (),
        place=_one_of(record, "place", get_args(Place)),
        entry_point=record.text("entry_point", default=""),
        language=_one_of(record, "language", get_args(Language)),
        python=record.text("python", default=""),
        date=record.text("date", default=""),
        group=record.text("group", default=""),
        **{name: record.texts(name) for name in _LISTS},
    )


def _cases(record: DatasetRecord) -> tuple[Case, ...]:
    cases = record.objects("cases")
    return tuple(Case(case.text("stdin", default=""), case.text("stdout")) for case in cases)


def _one_of(record: DatasetRecord, name: str, choices: Sequence[str]) -> Any:
    """Return the field `name`, one of `choices`; the first choice where it is missing."""
    value = record.text(name, default=choices[0])
    if value not in choices:
        raise record.error(f"the field {name!r} is {value!r}", f"it has to be one of: {', '.join(choices)}")
    return value
