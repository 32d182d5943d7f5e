"""Open files that somebody else wrote: only regular files, within bounds, and without blocking.

A repository, an archive or an index may contain a pipe where a file is expected, a sparse file of many
gigabytes, or a link to a place outside. All code that reads such files opens them here.
"""

import os
import stat
from collections.abc import Iterator
from hashlib import blake2b
from io import BufferedReader
from pathlib import Path
from typing import Final

# Without O_NONBLOCK, opening a pipe waits for a writer; without O_NOCTTY, opening a terminal may make it
# the one that controls this process.
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)

_KINDS: Final = {
    stat.S_IFREG: "",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_CHUNK_BYTES: Final = 1 << 20


class OutsideFileError(OSError):
    """A file must not be read: it is not a regular file, too large, or outside of its root."""

    def __init__(self, reason: str, path: str | os.PathLike[str]) -> None:
        super().__init__(None, reason, os.fspath(path))
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason}: {self.filename}"


def special_kind(mode: int) -> str:
    """Return what a file is instead of a regular one (`a pipe`), by its mode; empty for a regular file."""
    return _KINDS.get(stat.S_IFMT(mode), "a special file")


def regular_status(path: str | os.PathLike[str]) -> os.stat_result:
    """Return the status of a regular file; links are followed.

    Raises:
        OutsideFileError: it is not a regular file.
        OSError: there is no such file, or it may not be looked at.
    """
    status = Path(path).stat()
    if kind := special_kind(status.st_mode):
        raise OutsideFileError(f"not a regular file but {kind}", path)
    return status


def lies_in(path: str | os.PathLike[str], root: str | os.PathLike[str]) -> bool:
    """Return whether a path is inside a folder once all links are followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def open_outside(
    path: str | os.PathLike[str], *, follow_links: bool = True, root: str | os.PathLike[str] | None = None
) -> BufferedReader:
    """Open a regular file for reading, without waiting for anything.

    Args:
        path: the file.
        follow_links: whether `path` itself may be a symbolic link.
        root: a folder that the file must lie in once all links are resolved.

    Raises:
        OutsideFileError: it is not a regular file, or outside of `root`.
        OSError: it cannot be opened.
        ValueError: the path contains a NUL.
    """
    if root is not None and not lies_in(path, root):
        raise OutsideFileError("it is outside of its folder", path)
    # Opening a device may act on it (rewind a tape), so the file is checked before; and again when it is
    # open, as it may have been replaced in between.
    before = Path(path).stat(follow_symlinks=follow_links)
    if kind := special_kind(before.st_mode):
        raise OutsideFileError(f"not a regular file but {kind}", path)
    return _opened(path, _FLAGS if follow_links else _FLAGS | _NO_LINK)[0]


def read_outside(
    path: str | os.PathLike[str],
    *,
    max_bytes: int,
    follow_links: bool = True,
    root: str | os.PathLike[str] | None = None,
) -> bytes:
    """Return the content of a regular file of at most `max_bytes`.

    Args:
        path: the file.
        max_bytes: the largest size to read.
        follow_links: whether `path` itself may be a symbolic link.
        root: a folder that the file must lie in once all links are resolved.

    Raises:
        OutsideFileError: the file is larger, not a regular file, or outside of `root`.
        OSError: it cannot be read.
        ValueError: the path contains a NUL.
    """
    return b"".join(pieces_outside(path, max_bytes=max_bytes, follow_links=follow_links, root=root))


def pieces_outside(
    path: str | os.PathLike[str],
    *,
    max_bytes: int,
    follow_links: bool = True,
    root: str | os.PathLike[str] | None = None,
) -> Iterator[bytes]:
    """Yield the content of a regular file in pieces of at most 1 MiB; arguments and errors as `read_outside`.

    Nothing is read of a file whose size is more than `max_bytes`; the limit also holds for one that grows,
    or whose size is not known beforehand (those in `/proc` report 0).
    """
    with open_outside(path, follow_links=follow_links, root=root) as stream:
        left = max_bytes - os.fstat(stream.fileno()).st_size
        if left >= 0:
            left = max_bytes
            while left >= 0 and (piece := stream.read(min(_CHUNK_BYTES, left + 1))):
                left -= len(piece)
                yield piece
    if left < 0:
        raise OutsideFileError(f"it holds more than {max_bytes} bytes", path)


def hash_outside(
    path: str | os.PathLike[str], *, max_bytes: int, root: str | os.PathLike[str] | None = None
) -> str:
    """Return the hash of a file as `corpora.document.hash_bytes` computes it; errors as `read_outside`."""
    digest = blake2b(digest_size=16)
    for piece in pieces_outside(path, max_bytes=max_bytes, root=root):
        digest.update(piece)
    return digest.hexdigest()


def read_unchanged(path: str | os.PathLike[str], *, max_bytes: int) -> bytes | None:
    """Return up to `max_bytes` + 1 bytes of a file that a scan saw as a regular one; links are not followed.

    None if it changed while it was read. Unlike `open_outside`, it does not check the file before opening,
    since the scan did and a check takes a third more time.

    Raises:
        OutsideFileError: it is not a regular file (any more).
        OSError: it cannot be read.
    """
    stream, before = _opened(path, _FLAGS | _NO_LINK)
    with stream:
        # `read(n)` reserves n bytes, so `max_bytes` alone would reserve a gigabyte for a small file.
        data = stream.read(min(max_bytes, before.st_size) + 1)
        after = os.fstat(stream.fileno())
    same = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    return data if same else None


def _opened(path: str | os.PathLike[str], flags: int) -> tuple[BufferedReader, os.stat_result]:
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if kind := special_kind(status.st_mode):
            raise OutsideFileError(f"not a regular file but {kind}", path)
        return os.fdopen(descriptor, "rb"), status
    except BaseException:
        os.close(descriptor)
        raise
