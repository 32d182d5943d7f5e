"""What the system complains of, in three lines: the last stop for an error that nothing on the way knew."""

import errno
import os
from typing import Final

from corpora.errors import RagError

_NO_ROOM: Final = "make room there, and give the same command again: what was committed is kept"
_NOT_ALLOWED: Final = "make it readable and writable for yourself, or name another place"
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
    errno.EIO: "look after the disk: it does not give back what is on it",
    errno.ENOENT: "look whether it is there, and give the same command again",
}


def as_rag_error(error: OSError) -> RagError:
    """`error` as one of ours: what, why, and how to fix it."""
    named = [os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
    why = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    return RagError(
        f"{' or '.join(named)} cannot be used" if named else "the system refuses what is needed",
        why=why,
        fix=_FIXES.get(error.errno or 0, "mend that, and give the same command again"),
    )
