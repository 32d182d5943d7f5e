"""Open files that somebody else wrote: regular files only, bounded, and never waiting.

A repository, an archive or an index may hold a pipe where a file is expected, a sparse file of many
gigabytes, or a link to a place outside of it. Everything that reads such a file opens it here.
"""

import os
import stat
from collections.abc import Iterator
from hashlib import blake2b
from io import BufferedReader
from pathlib import Path
from typing import Final

# Without O_NONBLOCK, opening a pipe waits for its other end; without O_NOCTTY, a terminal becomes ours.
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
    """A file is not one to be read: not a regular file, too large, or outside of its root."""

    def __init__(self, reason: str, path: str | os.PathLike[str]) -> None:
        super().__init__(None, reason, os.fspath(path))
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason}: {self.filename}"


def special_kind(mode: int) -> str:
    """Say what stands where a regular file is expected (`a pipe`); empty for a regular file."""
    return _KINDS.get(stat.S_IFMT(mode), "a special file")


def regular_status(path: str | os.PathLike[str]) -> os.stat_result:
    """Look at a file, through links. Raises `OutsideFileError` for what is no regular file, and `OSError`."""
    status = Path(path).stat()
    if kind := special_kind(status.st_mode):
        raise OutsideFileError(f"not a regular file but {kind}", path)
    return status


def lies_in(path: str | os.PathLike[str], root: str | os.PathLike[str]) -> bool:
    """Tell whether a path lies in a folder once all links are followed; one in a circle is not."""
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
        OutsideFileError: it is no regular file, or lies outside of `root`.
        OSError: it cannot be opened.
        ValueError: the path holds a NUL.
    """
    if root is not None and not lies_in(path, root):
        raise OutsideFileError("it lies outside of its folder", path)
    # Opening a device may act on it (rewind a tape), so it is looked at first; and again once it is open.
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
    """Return the bytes of a regular file of at most `max_bytes`.

    Raises as `open_outside` does, and `OutsideFileError` where the file is larger.
    """
    return b"".join(pieces_outside(path, max_bytes=max_bytes, follow_links=follow_links, root=root))


def pieces_outside(
    path: str | os.PathLike[str],
    *,
    max_bytes: int,
    follow_links: bool = True,
    root: str | os.PathLike[str] | None = None,
) -> Iterator[bytes]:
    """Yield what `read_outside` returns piece by piece, for what need not be in memory at once.

    A file that says that it is larger than `max_bytes` is not read at all.
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
    """Return the hash of what `read_outside` returns, as `corpora.document.hash_bytes` gives it."""
    digest = blake2b(digest_size=16)
    for piece in pieces_outside(path, max_bytes=max_bytes, root=root):
        digest.update(piece)
    return digest.hexdigest()


def read_unchanged(path: str | os.PathLike[str], *, max_bytes: int) -> bytes | None:
    """Return the bytes of a file that a scan saw as a regular one, at most `max_bytes` + 1 of them.

    None where it changed while it was read. It is not looked at before it is opened, which would take a
    third more of the time; a link is not followed. Raises as `open_outside` does.
    """
    stream, before = _opened(path, _FLAGS | _NO_LINK)
    with stream:
        # (as much as there is: a bound of a gigabyte reserves no gigabyte)
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
