"""Find the release notes of a library: in its source distribution, in a folder, or in one file."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from corpora.errors import CorpusError, NothingToRead
from corpora.outside.archives import ArchiveError, member_path
from corpora.outside.files import read_outside
from corpora.outside.folder_entries import status_below
from corpora.python.sdist import is_sdist, sdist_members

_SUFFIXES: Final = frozenset({".rst", ".md", ".txt", ""})
_NAMES: Final = frozenset(
    """
    changes changelog history news release_notes releasenotes release-notes releases whatsnew whats_new
    change_log migration upgrading
    """.split()  # noqa: SIM905 (a list to read)
)
_FOLDERS: Final = frozenset({"whatsnew", "changelog", "changelogs", "release", "releases", "release_notes"})
_NOT_ENTERED: Final = frozenset({"node_modules", "site-packages", "__pycache__", "build", "dist"})
_MAX_FILES: Final = 400
_MAX_FILE_BYTES: Final = 4_000_000
_MAX_BYTES: Final = 40_000_000
_MAX_WALKED: Final = 100_000


@dataclass(frozen=True, slots=True)
class NoteFile:
    """A file of release notes: its path in what holds it, and its text."""

    path: str
    text: str


def is_release_notes(path: PurePosixPath) -> bool:
    """Return whether a file has the name of release notes: `CHANGES.rst`, `doc/whatsnew/v2.0.0.rst`.

    >>> [is_release_notes(PurePosixPath(one)) for one in ("CHANGES.rst", "doc/whatsnew/v2.0.0.rst", "a.md")]
    [True, True, False]
    """
    if path.suffix.lower() not in _SUFFIXES:
        return path.suffix.lower().lstrip(".").isdigit()  # `doc/release/2.0`, of no other name
    return path.stem.lower() in _NAMES or path.parent.name.lower() in _FOLDERS


def release_notes_in(location: Path) -> list[NoteFile]:
    """Return the release notes in a source distribution or a folder, or those that a file is.

    Raises:
        CorpusError: there is nothing there, it cannot be read, or it has none.
    """
    try:
        if location.is_dir():
            files = list(_in_folder(location))
        elif is_sdist(location):
            files = list(_in_archive(location))
        else:
            data = read_outside(location, max_bytes=_MAX_FILE_BYTES)
            files = [NoteFile(location.name, data.decode("utf-8", "replace"))]
    except (OSError, ArchiveError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise CorpusError(
            f"cannot read release notes from {location}",
            why=str(said or error),
            fix="give a source distribution (.tar.gz), a folder, or a file such as CHANGES.rst",
        ) from error
    if not files:
        raise NothingToRead(
            f"{location} has no release notes",
            why="no file of it is called CHANGES, CHANGELOG, HISTORY or the like, or is in a folder whatsnew",
            fix="give the file of the release notes itself",
        )
    return files


def _in_archive(path: Path) -> Iterator[NoteFile]:
    left, count = _MAX_BYTES, 0
    with sdist_members(path) as members:
        for name, chunks in members:
            inside = member_path(name, below=1)
            if inside is None or not is_release_notes(inside) or count >= _MAX_FILES:
                continue
            data = _head(chunks, min(left, _MAX_FILE_BYTES))
            left, count = left - len(data), count + 1
            yield NoteFile(inside.as_posix(), data.decode("utf-8", "replace"))


def _head(chunks: Iterable[bytes], most: int) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk[: most - len(data)]
        if len(data) >= most:
            break
    return bytes(data)


def _in_folder(root: Path) -> Iterator[NoteFile]:
    left, count, walked = _MAX_BYTES, 0, 0
    for place, folders, names in os.walk(root):
        folders[:] = sorted(one for one in folders if one not in _NOT_ENTERED and not one.startswith("."))
        walked += len(names)
        if walked > _MAX_WALKED:
            return
        for name in sorted(names):
            inside = PurePosixPath(Path(place, name).relative_to(root).as_posix())
            if count >= _MAX_FILES or left <= 0 or not is_release_notes(inside):
                continue
            status = status_below(root, inside.as_posix())
            if not isinstance(status, os.stat_result) or status.st_size > _MAX_FILE_BYTES:
                continue
            data = read_outside(root / inside, max_bytes=_MAX_FILE_BYTES)
            left, count = left - len(data), count + 1
            yield NoteFile(inside.as_posix(), data.decode("utf-8", "replace"))
