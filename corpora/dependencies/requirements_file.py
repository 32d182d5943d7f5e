"""The exact versions in a requirements file and in the files that it includes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from corpora.outside.files import read_outside

_MAX_BYTES: Final = 10_000_000  # of one file
_MAX_FILES: Final = 100
_MAX_LINE_CHARS: Final = 10_000
_SHOWN_CHARS: Final = 80
_INCLUDES: Final = ("-r", "--requirement", "-c", "--constraint")


class ExactVersion(NamedTuple):
    """A requirement of one exact version as written in the file; neither part has been checked."""

    name: str
    version: str


def read_requirements(path: Path) -> Iterator[ExactVersion | str]:
    """Yield the exact versions in a requirements file, and for every other line why it has none.

    Included files are read if they are in the same project: the git repository of `path`, or its folder. Each
    is read once.

    Raises:
        OSError: the file at `path` cannot be read.
        ValueError: it is not text, or too many files are included.
    """
    root = _project_of(path)
    todo, seen = [path], {path.resolve()}
    while todo:
        current = todo.pop()
        try:
            text = read_outside(current, max_bytes=_MAX_BYTES).decode("utf-8").replace("\\\n", " ")
        except (OSError, ValueError):
            if current == path:
                raise
            yield f"{current.name[:_SHOWN_CHARS]}: this included file cannot be read"
            continue
        included: list[Path] = []
        for line in filter(None, map(_stripped, text.splitlines())):
            name = _included(line)
            if not name:
                yield from _entry(line)
                continue
            other = (current.parent / name).resolve()
            if not other.is_relative_to(root):
                yield f"{line[:_SHOWN_CHARS]}: this file is outside the project"
            elif other not in seen:
                seen.add(other)
                included.append(other)
        if len(seen) > _MAX_FILES:
            raise ValueError(f"more than {_MAX_FILES} files include each other")
        todo += reversed(included)


def _project_of(path: Path) -> Path:
    folder = path.resolve().parent
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)


def _stripped(raw: str) -> str:
    line = raw.split(" #", maxsplit=1)[0].split(" --hash", maxsplit=1)[0].strip()
    return "" if line.startswith("#") else line


def _included(line: str) -> str:
    """Return the file that a line includes, as `-r base.txt`, `-rbase.txt` or `-r=base.txt`; else empty."""
    for option in _INCLUDES:
        if line.startswith(option):
            return line.removeprefix(option).lstrip(" =\t").strip()
    return ""


def _entry(line: str) -> Iterator[ExactVersion | str]:
    from packaging.requirements import InvalidRequirement, Requirement

    shown = line[:_SHOWN_CHARS]
    if line.startswith("-"):
        if line.startswith(("-e", "--editable")):
            yield f"{shown}: a folder has no exact version"
        return
    try:
        if len(line) > _MAX_LINE_CHARS:
            raise InvalidRequirement
        requirement = Requirement(line)
    except (InvalidRequirement, RecursionError):
        yield f"{shown}: not a valid requirement"
        return
    if requirement.marker is not None and not requirement.marker.evaluate():
        return
    exact = [part.version for part in requirement.specifier if part.operator in {"==", "==="}]
    if requirement.url or len(exact) != 1 or exact[0].endswith(".*"):
        yield f"{shown}: no exact version"
    else:
        yield ExactVersion(requirement.name, exact[0])
