"""Ask one thing of many questions: what comes of each is given in its place, whether it succeeds or fails.

A question that fails must not cost the others, and a generator that has raised yields nothing more. So errors
are values here: whoever wants the first of them to end the batch raises it.
"""

import gc
import pickle
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence, Sized
from concurrent.futures import Future
from contextlib import closing
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from corpora.errors import RagError
from indexers.building.pool import WorkerDied
from indexers.building.worker_pool import WorkerPool
from indexers.index import Index
from rag.batches.in_order import run_in_order
from rag.batches.packed_records import pack_records

BatchProgress = Callable[[int, int | None], None]
"""Called with the number of results that were given, and that of the questions, None if it is not known."""

_AT_ONCE: Final = 8  # questions that a process is given at a time: a tenth of a second of work
_AHEAD: Final = 2  # such parts that are under way, for each process: it must not wait for the next

_Query = TypeVar("_Query")
_Result = TypeVar("_Result")


def outcome_of(call: Callable[[_Query], _Result], query: _Query) -> _Result | RagError:
    """Return what `call` returns, or the error of the toolkit that it raises; other errors are raised."""
    try:
        return call(query)
    except RagError as error:
        return error


def ask_in_threads(
    call: Callable[[_Query], _Result],
    queries: Iterable[_Query],
    threads: int,
    progress: BatchProgress | None = None,
) -> Generator[_Result | RagError, None, None]:
    """Yield what `call` returns for each query, in order, or the error that it raises.

    Queries are read as results are taken, a few ahead. Whoever leaves the iterator early waits for the calls
    that run, and no other is begun.

    Args:
        call: threads call it at the same time, unless `threads` is 1.
        queries: may be endless.
        threads: number of calls at a time, at least 1.
        progress: called after each result.
    """
    _check_number("threads", threads)
    if threads == 1:
        return _counted((outcome_of(call, query) for query in queries), queries, progress)
    calls = (partial(outcome_of, call, query) for query in queries)
    return _counted(run_in_order(calls, threads), queries, progress)


def ask_in_processes(
    call: Callable[[_Query], _Result],
    queries: Iterable[_Query],
    index: Index,
    processes: int,
    progress: BatchProgress | None = None,
) -> Generator[_Result | RagError, None, None]:
    """Yield the same, by processes that have opened the index themselves: Python uses one core in each.

    What cannot be done there is done here: all of it if `call` cannot be pickled, or if the index is in
    memory or has changed since it was opened; and each query that fails or warns, which thus does so here.

    Args:
        call: what is asked of each query; it has the index.
        queries: may be endless.
        index: the index.
        processes: number of processes; 1 for this one alone. Each takes a second to start, and the memory of
            an open index.
        progress: called after each result.
    """
    _check_number("processes", processes)
    packed = _packed(call, index) if processes > 1 else None
    if packed is None or index.path is None:
        return ask_in_threads(call, queries, 1, progress)
    opened = _Opened(packed, index.path.absolute(), index.catalog.database.generation)
    return _counted(_by_processes(call, queries, opened, processes), queries, progress)


def _check_number(what: str, number: int) -> None:
    if number < 1:
        raise RagError(
            f"the number of {what} cannot be {number}", why="at least one has to work", fix="choose 1 or more"
        )


def _counted(
    results: Generator[_Result, None, None], queries: Iterable[object], progress: BatchProgress | None
) -> Generator[_Result, None, None]:
    total = len(queries) if isinstance(queries, Sized) else None
    with closing(results):
        for done, result in enumerate(results, start=1):
            if progress:
                progress(done, total)
            yield result


class _Opened(NamedTuple):
    """What is called, as a process is given it, with the index at a path in one generation."""

    call: bytes
    path: Path
    generation: int


def _packed(call: Callable[..., object], index: Index) -> bytes | None:
    """Return what `call` is pickled to; None if it cannot be."""
    if index.path is None:
        return None
    try:
        return pickle.dumps(call, pickle.HIGHEST_PROTOCOL)
    except Exception:  # whatever an object raises that is not made for it
        return None


def _by_processes(
    call: Callable[[_Query], _Result], queries: Iterable[_Query], opened: _Opened, processes: int
) -> Generator[_Result | RagError, None, None]:
    waiting = iter(queries)
    under_way: deque[tuple[list[_Query], Future[list[bytes | None]]]] = deque()
    pool = WorkerPool(processes, None)
    try:
        while True:
            while len(under_way) < _AHEAD * processes and (some := list(islice(waiting, _AT_ONCE))):
                under_way.append((some, pool.submit(_ask_here, (opened, some))))
            if not under_way:
                return
            asked, future = under_way.popleft()
            for query, found in zip(asked, _given(future, len(asked)), strict=True):
                yield outcome_of(call, query) if found is None else pickle.loads(found)  # noqa: S301 (of ours)
    finally:
        pool.close()


def _given(future: Future[list[bytes | None]], number: int) -> Sequence[bytes | None]:
    """Return what a process has found, pickled, None for each query that has to be asked here."""
    try:
        return future.result()
    except (WorkerDied, MemoryError, RagError, RuntimeError):  # it has ended, or cannot start or answer
        return [None] * number


def _ask_here(given: tuple[_Opened, list[Any]]) -> list[bytes | None]:
    """Run in a process: ask each query, and return None for those that another process has to ask."""
    opened, queries = given
    call = _unpacked(opened)
    return [_in_silence(call, query) if call else None for query in queries]


def _in_silence(call: Callable[[Any], Any], query: object) -> bytes | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return pack_records(call(query))
    except Exception:
        return None


@lru_cache(maxsize=1)
def _unpacked(opened: _Opened) -> Callable[[Any], Any] | None:
    try:
        call: Callable[[Any], Any] = pickle.loads(opened.call)  # noqa: S301 (from the process that started this one)
    except Exception:
        return None
    # It has opened the newest generation: if that is still the one that was asked for, it is the same.
    gc.freeze()  # tables and modules stay: looking through them for garbage is a twentieth of the time
    with Index.open(opened.path) as index:
        return call if index.catalog.database.generation == opened.generation else None
