"""Run git in a repository that may come from anybody, with its configuration.

Git is never asked for anything that makes it run a program named by a repository, and its time is bounded: it
would wait for ever for a configuration, an ignore file or a reference that is a pipe.
"""

import os
from pathlib import Path
from typing import IO, Final

from corpora.outside.child_process import (
    ChildError,
    Finished,
    clean_environment,
    find_program,
    run_bounded,
    run_with_input,
)

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


def run_git(
    folder: Path,
    *arguments: str,
    seconds: float = 0.0,
    max_bytes: int = _MAX_OUTPUT_BYTES,
    given: IO[bytes] | None = None,
) -> Finished | None:
    """Run git in `folder` and return its result; None where it cannot be started.

    Args:
        folder: where to run it.
        arguments: of git, the command first.
        seconds: how long it may run; by default 10.
        max_bytes: the most that it may write.
        given: an open file that it reads as its standard input; None for nothing.

    Raises:
        ChildError: git did not answer in time, or wrote too much.
    """
    git = find_program("git")
    if not git:
        return None
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    command = [git, *settings, "-C", str(folder), *arguments]
    environment = clean_environment(_ENVIRONMENT, without=_LOCAL_VARIABLES)
    seconds = seconds or _ANSWER_SECONDS
    try:
        if given is not None:
            return run_with_input(
                command,
                given,
                seconds=seconds,
                max_bytes=max_bytes,
                env=environment,
                max_memory=_MAX_MEMORY,
            )
        return run_bounded(
            command, seconds=seconds, max_bytes=max_bytes, env=environment, max_memory=_MAX_MEMORY
        )
    except ChildError:
        raise
    except OSError:
        return None


def list_by_git(folder: Path, *arguments: str) -> Finished | None:
    """Run git as `run_git` does, for a command that may take a minute."""
    return run_git(folder, *arguments, seconds=_LISTING_SECONDS)


def git_answer(folder: Path, *arguments: str) -> bytes | None:
    """Return what git prints; None where it fails. Raises `ChildError` as `run_git` does."""
    done = run_git(folder, *arguments)
    return done.stdout if done and not done.returncode else None


def is_inside(name: bytes) -> bool:
    """Return whether a listed name lies below the folder: anything may have written the index of git."""
    parts = name.removesuffix(b"/").split(b"/")
    return bool(name) and not name.startswith(b"/") and not {b"", b".", b".."} & {*parts}
