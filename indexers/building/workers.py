"""Batches of items spread over processes, with results in order and crashes survived."""

import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from itertools import chain
from typing import Any, TypeVar

from corpora.document import Skipped
from corpora.syntax.parse import MAX_RISKLESS_BYTES, Risky, expendable, nothing_parsed, risk_reported
from indexers.building.budget import Budget
from indexers.building.prepare import Batch, LeftOut, Outcome, prepare_batch
from indexers.building.worker_pool import WorkerDied, WorkerPool

# Starting workers takes a third of a second: less work than this is done faster in this process.
BYTES_WORTH_WORKERS = 1_500_000

Result = TypeVar("Result")
Work = Callable[[Batch], list[Result]]


def prepare_all(batches: list[Batch], budget: Budget) -> Iterator[list[Outcome]]:
    """Prepare every batch: the outcomes, in order. See `spread`."""
    return spread(batches, budget, prepare_batch)


def spread(
    batches: list[Batch], budget: Budget, work: Work[Result]
) -> Generator[list[Result | LeftOut], None, None]:
    """Yield what `work` makes of every batch, in order; at most two batches a worker are under way at once.

    `work` puts each item in a block of `in_time`.
    A file that kills its worker (a bug in a grammar, memory, a text that is parsed without end) is tried
    once more without its syntax, and else reported as skipped; the others of its batch are done.
    """
    sizes = [task.listed.size_bytes for batch in batches for task in batch.tasks]
    waiting = iter(batches)
    if sum(sizes) < BYTES_WORTH_WORKERS and max(sizes, default=0) <= MAX_RISKLESS_BYTES:
        for batch in waiting:
            try:
                with risk_reported():
                    results = work(batch)
            except Risky:
                waiting = chain([batch], waiting)  # from here on, in a process that may die
                break
            yield list(results)
        else:
            return
    workers = max(budget.workers, 1)
    pool = WorkerPool(workers, budget.worker_bytes)
    under_way: deque[tuple[Batch, Future[list[Result]]]] = deque()
    try:
        while True:
            while len(under_way) < 2 * workers and (next_one := next(waiting, None)) is not None:
                under_way.append((next_one, _submit(pool, work, next_one)))
            if not under_way:
                return
            batch, future = under_way.popleft()
            try:
                yield list(future.result())
            except (WorkerDied, MemoryError):
                wait([other for _, other in under_way])  # the items get the memory for themselves
                yield _singly(batch, pool, work)
    finally:
        with uninterrupted():
            pool.close()


def _singly(batch: Batch, pool: WorkerPool, work: Work[Result]) -> list[Result | LeftOut]:
    """Each item by itself, so that the one that kills its worker is found."""
    results: list[Result | LeftOut] = []
    for task in batch.tasks:
        one = batch._replace(tasks=(task,))
        try:
            results.extend(_submit(pool, work, one).result())
        except (WorkerDied, MemoryError) as error:
            again = _without_syntax(one, pool, work, _why(error))
            results.extend(again)
    return results


def _without_syntax(one: Batch, pool: WorkerPool, work: Work[Result], why: str) -> list[Result | LeftOut]:
    try:
        return list(_submit(pool, work, one, f"not parsed: {why}").result())
    except (WorkerDied, MemoryError) as error:
        (task,) = one.tasks
        skipped = Skipped(task.listed.path, "unreadable", _why(error), task.listed.size_bytes)
        return [LeftOut(task.listed, skipped)]


def _why(error: WorkerDied | MemoryError) -> str:
    if isinstance(error, MemoryError):
        return "it takes too much memory"
    return "it takes too long" if error.is_late else "it crashes the parser"


def _submit(pool: WorkerPool, work: Work[Result], batch: Batch, refused: str = "") -> Future[list[Result]]:
    with uninterrupted():  # it starts threads: half of them could not be closed
        return pool.submit(_work, (work, batch, refused))


def _work(call: tuple[Work[Result], Batch, str]) -> list[Result]:
    """What a worker does."""
    work, batch, refused = call
    with expendable(), nothing_parsed(refused):
        return work(batch)


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
