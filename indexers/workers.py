"""Batches of items spread over processes, with results in order and crashes survived."""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from time import sleep
from typing import Any

from corpora.document import Skipped
from indexers.budget import Budget, limit_growth
from indexers.prepare import Batch, LeftOut, Outcome, prepare_batch

# Starting workers takes about a second: less work than this is done faster in this process.
BYTES_WORTH_WORKERS = 3_000_000

_ORPHAN_CHECK_SECONDS = 1.0


Prepare = Callable[[Batch], list[Outcome]]


def prepare_all(
    batches: list[Batch], budget: Budget, prepare: Prepare = prepare_batch
) -> Iterator[list[Outcome]]:
    """The outcomes of every batch, in order; at most two batches a worker are under way at once.

    A file that kills its worker (a bug in a grammar, memory) is reported as skipped; the others
    of its batch are prepared.
    """
    size = sum(task.listed.size_bytes for batch in batches for task in batch.tasks)
    if size < BYTES_WORTH_WORKERS or not budget.workers:
        yield from map(prepare, batches)
        return
    pool = _pool(budget)
    under_way: deque[tuple[Batch, Future[list[Outcome]]]] = deque()
    waiting = iter(batches)
    try:
        while True:
            while len(under_way) < 2 * budget.workers and (batch := next(waiting, None)) is not None:
                under_way.append((batch, _submit(pool, prepare, batch)))
            if not under_way:
                return
            batch, future = under_way.popleft()
            try:
                yield future.result()
            except (BrokenProcessPool, MemoryError):
                _close(pool)
                lost = [batch, *(other for other, _ in under_way)]
                under_way.clear()
                for one in lost:
                    yield _prepare_singly(one, budget, prepare)
                pool = _pool(budget)
    finally:
        _close(pool)


def _prepare_singly(batch: Batch, budget: Budget, prepare: Prepare) -> list[Outcome]:
    """Each item in a pool of its own process until the one that kills it is found."""
    outcomes: list[Outcome] = []
    pool = _pool(budget._replace(workers=1))
    for task in batch.tasks:
        try:
            outcomes += _submit(pool, prepare, batch._replace(tasks=(task,))).result()
        except (BrokenProcessPool, MemoryError) as error:
            why = "it takes too much memory" if isinstance(error, MemoryError) else "it crashed the parser"
            skipped = Skipped(task.listed.path, "unreadable", why, task.listed.size_bytes)
            outcomes.append(LeftOut(task.listed, skipped))
            _close(pool)
            pool = _pool(budget._replace(workers=1))
    _close(pool)
    return outcomes


def _pool(budget: Budget) -> Any:
    # loky starts fresh interpreters without running the caller's script again, so a script needs
    # no `if __name__ == "__main__"`, and no lock held by one of our threads is copied.
    from loky import ProcessPoolExecutor

    return ProcessPoolExecutor(
        max_workers=budget.workers, initializer=_begin, initargs=(os.getpid(), budget.worker_bytes)
    )


def _submit(pool: Any, prepare: Prepare, batch: Batch) -> Future[list[Outcome]]:
    with uninterrupted():  # it starts workers and threads: half of them could not be closed
        future: Future[list[Outcome]] = pool.submit(prepare, batch)
    return future


def _close(pool: Any) -> None:
    with uninterrupted():
        pool.shutdown(wait=True, kill_workers=True)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C has its effect at the end of the block."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield  # no handler of Python's, or it runs in another thread: nothing is cut short here
        return
    held: list[Any] = []
    signal.signal(signal.SIGINT, lambda *interrupt: held.append(interrupt))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if held:
            handler(*held[0])


def _begin(parent: int, limit: int | None) -> None:
    """Have this worker end when the process `parent` has: a killed one cannot tell its workers to."""
    if limit is not None:
        limit_growth(limit)

    def watch() -> None:
        while os.getppid() == parent:
            sleep(_ORPHAN_CHECK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def batched(batches: Iterable[Batch], *, max_bytes: int, max_items: int) -> Iterator[Batch]:
    """Cut each batch into ones of at most `max_bytes` (or a single item) and `max_items`."""
    for batch in batches:
        start = size = 0
        for end, task in enumerate(batch.tasks):
            full = size + task.listed.size_bytes > max_bytes or end - start == max_items
            if end > start and full:
                yield batch._replace(tasks=batch.tasks[start:end])
                start, size = end, 0
            size += task.listed.size_bytes
        if start < len(batch.tasks):
            yield batch._replace(tasks=batch.tasks[start:])
