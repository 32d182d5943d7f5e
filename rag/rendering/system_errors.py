"""Errors of the operating system that nothing else handled, as errors of ours."""

import errno
import os
from typing import Final

from corpora.errors import RagError

_NO_ROOM: Final = "free some space there and run the same command again; every completed step is kept"
_NOT_ALLOWED: Final = "give yourself permission to read and write it, or name another place"
_FIXES: Final = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: "raise the limit for the size of a file (ulimit -f), or name a place on another file system",
    errno.EROFS: "name a place on a file system that can be written to",
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EMFILE: "let a process open more files: ulimit -n 4096",
    errno.ENFILE: "close other programs: no more files can be open on this machine",
    errno.ENOMEM: "close other programs, or allow less with --memory",
    errno.EIO: "check the disk: it cannot be read or written reliably",
    errno.ENOTDIR: "name a folder: what lies above it in the path is a file",
    errno.EISDIR: "name a file: this is a folder",
    errno.EEXIST: "name another place: something lies there already",
    errno.ENOENT: "check that it exists, and run the same command again",
}


def as_rag_error(error: OSError) -> RagError:
    """Turn `error` into a `RagError` that says what happened, why, and how to fix it."""
    named = [os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
    why = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    return RagError(
        f"{' or '.join(named)} cannot be used" if named else "the operating system refused a request",
        why=why,
        fix=_FIXES.get(error.errno or 0, "resolve that, and run the same command again"),
    )


def error_lines(problem: RagError) -> str:
    """Render an error as three lines (what, why, fix), whatever its messages hold."""
    what, why, fix = (" ".join(text.split()) for text in (problem.what, problem.why, problem.fix))
    return f"error: {what}\n  why: {why}\n  fix: {fix}"
