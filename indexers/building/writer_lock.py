"""One process writes an index at a time; readers need no lock."""

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from corpora.errors import IndexDamaged, IndexLocked
from corpora.outside.files import read_outside
from indexers.search.engine_errors import disk_error, disk_trouble
from indexers.search.layout import Layout

_MAX_NOTE, _MAX_TOLD = 10_000, 100  # bytes of the note that tells who writes, characters of each part of it


@contextmanager
def writer_lock(layout: Layout | None) -> Iterator[None]:
    """Hold the right to write; it ends with the process, however that ends.

    Raises `IndexLocked` if another process has it, naming that process.
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
            fix="wait until it is done; searching works meanwhile",
        ) from error
    try:
        # Beside the lock, which the next to try would empty. Believed only while the lock is held.
        note = {"pid": os.getpid(), "host": platform.node(), "since": f"{datetime.now():%Y-%m-%d %H:%M:%S}"}
        with suppress(OSError):  # no room: what is about to be removed may make some
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
            layout.create()
        with writer_lock(layout):
            yield
    except (OSError, ValueError, RuntimeError) as error:  # the latter two: of tantivy and of FAISS
        why = disk_trouble(error)
        if layout is None or not why:
            raise
        raise disk_error(layout.root, why) from error


def _holder(layout: Layout) -> str:
    try:
        note = json.loads(read_outside(layout.lock_holder, max_bytes=_MAX_NOTE, follow_links=False))
        told = {name: str(note[name])[:_MAX_TOLD] for name in ("pid", "host", "since")}
        return f"process {told['pid']} on {told['host']} has been writing it since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
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
    except (IndexDamaged, IndexLocked, OSError):
        return  # it is none, or the rebuild is about to put the new one there
