"""Keep an index open for many threads, always at its newest generation."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final

from corpora.errors import RagError
from indexers.building.writer_lock import is_being_written
from indexers.index import Index
from indexers.layout import Layout
from indexers.readable_index import ReadableIndex
from rag.rendering.system_errors import as_rag_error
from rag.retrieval.retrieve import retrieve
from rag.serving.http.readers import asking_names

_MOST_VIEWS: Final = 64  # of an index: one for each set of names that asks
_WARMING: Final = "read a file"  # any question of two words loads what questions need


class _Opened:
    """An open index, and how many calls read it. It is closed when it is replaced and nobody reads it."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.readers = 0
        self.is_replaced = False
        self._seen: dict[frozenset[str], ReadableIndex] = {}
        self._lock = Lock()

    def as_seen_by(self, names: frozenset[str] | None) -> Index:
        """Return the index as somebody with these names sees it; whole for None.

        Raises what `ReadableIndex` raises.
        """
        if names is None:
            return self.index
        with self._lock:
            if names not in self._seen:
                if len(self._seen) >= _MOST_VIEWS:
                    self._seen.pop(next(iter(self._seen)))  # closed once nobody reads it
                self._seen[names] = ReadableIndex(self.index, names)
            return self._seen[names]

    def close(self) -> None:
        """Close the index, and what was seen of it."""
        for seen in self._seen.values():
            seen.close()
        self.index.close()


class ServedIndex:
    """An index that is opened once, and opened anew whenever somebody has written to it.

    Calls that began on one generation end on it, however long they take; those that begin later see the
    next. Nothing waits for the next one to open but the first call.

    Args:
        path: the folder of the index, which may be made later.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._layout = Layout(path)
        self._lock, self._opening = Lock(), Lock()
        self._current: _Opened | None = None
        self._is_closed = False
        self._tried: tuple[tuple[int, ...], ...] | None = None
        self.problem: RagError | None = None
        """Why the newest generation is not shown; None if it is."""

    @contextmanager
    def reading(self) -> Iterator[Index]:
        """Lend the index of the newest generation, as whoever asks may read it, until the block ends.

        Raises what `Index.open` raises, if no generation could be opened yet.
        """
        names = asking_names.get()
        opened = self._borrow()
        try:
            seen = opened.as_seen_by(names)
        except RagError:
            self._give_back(opened)
            self.follow()  # somebody has written to it since
            opened = self._borrow()
            try:
                seen = opened.as_seen_by(names)
            except BaseException:
                self._give_back(opened)
                raise
        try:
            yield seen
        finally:
            self._give_back(opened)

    def follow(self) -> bool:
        """Open the index anew if somebody has written to it; return whether that was so.

        What is wrong with the newest generation is kept in `problem`, and the one before stays.
        """
        with self._opening:
            stamp = self._stamp()
            # What cannot be opened is not tried again and again: to check a damaged index takes long.
            if self._is_closed or stamp == self._tried:
                return False
            self._tried = stamp
            try:
                opened = _Opened(self._open())
            except RagError as error:
                self.problem = error
                return False
            except OSError as error:
                self.problem = as_rag_error(error)
                return False
            self.problem = None
            self._replace(opened)
            return True

    def close(self) -> None:
        """Close the index once the calls that read it have ended."""
        with self._opening:
            self._is_closed = True
            self._replace(None)

    @property
    def is_being_written(self) -> bool:
        """Whether a process writes to the index now."""
        return is_being_written(self._layout)

    def _borrow(self) -> _Opened:
        with self._lock:
            if self._current is not None:
                self._current.readers += 1
                return self._current
        if not self.follow() and self.problem is not None:
            self._tried = None  # a folder may have been made readable since
            raise self.problem
        with self._lock:
            if self._current is None:
                raise RagError(
                    f"the index at {self.path} is not served any more",
                    why="the service has ended",
                    fix="start it again: rag serve",
                )
            self._current.readers += 1
            return self._current

    def _give_back(self, opened: _Opened) -> None:
        with self._lock:
            opened.readers -= 1
            is_done = opened.is_replaced and not opened.readers
        if is_done:
            opened.close()

    def _replace(self, opened: _Opened | None) -> None:
        with self._lock:
            last, self._current = self._current, opened
            if last is not None:
                last.is_replaced = True
            is_done = last is not None and not last.readers
        if last is not None and is_done:
            last.close()

    def _open(self) -> Index:
        index = Index.open(self.path)
        try:
            if index.catalog.database.generation:
                retrieve(index, _WARMING, 1)
        except BaseException:
            index.close()
            raise
        return index

    def _stamp(self) -> tuple[tuple[int, ...], ...]:
        """Return what changes with every write: sizes and times of the catalog and of its log."""
        catalog = self._layout.catalog
        found = []
        for path in (catalog, catalog.with_name(f"{catalog.name}-wal")):
            with suppress(OSError):
                status = path.stat()
                if status.st_size:  # whoever opens the index makes an empty log
                    found.append((status.st_ino, status.st_mtime_ns, status.st_size))
        return tuple(found)
