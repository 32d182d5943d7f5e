"""Make a generator of an async function: the thread that asks it waits while the event loop runs it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator
from concurrent.futures import CancelledError
from inspect import iscoroutinefunction
from typing import Any, Protocol, TypeVar, cast

from rag.aio.threads import calling_loop
from rag.cancellation import Cancellation, current_cancellation, end_if_cancelled
from rag.generators.completion import Completion, Generator, generator_name
from rag.prompting.prompt import Prompt

_Result = TypeVar("_Result")


class AsyncGenerator(Protocol):
    """An async function that answers a prompt with a completion or with plain text.

    With a method `stream`, an async generator of texts, it can also give its answer piece by piece.
    """

    def __call__(self, prompt: Prompt, /) -> Awaitable[Completion | str]:
        """Answer `prompt`."""


def as_generator(generator: AsyncGenerator) -> Generator:
    """Return an async generator as one that everything takes which takes a `Generator`.

    `rag.aio` does so by itself for `async def`; type checkers want it to be written. Outside of an event
    loop, each call runs in a loop of its own.
    """
    return _Streaming(generator) if hasattr(generator, "stream") else _Awaited(generator)


def as_called(generator: Generator | None) -> Generator | None:
    """Return a generator, or what `as_generator` makes of it if its calls have to be awaited."""
    is_async = iscoroutinefunction(generator) or iscoroutinefunction(getattr(generator, "__call__", None))  # noqa: B004
    return as_generator(cast(AsyncGenerator, generator)) if is_async else generator


class _Awaited:
    def __init__(self, generator: AsyncGenerator) -> None:
        self._generator = generator

    @property
    def name(self) -> str:
        return generator_name(cast(Generator, self._generator))

    def __call__(self, prompt: Prompt, /) -> Completion | str:
        return _run(_value_of(self._generator(prompt)))


class _Streaming(_Awaited):
    def stream(self, prompt: Prompt, /) -> Iterator[str]:
        pieces: AsyncIterator[str] = cast(Any, self._generator).stream(prompt)
        try:
            while (piece := _run(_next_of(pieces))) is not None:
                yield piece
        finally:
            if hasattr(pieces, "aclose"):
                _close(pieces.aclose())


async def _value_of(awaited: Awaitable[_Result]) -> _Result:
    return await awaited


async def _next_of(pieces: AsyncIterator[str]) -> str | None:
    return await anext(pieces, None)


def _run(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    loop = calling_loop.get()
    if loop is None:
        return asyncio.run(coroutine)
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    with (current_cancellation.get() or Cancellation()).calling(future.cancel):
        try:
            return future.result()
        except CancelledError:
            end_if_cancelled()
            raise


def _close(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run what closes a stream; of a call that was cancelled, nobody waits for that."""
    loop, cancellation = calling_loop.get(), current_cancellation.get()
    if loop is None or cancellation is None or not cancellation.is_cancelled:
        _run(coroutine)
    elif loop.is_closed():
        coroutine.close()
    else:
        asyncio.run_coroutine_threadsafe(coroutine, loop)
