"""What git knows about a folder: the files that belong to it, its repository and its commit.

The repository may come from anybody, with its configuration. Git is never asked for anything that makes it
run a program named by a repository, and its time is bounded: it would wait for ever for a configuration, an
ignore file or a reference that is a pipe.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from corpora.outside.child_process import ChildError, Finished, clean_environment, find_program, run_bounded

_ANSWER_SECONDS: Final = 10.0
_LISTING_SECONDS: Final = 60.0
_MAX_OUTPUT_BYTES: Final = 400_000_000  # a few million names
_MAX_MEMORY: Final = 4_000_000_000  # bytes; git reads ignore files whole, whatever their size

# Git sets these while it runs a hook; they would point our commands at the repository of the hook.
_LOCAL_VARIABLES: Final = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_IMPLICIT_WORK_TREE", "GIT_ATTR_SOURCE",
)  # fmt: skip
_ENVIRONMENT: Final = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",  # nothing is written into the repository
    # In a partial clone, git fetches a missing object by a program that its configuration names.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
}
# Settings on the command line take precedence over those of a repository.
_SETTINGS: Final = (
    "core.fsmonitor=false",  # a program, run by `ls-files`
    f"core.hooksPath={os.devnull}",
    "core.sshCommand=false",
    "core.askPass=",
    "core.pager=cat",
    "credential.helper=",
    "protocol.allow=never",
    "safe.bareRepository=explicit",  # somebody may have committed a folder that looks like one
)

_SKIP_WORK_TREE: Final = b"S"  # the tag of `ls-files -t` for what a sparse checkout leaves out
# Up to the last slash: git cuts the warning short where the path is long.
_COULD_NOT_OPEN = re.compile(rb"^warning: could not open directory '(.*)/", re.MULTILINE)


# Marks of `git log`; no text that git prints by itself holds them.
_RECORD, _SUBJECT = b"\x01\x02", b"\x02\x01"
# A repository could name programs that check signatures or compare files, and files of an order or of names.
_LOG: Final = (
    "-z", "--name-only", "--relative", "--no-merges", "--no-renames", "--no-ext-diff", "--no-textconv",
    "--no-show-signature", "--no-notes", "--no-mailmap", "--no-color", "--no-decorate", "--encoding=UTF-8",
    f"-O{os.devnull}", "--ignore-submodules=all", "--format=format:%x01%x02%s%x02%x01",
)  # fmt: skip


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


class Commit(NamedTuple):
    """The subject of a commit and the files that it changed, relative to a folder."""

    subject: str
    files: tuple[str, ...]


def list_repository_files(folder: Path) -> RepositoryListing | None:
    """Return the tracked files under `folder` and the untracked ones that are not ignored.

    None where git cannot tell: it is not installed, `folder` is in no work tree, or git refuses to read it
    because another user owns it.

    Raises:
        ChildError: git did not answer in time.
    """
    rules = _run(folder, "config", "--type=path", "--get", "core.excludesFile")
    if rules is None:
        return None
    settings = [] if _may_be_read(folder, rules.stdout) else ["-c", f"core.excludesFile={os.devnull}"]
    listing = ("ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard")
    done = _run(folder, *settings, *listing, seconds=_LISTING_SECONDS)
    if done is None or done.returncode:
        return None
    # Git only warns about a folder that may not be read, or lies too deep.
    closed = (path + b"/" for path in _COULD_NOT_OPEN.findall(done.stderr))
    tagged = [(line[:1], line[2:]) for line in done.stdout.split(b"\0") if _is_inside(line[2:])]
    files = [os.fsdecode(name) for name in (*(name for _, name in tagged), *closed) if _is_inside(name)]
    sparse = (os.fsdecode(name) for tag, name in tagged if tag == _SKIP_WORK_TREE)
    return RepositoryListing(files, sum(not os.path.lexists(folder / name) for name in sparse))


def _may_be_read(folder: Path, name: bytes) -> bool:
    """Return whether the user's own ignore file is a regular file, or does not exist, and so no pipe."""
    if not (path := name.rstrip(b"\n")):
        return True
    rules = folder / os.fsdecode(path)
    return rules.is_file() or not rules.exists()


def _is_inside(name: bytes) -> bool:
    """Return whether a listed name lies below the folder: anything may have written the index of git."""
    parts = name.removesuffix(b"/").split(b"/")
    return bool(name) and not name.startswith(b"/") and not {b"", b".", b".."} & {*parts}


def provenance_of(folder: Path) -> Provenance:
    """Return the repository and commit of the work tree whose top is `folder`.

    The repository is named after its remote `origin`, or after the folder where it has none.

    Raises:
        ChildError: git did not answer in time.
    """
    url = _git(folder, "config", "--local", "--get", "remote.origin.url") or b""
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD") or b""
    # `git@host:team/app.git`, `https://token@host/team/app/` -> `app`: the name alone, never the credentials.
    last = re.split(r"[/:\\]", url.decode("utf-8", "replace").strip().rstrip("/\\"))[-1]
    return Provenance(
        repo=last.removesuffix(".git") or folder.name, commit=commit.decode("ascii", "replace").strip()
    )


def commits_of(folder: Path, most: int) -> list[Commit] | None:
    """Return the newest commits that changed files under `folder`, without merges, the newest first.

    None where git cannot tell, as in `list_repository_files`.

    Raises:
        ChildError: git did not answer in time.
    """
    done = _run(folder, "log", f"--max-count={most}", *_LOG, "--", ".", seconds=_LISTING_SECONDS)
    if done is None or done.returncode:
        return None
    found = []
    for record in done.stdout.split(_RECORD)[1:]:
        subject, _, names = record.partition(_SUBJECT)
        files = [os.fsdecode(name) for name in names.strip(b"\n\0").split(b"\0") if _is_inside(name)]
        found.append(Commit(subject.decode("utf-8", "replace").strip(), tuple(files)))
    return found


def _git(folder: Path, *arguments: str) -> bytes | None:
    done = _run(folder, *arguments)
    return done.stdout if done and not done.returncode else None


def _run(folder: Path, *arguments: str, seconds: float = 0.0) -> Finished | None:
    """Run git for at most `seconds`, by default `_ANSWER_SECONDS`; None where it cannot be started."""
    git = find_program("git")
    if not git:
        return None
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    environment = clean_environment(_ENVIRONMENT, without=_LOCAL_VARIABLES)
    try:
        return run_bounded(
            [git, *settings, "-C", str(folder), *arguments],
            seconds=seconds or _ANSWER_SECONDS,
            max_bytes=_MAX_OUTPUT_BYTES,
            env=environment,
            max_memory=_MAX_MEMORY,
        )
    except ChildError:
        raise
    except OSError:
        return None
