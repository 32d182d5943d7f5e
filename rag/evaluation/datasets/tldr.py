"""tldr: a shell command for a description, from the DocPrompting release or from tldr-pages."""

import re
from collections.abc import Iterator
from pathlib import Path

from corpora.errors import CorpusError
from corpora.outside.files import read_outside
from rag.evaluation.datasets.folder_format import FolderFormat
from rag.evaluation.datasets.numbered import numbered
from rag.evaluation.datasets.records import DatasetRecord, read_records
from rag.evaluation.task import Task

_EXAMPLE = re.compile(r"^- (?P<intent>[^\n]++)\n++`(?P<command>[^\n]+)`[ \t]*$", re.MULTILINE)
_MAX_PAGE_BYTES = 1_000_000
_MNEMONIC = re.compile(r"\[(\w+)\]")  # "[c]reate an archive" explains the option -c


def _files(path: Path) -> list[Path]:
    """Return the pages of a folder, or the file itself."""
    return list(path.rglob("*.md")) if path.is_dir() else [path]


def _tasks(path: Path) -> Iterator[Task]:
    """Yield the tasks of DocPrompting's JSON, of a Markdown page, or of all pages of a folder.

    References keep their `{{placeholders}}`. `libraries` holds the name of the command. The group of a page
    is its platform: the name of its folder.
    """
    if not path.is_dir() and path.suffix != ".md":
        yield from numbered(map(_task, read_records(path)))
        return
    for page in sorted(_files(path)):
        yield from _page_tasks(page)


def _task(record: DatasetRecord) -> Task:
    return Task(
        task_id=record.text("question_id"),
        intent=record.text("nl"),
        reference=record.text("cmd"),
        language="bash",
        gold=record.texts("oracle_man"),
        libraries=(record.text("cmd_name"),),
    )


def _page_tasks(page: Path) -> Iterator[Task]:
    try:
        text = read_outside(page, max_bytes=_MAX_PAGE_BYTES).decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{page} cannot be read", why=str(error), fix="save it as UTF-8 text") from error
    name, platform = page.stem, page.parent.name
    for number, example in enumerate(_EXAMPLE.finditer(text), start=1):
        yield Task(
            task_id=f"{platform}/{name}/{number}",
            intent=_MNEMONIC.sub(r"\1", example["intent"].rstrip(" \t").removesuffix(":")),
            reference=example["command"],
            language="bash",
            libraries=(name,),
            group=platform,
        )


load_tldr = FolderFormat(_tasks, _files)
