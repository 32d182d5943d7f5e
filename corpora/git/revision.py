"""The Python source of a commit of a repository on this machine, written to a temporary folder.

Only objects of git are read: nothing is checked out, so that no hook and no filter of the repository runs.
"""

import atexit
import os
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from corpora.errors import CorpusError
from corpora.outside.archives import member_path
from corpora.outside.child_process import ChildError
from corpora.source_tree.git_objects import commit_named, files_of_commit, read_blobs
from corpora.spec import MAX_FILE_BYTES

_MAX_FILES: Final = 30_000
_MAX_BYTES: Final = 300_000_000


class Revision(NamedTuple):
    """A folder of a repository and the commit that is wanted of it."""

    folder: Path
    name: str
    commit: str


def named_revision(location: str) -> Revision | None:
    """Return what `PATH@REVISION` names; None if that is itself a path, or there is no folder at PATH.

    Raises:
        CorpusError: the folder is in no repository, or that has no such revision.
    """
    before, at, name = location.rpartition("@")
    folder = Path(os.path.realpath(Path(before).expanduser())) if before else Path()
    if not at or not before or not name or Path(location).exists() or not folder.is_dir():
        return None
    why = "the folder is in no git repository, or it has no such branch, tag or commit"
    try:
        commit = commit_named(folder, name)
    except ChildError as error:
        commit, why = "", str(error)
    if not commit:
        raise CorpusError(
            f"cannot read revision {name!r} of {before}",
            why=why,
            fix=f"see what it has (a shallow clone has few): git -C {before} branch --all; git tag",
        )
    return Revision(folder, name, commit)


@lru_cache(maxsize=16)
def unpacked_revision(revision: Revision) -> Path:
    """Return a folder with the Python files of a commit, removed when the process ends.

    Raises:
        CorpusError: there are none, or too many.
    """
    try:
        found = files_of_commit(revision.folder, revision.commit)
        wanted = [
            one
            for one in found
            if one.path.endswith((".py", ".pyi")) and one.size <= MAX_FILE_BYTES and member_path(one.path)
        ]
        total = sum(one.size for one in wanted)
        if len(wanted) > _MAX_FILES or total > _MAX_BYTES:
            raise ChildError(
                f"it holds more than {_MAX_FILES} modules, or more than {_MAX_BYTES} bytes of them"
            )
        held = read_blobs(revision.folder, [one.blob for one in wanted], total + 200 * len(wanted) + 1000)
    except ChildError as error:
        raise _unreadable(revision, str(error)) from error
    if not held:
        raise _unreadable(revision, "it holds no Python file, or git cannot read its objects")
    root = Path(tempfile.mkdtemp(prefix="revision-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    # A folder that is a package itself keeps its name.
    is_package = any(one.path in {"__init__.py", "__init__.pyi"} for one in wanted)
    place = root / revision.folder.name if is_package else root
    for one in wanted:
        path = member_path(one.path)
        if path is None or one.blob not in held:
            continue
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(held[one.blob])
    return root


def _unreadable(revision: Revision, why: str) -> CorpusError:
    return CorpusError(
        f"cannot read revision {revision.name!r} of {revision.folder}",
        why=why,
        fix="name the folder of the repository that holds the package, and a commit that is there whole",
    )
