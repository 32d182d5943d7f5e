"""Open files that somebody else wrote: regular files only, bounded, and never waiting.

A repository, an archive or an index may hold a pipe where a file is expected, a sparse file of many
gigabytes, or a link to a place outside of it. Everything that reads such a file opens it here.
"""

import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

# Without O_NONBLOCK, opening a pipe waits for its other end; without O_NOCTTY, a terminal becomes ours.
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


class OutsideFileError(OSError):
    """A file is not one to be read: not a regular file, too large, or outside of its root."""

    def __init__(self, reason: str, path: str | os.PathLike[str]) -> None:
        super().__init__(None, reason, os.fspath(path))
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason}: {self.filename}"


def open_outside(
    path: str | os.PathLike[str], *, follow_links: bool = True, root: str | os.PathLike[str] | None = None
) -> BinaryIO:
    """Open a regular file for reading, without waiting for anything.

    Args:
        path: the file.
        follow_links: whether `path` itself may be a symbolic link.
        root: a folder that the file must lie in once all links are resolved.

    Raises:
        OutsideFileError: it is no regular file, or lies outside of `root`.
        OSError: it cannot be opened.
        ValueError: the path holds a NUL.
    """
    if root is not None and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        raise OutsideFileError("it lies outside of its folder", path)
    # Opening a device may act on it (rewind a tape), so it is looked at first; and again once it is open.
    before = Path(path).stat(follow_symlinks=follow_links)
    if not stat.S_ISREG(before.st_mode):
        raise OutsideFileError("not a regular file", path)
    descriptor = os.open(path, _FLAGS if follow_links else _FLAGS | _NO_LINK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OutsideFileError("not a regular file", path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_outside(
    path: str | os.PathLike[str],
    *,
    max_bytes: int,
    follow_links: bool = True,
    root: str | os.PathLike[str] | None = None,
) -> bytes:
    """Return the bytes of a regular file of at most `max_bytes`.

    Raises as `open_outside` does, and `OutsideFileError` where the file is larger.
    """
    with open_outside(path, follow_links=follow_links, root=root) as stream:
        data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise OutsideFileError(f"it holds more than {max_bytes} bytes", path)
    return data
