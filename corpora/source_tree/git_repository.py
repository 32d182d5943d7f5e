"""What git knows of a folder: the files that belong to it, its repository and its commit.

The repository may be anybody's, its configuration included. Git is asked nothing for which it would
run a program that a repository can name, and has a time to answer: a configuration, an ignore file or
a reference that is a pipe would have it wait for ever.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.outside.child_process import ChildError, Finished, clean_environment, find_program, run_bounded

_ANSWER_SECONDS: Final = 10.0
_LISTING_SECONDS: Final = 60.0
_MAX_OUTPUT_BYTES: Final = 400_000_000  # some millions of names
_MAX_MEMORY: Final = 4_000_000_000  # it reads ignore files whole, whatever their size

# Set while git runs a hook; they would point these commands at the repository of the hook.
_LOCAL_VARIABLES: Final = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_IMPLICIT_WORK_TREE", "GIT_ATTR_SOURCE",
)  # fmt: skip
_ENVIRONMENT: Final = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",  # nothing is written into the repository
    # Of a partial clone, a missing object would be fetched by a program that its configuration names.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
}
# What the command line says goes before what a repository says.
_SETTINGS: Final = (
    "core.fsmonitor=false",  # a program, run by `ls-files`
    f"core.hooksPath={os.devnull}",
    "core.sshCommand=false",
    "core.askPass=",
    "core.pager=cat",
    "credential.helper=",
    "protocol.allow=never",
    "safe.bareRepository=explicit",  # a folder that looks like one may have been committed
)

# Up to the last slash: git cuts the warning short where the path is long.
_COULD_NOT_OPEN = re.compile(rb"^warning: could not open directory '(.*)/", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Provenance:
    """The repository a file belongs to and the commit that is checked out; empty where unknown."""

    repo: str
    commit: str


def list_repository_files(folder: Path) -> list[str] | None:
    """The tracked files under `folder` and the untracked ones that are not ignored, relative to it.

    None where git cannot say: it is not installed, `folder` is in no work tree, or git refuses to
    read it because another user owns it. Tracked files may be missing on disk. A nested repository
    is one entry with a slash at its end, a submodule one without, and a folder that git could not
    open one with a slash. Names that are no UTF-8 carry their bytes as surrogates.

    Raises `ChildError` where git gives no answer in time.
    """
    rules = _run(folder, "config", "--type=path", "--get", "core.excludesFile")
    if rules is None:
        return None
    settings = [] if _may_be_read(folder, rules.stdout) else ["-c", f"core.excludesFile={os.devnull}"]
    listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    done = _run(folder, *settings, *listing, seconds=_LISTING_SECONDS)
    if done is None or done.returncode:
        return None
    # Of a folder that may not be read, or lies too deep, git only warns.
    closed = (path + b"/" for path in _COULD_NOT_OPEN.findall(done.stderr))
    return [os.fsdecode(name) for name in (*done.stdout.split(b"\0"), *closed) if _is_inside(name)]


def _may_be_read(folder: Path, name: bytes) -> bool:
    """Whether the file of a user's ignore rules is no pipe; git reads none that is not there."""
    if not (path := name.rstrip(b"\n")):
        return True
    rules = folder / os.fsdecode(path)
    return rules.is_file() or not rules.exists()


def _is_inside(name: bytes) -> bool:
    """Whether a name that git lists is one below the folder: its index may have been written by anything."""
    parts = name.removesuffix(b"/").split(b"/")
    return bool(name) and not name.startswith(b"/") and not {b"", b".", b".."} & {*parts}


def provenance_of(folder: Path) -> Provenance:
    """The repository and commit of the work tree whose top is `folder`.

    The repository is named after its remote `origin`, or after the folder where it has none.

    Raises `ChildError` where git gives no answer in time.
    """
    url = _git(folder, "config", "--local", "--get", "remote.origin.url") or b""
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD") or b""
    # `git@host:team/app.git`, `https://token@host/team/app/` -> `app`: only the name, never the credentials.
    last = re.split(r"[/:\\]", url.decode("utf-8", "replace").strip().rstrip("/\\"))[-1]
    return Provenance(
        repo=last.removesuffix(".git") or folder.name, commit=commit.decode("ascii", "replace").strip()
    )


def _git(folder: Path, *arguments: str) -> bytes | None:
    done = _run(folder, *arguments)
    return done.stdout if done and not done.returncode else None


def _run(folder: Path, *arguments: str, seconds: float = 0.0) -> Finished | None:
    """Run git; None where there is none. It has `_ANSWER_SECONDS` unless `seconds` are named."""
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
