"""The lock of an index: one process writes at a time; readers need no lock."""

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from corpora.errors import IndexDamaged, IndexLocked
from corpora.outside.files import read_outside
from indexers.engine_errors import disk_error, disk_trouble
from indexers.layout import Layout

_MAX_NOTE, _MAX_SHOWN = 10_000, 100  # bytes of the note on who writes; characters of each part of it
_NO_NOTE = (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError)


@contextmanager
def writer_lock(layout: Layout | None) -> Iterator[None]:
    """Hold the lock of an index; the system frees it when the process ends, however it ends.

    For None, an index in memory, there is no lock. Raises `IndexLocked`, which names the process that
    holds the lock.
    """
    if layout is None:
        yield
        return
    from filelock import FileLock, Timeout

    layout.check()
    lock = FileLock(layout.lock, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise IndexLocked(
            f"the index at {layout.root} is being written by another process",
            why=_holder(layout),
            fix="wait until it is done; the index can be searched meanwhile",
        ) from error
    try:
        # In a file of its own: whoever tries to lock next empties the lock file. Read only while it is held.
        note = {"pid": os.getpid(), "host": platform.node(), "since": f"{datetime.now():%Y-%m-%d %H:%M:%S}"}
        with suppress(OSError):  # no room on the disk: the update may free some
            layout.lock_holder.write_text(json.dumps(note), encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            layout.lock_holder.unlink(missing_ok=True)
        lock.release()


def is_being_written(layout: Layout) -> bool:
    """Return whether a process of this machine writes to an index, as far as its note tells.

    The lock itself is not tried: a writer that tries it at the same moment would be refused.
    """
    import psutil  # only a service asks

    try:
        note = _read_note(layout)
        return note["host"] == platform.node() and psutil.pid_exists(int(note["pid"]))
    except _NO_NOTE:
        return False


@contextmanager
def writing(layout: Layout | None) -> Iterator[None]:
    """Make the folders of an index and hold its lock; report errors of the disk in plain words.

    Raises:
        IndexLocked: another process has the lock.
        RagError: the disk is full, or does not let us write. What was committed is kept.
    """
    try:
        if layout:
            layout.create()
        with writer_lock(layout):
            yield
    except (OSError, ValueError, RuntimeError) as error:  # the latter two from tantivy and FAISS
        why = disk_trouble(error)
        if layout is None or not why:
            raise
        raise disk_error(layout.root, why) from error


def _holder(layout: Layout) -> str:
    try:
        note = _read_note(layout)
        shown = {name: str(note[name])[:_MAX_SHOWN] for name in ("pid", "host", "since")}
        return f"process {shown['pid']} on {shown['host']} has been writing it since {shown['since']}"
    except _NO_NOTE:
        return f"it holds {layout.lock}"


def _read_note(layout: Layout) -> Any:
    return json.loads(read_outside(layout.lock_holder, max_bytes=_MAX_NOTE, follow_links=False))


def put_back(path: Path) -> None:
    """Put back an index that a killed rebuild has moved aside, if there is no other in its place.

    A rebuild that is under way holds the lock of the index that it has moved aside.
    """
    old = path.with_name(f"{path.name}.old")
    if path.exists() or not Layout(old).catalog.exists():
        return
    try:
        with writer_lock(Layout(old)):
            if not path.exists():
                old.rename(path)
    except (IndexDamaged, IndexLocked, OSError):
        return  # it is not an index, or a rebuild is about to put the new one there
