"""Open a data set by the name of its format, or by recognising the format."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from corpora.errors import CorpusError
from corpora.outside.files import open_outside
from corpora.registry import Registry
from rag.evaluation.datasets.folder_format import FolderFormat
from rag.evaluation.datasets.records import read_records
from rag.evaluation.task import Task

Loader = Callable[[Path], Iterable[Task]]
"""Yield the tasks of a local file; of a folder too, if it is a `FolderFormat`."""

DATASETS: Final = Registry[Loader](
    "data set",
    "docprompting.datasets",
    {
        "arcade": "rag.evaluation.datasets.arcade:load_arcade",
        "beir": "rag.evaluation.datasets.beir:load_beir",
        "conala": "rag.evaluation.datasets.conala:load_conala",
        "ds1000": "rag.evaluation.datasets.ds1000:load_ds1000",
        "gitchameleon": "rag.evaluation.datasets.gitchameleon:load_gitchameleon",
        "humaneval": "rag.evaluation.datasets.humaneval:load_humaneval",
        "jsonl": "rag.evaluation.datasets.own_jsonl:load_jsonl",
        "livecodebench": "rag.evaluation.datasets.livecodebench:load_livecodebench",
        "mbpp": "rag.evaluation.datasets.mbpp:load_mbpp",
        "odex": "rag.evaluation.datasets.odex:load_odex",
        "tldr": "rag.evaluation.datasets.tldr:load_tldr",
    },
)
"""The loaders of data sets by the names of their formats."""

# Fields by which a format is recognised. Where several fit, one that needs more fields beats one that
# needs a part of them: `conala` with its four fields beats `tldr` with three of these.
_SIGNS = (
    ("arcade", "turns"),
    ("conala", "intent snippet question_id"),
    ("conala", "nl cmd canonical_cmd cmd_name"),
    ("ds1000", "prompt reference_code code_context metadata"),
    ("ds1000", "query solution code_context"),
    ("gitchameleon", "problem starting_code solution test library version"),
    ("humaneval", "task_id prompt canonical_solution test entry_point"),
    ("jsonl", "intent"),
    ("livecodebench", "question_content starter_code public_test_cases"),
    ("mbpp", "text code test_list"),
    ("mbpp", "prompt code test_list"),
    ("odex", "task_id prompt canonical_solution test entry_point intent suffix test_start"),
    ("odex", "query solution test_start test entry_point"),
    ("tldr", "nl cmd cmd_name"),
)


@dataclass(frozen=True, slots=True)
class Dataset:
    """The tasks of a data set, and the files that they were read from.

    Args:
        name: name of the format, a name in `DATASETS`.
        paths: the files that were read, sorted.
        tasks: in the order of the files.
        content_hash: SHA-256 of the file, in hexadecimal digits; of several files, that of a list with a line
            `hash  name` for each file.
    """

    name: str
    paths: tuple[Path, ...]
    tasks: tuple[Task, ...]
    content_hash: str


def open_dataset(name_or_path: str | Path, path: str | Path | None = None) -> Dataset:
    """Read a data set from local files.

    Args:
        name_or_path: a name in `DATASETS` if `path` is given; else a path, whose format is recognised by the
            fields of its first record, or by the files of the folder.
        path: the file or folder.

    Raises:
        UnknownName: there is no such data set.
        CorpusError: a file is missing or damaged, a task lacks a field, two tasks have the same id, or the
            format is not recognised.
    """
    if path is None:
        path = Path(name_or_path)
        name = _detected(path)
    else:
        path, name = Path(path), str(name_or_path)
    load = DATASETS.get(name)
    paths = _files(name, load, path)
    tasks = tuple(load(path))
    if not tasks:
        raise CorpusError(f"{path} holds no tasks", why=f"it was read as {name}", fix="name another file")
    _check_ids(tasks, path)
    return Dataset(name, tuple(paths), tasks, _content_hash(paths))


def _files(name: str, load: Loader, path: Path) -> Sequence[Path]:
    """Return the files that `load` reads at `path`, sorted."""
    if not path.exists():
        raise CorpusError(
            f"there is no file {path}", why="data sets are read from local files", fix="name an existing file"
        )
    if isinstance(load, FolderFormat):
        return sorted(load.files(path))
    if path.is_dir():
        raise CorpusError(f"{path} is a folder", why=f"{name} is read from a file", fix="name the file in it")
    return [path]


def _detected(path: Path) -> str:
    """Return the name of the format at `path`."""
    if not path.exists() and str(path) in DATASETS:
        raise CorpusError(
            f"the data set {path} needs a path",
            why="data sets are read from local files; nothing is downloaded",
            fix=f"name its file or folder too: rag eval {path} PATH",
        )
    if path.is_dir():
        folders = {"beir": "queries.jsonl", "tldr": "**/*.md"}
        found = [name for name, pattern in folders.items() if any(islice(path.glob(pattern), 1))]
        return _only(found, path, "its files match")
    first = next(read_records(path), None)
    fields = set(first.fields) if first else set()
    fitting = [(name, set(sign.split())) for name, sign in _SIGNS if set(sign.split()) <= fields]
    best = {name for name, sign in fitting if not any(sign < other for _, other in fitting)}
    return _only(sorted(best), path, f"its fields {', '.join(sorted(fields)) or '(none)'} match")


def _only(found: Sequence[str], path: Path, matching: str) -> str:
    """Return the only format in `found`. Raises `CorpusError` where there are none or several."""
    if len(found) == 1:
        return found[0]
    raise CorpusError(
        f"the format of the data set {path} is not recognised",
        why=f"{matching} {' and '.join(found) or 'no known format'}",
        fix=f"name the format before the path, one of: {', '.join(DATASETS)}",
    )


def _check_ids(tasks: Iterable[Task], path: Path) -> None:
    seen: dict[str, int] = {}
    for number, task in enumerate(tasks, start=1):
        if task.task_id in seen:
            raise CorpusError(
                f"two tasks of {path} have the id {task.task_id!r}",
                why=f"these are task {seen[task.task_id]} and task {number} of the file",
                fix="give each task a different id",
            )
        seen[task.task_id] = number


def _content_hash(paths: Sequence[Path]) -> str:
    hashes = []
    for path in paths:
        with open_outside(path) as file:
            hashes.append(hashlib.file_digest(file, "sha256").hexdigest())
    if len(paths) == 1:
        return hashes[0]
    # Names are relative, so that the hash does not depend on where the folder lies.
    root = Path(*_common(paths))
    lines = [f"{one}  {path.relative_to(root).as_posix()}\n" for one, path in zip(hashes, paths, strict=True)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _common(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the parts of the path of the folder that holds all of `paths`."""
    parts = paths[0].parent.parts
    while any(path.parts[: len(parts)] != parts for path in paths):
        parts = parts[:-1]
    return parts
