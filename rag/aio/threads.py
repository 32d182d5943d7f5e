"""Do in a thread what blocks, and let a cancelled task end it at its next step."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import Context, ContextVar, copy_context
from functools import cache, partial, wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from rag.cancellation import Cancellation, current_cancellation

SEARCHES_AT_ONCE: Final = 4
"""Threads that search: Python runs on one core, and what does without it is a third of a search."""

ANSWERS_AT_ONCE: Final = 64
"""Threads that wait for answers of models."""

_P = ParamSpec("_P")
_Self = TypeVar("_Self")
_Made = TypeVar("_Made")
_Result = TypeVar("_Result")

calling_loop: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("calling_loop", default=None)
"""The loop of the task that this thread works for."""


@cache
def searching_threads() -> ThreadPoolExecutor:
    """Return the threads that search, started when they are needed."""
    return ThreadPoolExecutor(SEARCHES_AT_ONCE, thread_name_prefix="rag-search")


@cache
def answering_threads() -> ThreadPoolExecutor:
    """Return the threads that wait for models, started when they are needed."""
    return ThreadPoolExecutor(ANSWERS_AT_ONCE, thread_name_prefix="rag-answer")


async def in_thread(call: Callable[[], _Result], threads: ThreadPoolExecutor) -> _Result:
    """Return what `call` returns in one of `threads`; if this task is cancelled, it ends at its next step."""
    cancellation = Cancellation()
    try:
        return await asyncio.wrap_future(begin(call, threads, context_of(cancellation)))
    except asyncio.CancelledError:
        cancellation.cancel()
        raise


def context_of(cancellation: Cancellation) -> Context:
    """Return the context of the running task, with what a thread has to know that works for it."""
    context = copy_context()
    context.run(current_cancellation.set, cancellation)
    context.run(calling_loop.set, asyncio.get_running_loop())
    return context


def begin(call: Callable[[], _Result], threads: ThreadPoolExecutor, context: Context) -> Future[_Result]:
    """Begin a call in one of `threads`; one call at a time may run in a context."""
    return threads.submit(context.run, call)


def awaitable(function: Callable[_P, _Result]) -> Callable[_P, Coroutine[Any, Any, _Result]]:
    """Return the same function, to be awaited: it runs in one of a few threads.

    >>> asyncio.run(awaitable(sum)([1, 2]))
    3
    """

    @wraps(function)
    async def awaited(*args: _P.args, **kwargs: _P.kwargs) -> _Result:
        return await in_thread(partial(function, *args, **kwargs), searching_threads())

    return awaited


def with_arguments_of(
    make: Callable[_P, _Made],
) -> Callable[[Callable[[_Self, _Made], None]], Callable[Concatenate[_Self, _P], None]]:
    """Give an `__init__`, which takes what `make` makes, the arguments of `make` instead."""

    def changed(init: Callable[[_Self, _Made], None]) -> Callable[Concatenate[_Self, _P], None]:
        def __init__(self: _Self, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
            init(self, make(*args, **kwargs))

        __init__.__doc__ = init.__doc__
        return __init__

    return changed
