"""What git knows about a folder: the files that belong to it, its repository and its commit."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from corpora.source_tree.git_command import git_answer, is_inside, list_by_git, run_git

_SKIP_WORK_TREE: Final = b"S"  # the tag of `ls-files -t` for what a sparse checkout leaves out
# Up to the last slash: git cuts the warning short where the path is long.
_COULD_NOT_OPEN = re.compile(rb"^warning: could not open directory '(.*)/", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Provenance:
    """The name of the repository of a file and the commit that is checked out; empty where not known."""

    repo: str
    commit: str


class RepositoryListing(NamedTuple):
    """The files of a repository, relative to a folder.

    Attributes:
        files: tracked ones, and untracked ones that are not ignored. Tracked files may be missing on disk. A
            nested repository is one entry with a slash at its end, as is a folder that git could not open; a
            submodule is one without. In names that are not UTF-8, surrogates stand for the bytes.
        not_checked_out: how many of them a sparse checkout has left out.
    """

    files: list[str]
    not_checked_out: int = 0


def list_repository_files(folder: Path) -> RepositoryListing | None:
    """Return the tracked files under `folder` and the untracked ones that are not ignored.

    None where git cannot tell: it is not installed, `folder` is in no work tree, or git refuses to read it
    because another user owns it.

    Raises:
        ChildError: git did not answer in time.
    """
    rules = run_git(folder, "config", "--type=path", "--get", "core.excludesFile")
    if rules is None:
        return None
    settings = [] if _may_be_read(folder, rules.stdout) else ["-c", f"core.excludesFile={os.devnull}"]
    listing = ("ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard")
    done = list_by_git(folder, *settings, *listing)
    if done is None or done.returncode:
        return None
    # Git only warns about a folder that may not be read, or lies too deep.
    closed = (path + b"/" for path in _COULD_NOT_OPEN.findall(done.stderr))
    tagged = [(line[:1], line[2:]) for line in done.stdout.split(b"\0") if is_inside(line[2:])]
    files = [os.fsdecode(name) for name in (*(name for _, name in tagged), *closed) if is_inside(name)]
    sparse = (os.fsdecode(name) for tag, name in tagged if tag == _SKIP_WORK_TREE)
    return RepositoryListing(files, sum(not os.path.lexists(folder / name) for name in sparse))


def _may_be_read(folder: Path, name: bytes) -> bool:
    """Return whether the user's own ignore file is a regular file, or does not exist, and so no pipe."""
    if not (path := name.rstrip(b"\n")):
        return True
    rules = folder / os.fsdecode(path)
    return rules.is_file() or not rules.exists()


def provenance_of(folder: Path) -> Provenance:
    """Return the repository and commit of the work tree whose top is `folder`.

    The repository is named after its remote `origin`, or after the folder where it has none.

    Raises:
        ChildError: git did not answer in time.
    """
    url = git_answer(folder, "config", "--local", "--get", "remote.origin.url") or b""
    commit = git_answer(folder, "rev-parse", "--verify", "--quiet", "HEAD") or b""
    # `git@host:team/app.git`, `https://token@host/team/app/` -> `app`: the name alone, never the credentials.
    last = re.split(r"[/:\\]", url.decode("utf-8", "replace").strip().rstrip("/\\"))[-1]
    return Provenance(
        repo=last.removesuffix(".git") or folder.name, commit=commit.decode("ascii", "replace").strip()
    )
