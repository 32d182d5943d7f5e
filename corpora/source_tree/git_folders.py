"""Folders that git made and that hold nobody's code: linked work trees, and repositories without a work tree.

Everything is read from the files of git, which may come from anybody; git itself is not asked.
"""

import os
import re
from itertools import islice
from pathlib import Path
from typing import Final

from corpora.outside.files import read_outside
from corpora.syntax.languages import language_of

_MAX_POINTER_BYTES: Final = 10_000
_MAX_CONFIG_BYTES: Final = 1_000_000
_MAX_ENTRIES: Final = 1_000  # git makes about twenty
_BARE: Final = re.compile(rb"^[ \t]*+bare[ \t]*+=[ \t]*+true\b", re.MULTILINE | re.IGNORECASE)
_HEAD: Final = re.compile(rb"(?:ref: refs/\S+|[0-9a-f]{40}(?:[0-9a-f]{24})?)\s*\Z")


def is_bare_repository(folder: Path) -> bool:
    """Return whether `folder` is a repository without a work tree, or the folder `.git` of another.

    One that somebody has put source files into is a folder like any other.
    """
    # (`Path.is_file` raises an error for a name that is too long.)
    if not os.path.isfile(folder / "HEAD") or not _HEAD.match(_read(folder / "HEAD", _MAX_POINTER_BYTES)):  # noqa: PTH113
        return False
    try:
        with os.scandir(folder) as entries:
            names = {entry.name: entry.is_dir() for entry in islice(entries, _MAX_ENTRIES)}
    except OSError:
        return False
    has_parts = names.get("objects", False) and names.get("refs", False)
    return has_parts and all(language_of(name) == "text" for name in names)


def is_linked_work_tree(folder: Path, repository: Path | None) -> bool:
    """Return whether `folder` is a work tree that `git worktree add` made of `repository`.

    It is one, too, if its repository cannot be found: it was moved, or is on another machine.

    Args:
        folder: a folder that may hold a file `.git`.
        repository: see `repository_of`.
    """
    git = _pointed_to(folder)
    if git is None or git.parent.name != "worktrees":
        return False
    owner = Path(os.path.realpath(git.parent.parent))
    return not owner.is_dir() or owner == repository


def repository_of(root: Path) -> Path | None:
    """Return the folder of the repository whose work tree `root` is in; None where it is in none.

    A repository whose own work trees are all linked ones (`git clone --bare` into `.bare`) has none.
    """
    top = next((folder for folder in (root, *root.parents) if os.path.lexists(folder / ".git")), None)
    if top is None:
        return None
    git = _pointed_to(top) or top / ".git"
    owner = Path(os.path.realpath(git.parent.parent if git.parent.name == "worktrees" else git))
    if git.parent.name != "worktrees" and _BARE.search(_read(owner / "config", _MAX_CONFIG_BYTES)):
        return None
    return owner


def _pointed_to(folder: Path) -> Path | None:
    """Return where the file `.git` in `folder` points to; None where there is no such file."""
    pointer = f"{folder}/.git"
    if not os.path.isfile(pointer):  # noqa: PTH113 (see above)
        return None
    content = _read(pointer, _MAX_POINTER_BYTES)
    if not content.startswith(b"gitdir: ") or b"\0" in content:
        return None
    return Path(os.path.normpath(folder / os.fsdecode(content.removeprefix(b"gitdir: ").rstrip(b"\r\n"))))


def _read(path: str | Path, max_bytes: int) -> bytes:
    try:
        return read_outside(path, max_bytes=max_bytes)
    except (OSError, ValueError):
        return b""
