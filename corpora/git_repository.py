"""What git knows of a folder: the files that belong to it, its repository and its commit."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Set while git runs a hook; they would point these commands at the repository of the hook.
_LOCAL_VARIABLES = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX"}
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
    """
    done = _run(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if done is None:
        return None
    # Of a folder that may not be read, or lies too deep, git only warns.
    closed = (path + b"/" for path in _COULD_NOT_OPEN.findall(done.stderr))
    return [os.fsdecode(name) for name in (*done.stdout.split(b"\0"), *closed) if name]


def provenance_of(folder: Path) -> Provenance:
    """The repository and commit of the work tree whose top is `folder`.

    The repository is named after its remote `origin`, or after the folder where it has none.
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
    return done.stdout if done else None


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    environment = {name: value for name, value in os.environ.items() if name not in _LOCAL_VARIABLES}
    # A repository can name a program as its file system monitor, which `ls-files` would run.
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        return subprocess.run(
            command,
            env=environment | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        # No git, no repository, or one that git refuses: the caller has another way.
        return None
