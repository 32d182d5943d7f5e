"""Spread batches of items over a pool: results come in order, and crashes cost single files."""

import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from itertools import chain
from typing import Any, TypeVar

from corpora.document import Skipped
from corpora.syntax.parse import MAX_RISKLESS_BYTES, Risky, expendable, parsing_refused, risk_reported
from indexers.building.budget import Budget
from indexers.building.pool import OpenPool, Pool, WorkerDied
from indexers.building.prepare import Batch, ItemResult, LeftOut, prepare_batch
from indexers.building.worker_pool import local_processes

# Starting workers takes a third of a second: less work than this is done faster in this process.
BYTES_WORTH_WORKERS = 1_500_000

Result = TypeVar("Result")
BatchFunction = Callable[[Batch], list[Result]]
"""A function that a worker calls: a batch in, a result for each item out.

It reads each item in a block of `reading_time_limit`.
"""


def prepare_all(
    batches: list[Batch], budget: Budget, open_pool: OpenPool = local_processes
) -> Iterator[list[ItemResult]]:
    """Prepare every batch and yield its results, in order (see `spread`)."""
    return spread(batches, budget, prepare_batch, open_pool)


def spread(
    batches: list[Batch],
    budget: Budget,
    function: BatchFunction[Result],
    open_pool: OpenPool = local_processes,
) -> Generator[list[Result | LeftOut], None, None]:
    """Yield the results of `function` for every batch, in order.

    A small amount of work is done in this process; for more, or for files that are risky to parse, a pool
    is opened. At most two batches per worker are under way at once. If a file kills its worker (a bug in a
    grammar, too much memory, a text whose parsing never ends), its batch is done again item by item; that
    file is tried once more without parsing, and is else reported as skipped.
    """
    sizes = [task.listed.size_bytes for batch in batches for task in batch.tasks]
    waiting = iter(batches)
    if sum(sizes) < BYTES_WORTH_WORKERS and max(sizes, default=0) <= MAX_RISKLESS_BYTES:
        for batch in waiting:
            try:
                with risk_reported():
                    results = function(batch)
            except Risky:
                waiting = chain([batch], waiting)  # from here on in a process that may die
                break
            yield list(results)
        else:
            return
    pool = open_pool(budget)
    under_way: deque[tuple[Batch, Future[list[Result]]]] = deque()
    try:
        while True:
            while len(under_way) < 2 * pool.workers and (next_one := next(waiting, None)) is not None:
                under_way.append((next_one, _submit(pool, function, next_one)))
            if not under_way:
                return
            batch, future = under_way.popleft()
            try:
                yield list(future.result())
            except (WorkerDied, MemoryError):
                wait([other for _, other in under_way])  # so that the items have the memory to themselves
                yield _one_by_one(batch, pool, function)
    finally:
        with uninterrupted():
            pool.close()


def _one_by_one(batch: Batch, pool: Pool, function: BatchFunction[Result]) -> list[Result | LeftOut]:
    """Process each item by itself, so that the one that kills its worker is found."""
    results: list[Result | LeftOut] = []
    for task in batch.tasks:
        one = batch._replace(tasks=(task,))
        try:
            results.extend(_submit(pool, function, one).result())
        except (WorkerDied, MemoryError) as error:
            again = _without_parsing(one, pool, function, _why(error))
            results.extend(again)
    return results


def _without_parsing(
    one: Batch, pool: Pool, function: BatchFunction[Result], why: str
) -> list[Result | LeftOut]:
    try:
        return list(_submit(pool, function, one, f"not parsed: {why}").result())
    except (WorkerDied, MemoryError) as error:
        (task,) = one.tasks
        skipped = Skipped(task.listed.path, "unreadable", _why(error), task.listed.size_bytes)
        return [LeftOut(task.listed, skipped)]


def _why(error: WorkerDied | MemoryError) -> str:
    if isinstance(error, MemoryError):
        return "it takes too much memory"
    return "it takes too long" if error.is_late else "it crashes the parser"


def _submit(
    pool: Pool, function: BatchFunction[Result], batch: Batch, refused: str = ""
) -> Future[list[Result]]:
    with uninterrupted():  # a pool starts threads: half-started ones could not be closed
        return pool.submit(_call_in_worker, (function, batch, refused))


def _call_in_worker(call: tuple[BatchFunction[Result], Batch, str]) -> list[Result]:
    """Run in a worker: call a function with a batch; `refused` is why nothing may be parsed, if so."""
    function, batch, refused = call
    with expendable(), parsing_refused(refused):
        return function(batch)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay the effect of Ctrl-C to the end of the block."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield  # no handler of Python's, or it runs in another thread: it does not interrupt this block
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
    """Cut each batch into batches of at most `max_bytes` (or a single item) and `max_items` items."""
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
