"""The file of a catalog, read beside SQLite without taking its locks away.

The locks of SQLite are POSIX locks, which belong to a process and a file: whoever closes *any* descriptor of
the file gives up all of them. Another process would then take our connection for gone, and delete the log
that it still uses; what we write next would destroy the catalog. So each file is opened once, before the
first connection to it, and closed after the last.
"""

import os
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from threading import RLock
from typing import Final, cast
from weakref import finalize

from corpora.outside.files import open_outside

_Key = tuple[int, int]


@dataclass(slots=True)
class _Shared:
    """A file, and how many use it."""

    file: FileIO | None = None
    users: int = 0


_OPEN: Final[dict[_Key, _Shared]] = {}
_LOCK: Final = RLock()  # the collector of garbage may release a file while another is being opened


class CatalogFile:
    """The file that is at a path now. Call `close` after the connection to it is closed."""

    def __init__(self, path: Path) -> None:
        """Open it, or share what is open. Raises `OSError` if it is no regular file, or cannot be read."""
        with _LOCK:
            self._key = _key_of(path.lstat())
            shared = _OPEN.setdefault(self._key, _Shared())
            shared.users += 1
            try:
                shared.file = shared.file or cast(FileIO, open_outside(path, follow_links=False).detach())
            except BaseException:
                _release(self._key)
                raise
        self.close = finalize(self, _release, self._key)

    def is_at(self, path: Path) -> bool:
        """Return whether the file at `path` is this one still."""
        return _key_of(path.lstat()) == self._key

    def read(self, start: int, size: int) -> bytes:
        """Return the bytes from `start` on, at most `size` of them, as they are on the disk now."""
        with _LOCK:
            file = _OPEN[self._key].file
            assert file is not None
            file.seek(start)
            pieces = []
            while size > 0 and (piece := file.read(size)):
                pieces.append(piece)
                size -= len(piece)
        return b"".join(pieces)


def _release(key: _Key) -> None:
    with _LOCK:
        shared = _OPEN[key]
        shared.users -= 1
        if not shared.users:
            del _OPEN[key]
            if shared.file:
                shared.file.close()


def _key_of(found: os.stat_result) -> _Key:
    return found.st_dev, found.st_ino
