"""What the engines complain of, in our words: a disk that takes no more, or files that are damaged."""

import errno
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from corpora.errors import IndexDamaged, RagError

_DISK_ERRORS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
)

# Of tantivy, FAISS, numpy, json and struct, on files that are not as they wrote them. MemoryError: a header
# that tells of more than there can be.
_COMPLAINTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SystemError,
    TypeError,
    ValueError,
    struct.error,
)


def disk_trouble(error: BaseException) -> str:
    """What the system says of the disk, empty if the error is of another kind."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno) if error.errno in _DISK_ERRORS else ""
    told = (os.strerror(number) for number in _DISK_ERRORS)  # tantivy and FAISS have it in their own errors
    return next((text for text in told if text in str(error)), "")


def disk_error(folder: Path, why: str) -> RagError:
    """The error that says that the disk does not let us use the index in `folder`."""
    return RagError(
        f"the index at {folder} cannot be used",
        why=why,
        fix="make room on the disk, or the folder readable and writable, and run the same command again",
    )


@contextmanager
def told_as_damage(folder: Path, damaged: Callable[[str], IndexDamaged]) -> Iterator[None]:
    """Raise what `damaged` makes of an engine's complaint; to go around the calls of an engine only.

    Raises `RagError` where it is the disk that does not let us use the index in `folder`.
    """
    try:
        yield
    except RagError:
        raise
    except _COMPLAINTS as error:
        if why := disk_trouble(error):
            raise disk_error(folder, why) from error
        raise damaged(_first_line(error)) from error
    except BaseException as error:
        # Rust code that finds its own assumptions broken; the class is not to be had by any import.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(_first_line(error)) from error


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines and lines[0].strip() else type(error).__name__
