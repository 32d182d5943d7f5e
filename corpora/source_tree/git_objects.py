"""The files of a commit, read from the objects of git: nothing is checked out, and no filter runs."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, NamedTuple

from corpora.source_tree.git_command import git_answer, is_inside, list_by_git, run_git

_READING_SECONDS: Final = 60.0
_HASH: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REGULAR: Final = frozenset({b"100644", b"100755", b"100664"})


class CommittedFile(NamedTuple):
    """A file of a commit: its path, the hash of its content and its size in bytes."""

    path: str
    blob: str
    size: int


def commit_named(folder: Path, revision: str) -> str:
    """Return the full hash of the commit that a revision of the repository of `folder` names; empty for none.

    Args:
        folder: in a work tree.
        revision: a branch, a tag or a commit.

    Raises:
        ChildError: git did not answer in time.
    """
    if not revision or revision.startswith("-"):
        return ""
    named = f"{revision}^{{commit}}"
    found = git_answer(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", named) or b""
    commit = found.decode("ascii", "replace").strip()
    return commit if _HASH.fullmatch(commit) else ""


def files_of_commit(folder: Path, commit: str) -> list[CommittedFile]:
    """Return the regular files below `folder` in a commit, their paths relative to `folder`.

    Raises:
        ChildError: git did not answer in time.
    """
    done = list_by_git(folder, "ls-tree", "-r", "-z", "--long", commit, "--", ".")
    files = []
    for entry in done.stdout.split(b"\0") if done and not done.returncode else ():
        fields, _, name = entry.partition(b"\t")
        mode, _, blob, size, *_ = [*fields.split(), b"", b"", b"", b""]
        if mode in _REGULAR and size.isdigit() and is_inside(name):
            files.append(CommittedFile(os.fsdecode(name), blob.decode("ascii", "replace"), int(size)))
    return files


def read_blobs(folder: Path, blobs: Sequence[str], max_bytes: int) -> dict[str, bytes]:
    """Return the content of objects of the repository as it was committed, by their hashes.

    Args:
        folder: in a work tree.
        blobs: hashes of the objects.
        max_bytes: the most that they may hold together.

    Raises:
        ChildError: git did not answer in time, or they hold more.
    """
    with TemporaryFile() as asked:
        asked.write("".join(f"{blob}\n" for blob in blobs if _HASH.fullmatch(blob)).encode())
        asked.seek(0)
        done = run_git(
            folder, "cat-file", "--batch", seconds=_READING_SECONDS, max_bytes=max_bytes, given=asked
        )
    data, start, found = done.stdout if done and not done.returncode else b"", 0, {}
    while (end := data.find(b"\n", start)) >= 0:
        blob, kind, size, *_ = [*data[start:end].split(), b"", b"", b""]
        if not size.isdigit():  # "missing"
            start = end + 1
            continue
        if kind == b"blob":
            found[blob.decode("ascii", "replace")] = data[end + 1 : end + 1 + int(size)]
        start = end + int(size) + 2
    return found
