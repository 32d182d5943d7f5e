"""Batches of items spread over processes, with results in order and crashes survived."""

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import Any

from corpora.document import Skipped
from indexers.budget import Budget
from indexers.prepare import Batch, LeftOut, Outcome, prepare_batch
from indexers.worker_pool import WorkerDied, WorkerPool

# Starting workers takes about a second: less work than this is done faster in this process.
BYTES_WORTH_WORKERS = 3_000_000

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
    pool = WorkerPool(budget.workers, budget.worker_bytes)
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
            except (WorkerDied, MemoryError):
                wait([other for _, other in under_way])  # the items get the memory for themselves
                yield _prepare_singly(batch, pool, prepare)
    finally:
        with uninterrupted():
            pool.close()


def _prepare_singly(batch: Batch, pool: WorkerPool, prepare: Prepare) -> list[Outcome]:
    """Each item by itself, so that the one that kills its worker is found."""
    outcomes: list[Outcome] = []
    for task in batch.tasks:
        try:
            outcomes += _submit(pool, prepare, batch._replace(tasks=(task,))).result()
        except (WorkerDied, MemoryError) as error:
            why = "it takes too much memory" if isinstance(error, MemoryError) else "it crashed the parser"
            skipped = Skipped(task.listed.path, "unreadable", why, task.listed.size_bytes)
            outcomes.append(LeftOut(task.listed, skipped))
    return outcomes


def _submit(pool: WorkerPool, prepare: Prepare, batch: Batch) -> Future[list[Outcome]]:
    with uninterrupted():  # it starts threads: half of them could not be closed
        return pool.submit(prepare, batch)


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
