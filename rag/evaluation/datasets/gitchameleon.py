"""GitChameleon: code for a pinned version of a library (Islah et al. 2024, arXiv 2411.05830)."""

import re
from collections.abc import Iterator
from pathlib import Path

from rag.evaluation.datasets.records import DatasetRecord, read_records
from rag.evaluation.task import Task

_DEFINITION = re.compile(r"^(?:async +def|def|class) +(\w+)", re.MULTILINE)
_MARGIN = re.compile(r"^[^\s#)\]}]", re.MULTILINE)


def load_gitchameleon(path: Path) -> Iterator[Task]:
    """Yield the tasks of its JSON lines, each with pinned `requirements` and a version of Python."""
    return map(_task, read_records(path))


def _task(record: DatasetRecord) -> Task:
    library = record.text("library")
    starting_code = _lines(record.text("starting_code"))
    extras = (record.text(name, default="") for name in ("extra_dependencies", "additional_dependencies"))
    # In some tasks both fields name numpy, in the same version. The pin of the library itself comes first.
    pins = dict.fromkeys([f"{library}=={record.text('version')}", *" ".join(extras).split()])
    return Task(
        task_id=record.text("example_id"),
        intent=record.text("problem"),
        shown=starting_code,
        reference=_lines(record.text("solution")),
        before=starting_code,
        after="\n",
        tests=f"{_lines(record.text('test'))}\n",
        entry_point=_unfinished(starting_code),
        libraries=(library,),
        requirements=tuple(pins),
        python=record.text("python_version"),
        date=record.text("release_date", default=""),
        group=record.text("type_of_change", default="").strip().lower(),
    )


def _lines(code: str) -> str:
    return code.replace("\r\n", "\n")


def _unfinished(code: str) -> str:
    """Return the name of the definition that the code ends inside of; empty where it ends outside of any."""
    definitions = list(_DEFINITION.finditer(code))
    last = [match.start() for match in _MARGIN.finditer(code)][-1:]
    return definitions[-1][1] if definitions and [definitions[-1].start()] == last else ""
