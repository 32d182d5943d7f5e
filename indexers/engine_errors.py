"""Turn the errors of the engines into ours: either the disk is at fault, or the files are damaged."""

import errno
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from corpora.errors import RagError

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

# Raised by tantivy, FAISS, numpy, json and struct on files that are not as they wrote them. MemoryError: a
# header that claims more than there can be.
_ENGINE_ERRORS = (
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
    """Return what the system says about the disk; empty if the error is of another kind."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno) if error.errno in _DISK_ERRORS else ""
    texts = (os.strerror(number) for number in _DISK_ERRORS)  # tantivy and FAISS quote it in their own errors
    return next((text for text in texts if text in str(error)), "")


def disk_error(folder: Path, why: str) -> RagError:
    """Return the error to raise when the disk does not let us use the index in `folder`."""
    return RagError(
        f"the index at {folder} cannot be used",
        why=why,
        fix="make room on the disk, or make the folder readable and writable, and run the command again",
    )


@contextmanager
def raising_damage(folder: Path, damaged: Callable[[str], RagError]) -> Iterator[None]:
    """Turn the errors of an engine into ours; wrap calls of an engine only.

    Args:
        folder: the folder of the index.
        damaged: makes the error to raise for a damaged file, or a store that fails, from the engine's own
            words.

    Raises:
        RagError: the one that `damaged` made; or the disk does not let us use the index.
    """
    try:
        yield
    except RagError:
        raise
    except _ENGINE_ERRORS as error:
        if why := disk_trouble(error):
            raise disk_error(folder, why) from error
        raise damaged(_first_line(error)) from error
    except BaseException as error:
        # A panic in Rust code; its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(_first_line(error)) from error


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines and lines[0].strip() else type(error).__name__
