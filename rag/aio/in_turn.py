"""Await many things side by side, and take the results in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator as AsyncResults
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Sized
from typing import Final, TypeVar

from corpora.errors import RagError
from rag.batches.many import BatchProgress

_AHEAD: Final = 4  # tasks for each that may run: one that takes long must not keep the others waiting

_Query = TypeVar("_Query")
_Result = TypeVar("_Result")


async def in_turn(
    call: Callable[[_Query], Awaitable[_Result]],
    queries: Iterable[_Query] | AsyncIterable[_Query],
    concurrency: int,
    progress: BatchProgress | None = None,
) -> AsyncResults[_Result | RagError, None]:
    """Yield what `call` returns for each query, in order, or the error that it raises.

    Args:
        call: is awaited for at most `concurrency` queries at a time.
        queries: may be endless; they are read as results are taken, a few ahead.
        concurrency: number of calls at a time, at least 1.
        progress: called after each result.
    """
    if concurrency < 1:
        raise RagError(
            f"{concurrency} queries cannot be answered at a time",
            why="at least one has to be",
            fix="choose 1 or more",
        )
    total = len(queries) if isinstance(queries, Sized) else None
    running = asyncio.Semaphore(concurrency)

    async def outcome(query: _Query) -> _Result | RagError:
        async with running:
            try:
                return await call(query)
            except RagError as error:
                return error

    waiting: deque[asyncio.Task[_Result | RagError]] = deque()
    done = 0
    try:
        async for query in _each(queries):
            waiting.append(asyncio.create_task(outcome(query)))
            if len(waiting) >= concurrency * _AHEAD:
                result = await waiting.popleft()
                done += 1
                _tell(progress, done, total)
                yield result
        while waiting:
            result = await waiting.popleft()
            done += 1
            _tell(progress, done, total)
            yield result
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _tell(progress: BatchProgress | None, done: int, total: int | None) -> None:
    if progress:
        progress(done, total)


async def _each(queries: Iterable[_Query] | AsyncIterable[_Query]) -> AsyncIterator[_Query]:
    if isinstance(queries, AsyncIterable):
        async for query in queries:
            yield query
    else:
        for query in queries:
            yield query
