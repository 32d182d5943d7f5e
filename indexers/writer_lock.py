"""One process writes an index at a time; readers need no lock."""

import errno
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from corpora.errors import IndexLocked, RagError
from indexers.layout import Layout

_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)


@contextmanager
def writer_lock(layout: Layout | None) -> Iterator[None]:
    """Hold the right to write; it ends with the process, however that ends.

    Raises `IndexLocked` if another process has it, naming that process.
    """
    if layout is None:
        yield
        return
    from filelock import FileLock, Timeout

    lock = FileLock(layout.lock, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise IndexLocked(
            f"the index at {layout.root} is being written by another process",
            why=_holder(layout),
            fix="wait until it is done; searching works meanwhile",
        ) from error
    try:
        # Beside the lock, which the next to try would empty. Believed only while the lock is held.
        note = {"pid": os.getpid(), "host": platform.node(), "since": f"{datetime.now():%Y-%m-%d %H:%M:%S}"}
        layout.lock_holder.write_text(json.dumps(note), encoding="utf-8")
        yield
    finally:
        lock.release()


@contextmanager
def writing(layout: Layout | None) -> Iterator[None]:
    """Hold the right to write, and tell in plain words when the disk takes no more.

    Raises:
        IndexLocked: another process has it.
        RagError: the disk is full, or does not let us write. What was committed is kept.
    """
    try:
        if layout:
            _check_no_links(layout.root)
            layout.create()
        with writer_lock(layout):
            yield
    except (OSError, ValueError, RuntimeError) as error:  # the latter two: of tantivy and of FAISS
        why = _trouble_with_disk(error)
        if layout is None or not why:
            raise
        raise RagError(
            f"the index at {layout.root} cannot be written",
            why=why,
            fix="make room on the disk, or the folder writable, and run rag index again",
        ) from error


def _check_no_links(root: Path) -> None:
    """Raise `RagError` where a part of an index is a link: what is written would land elsewhere."""
    links = [entry.name for entry in os.scandir(root) if entry.is_symlink()] if root.is_dir() else []
    if links:
        raise RagError(
            f"the index at {root} is not written",
            why=f"{min(links)} in it is a link, and leads elsewhere",
            fix="remove the link, or name another folder with --index",
        )


def _trouble_with_disk(error: Exception) -> str:
    """What the system says of the disk, empty if the error is of another kind."""
    if isinstance(error, OSError):
        return os.strerror(error.errno) if error.errno in _DISK_ERRORS else ""
    told = (os.strerror(number) for number in _DISK_ERRORS)
    return next((text for text in told if text in str(error)), "")


def _holder(layout: Layout) -> str:
    try:
        note = json.loads(layout.lock_holder.read_text(encoding="utf-8"))
        return f"process {note['pid']} on {note['host']} has been writing it since {note['since']}"
    except (OSError, ValueError, KeyError):
        return f"it holds {layout.lock}"


def put_back(path: Path) -> None:
    """Give an index that a killed rebuild left aside its place again, if nothing has taken it.

    A rebuild that is under way holds the lock of the index that it has just put aside.
    """
    old = path.with_name(f"{path.name}.old")
    if path.exists() or not Layout(old).catalog.exists():
        return
    try:
        with writer_lock(Layout(old)):
            if not path.exists():
                old.rename(path)
    except (IndexLocked, OSError):
        return  # the rebuild is about to put the new one there
