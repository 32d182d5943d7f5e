"""Run calls on several threads and yield their results in the order of the calls."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_AHEAD = 4  # calls taken from the iterable beyond those that run, for each worker

_Result = TypeVar("_Result")


def run_in_order(calls: Iterable[Callable[[], _Result]], workers: int) -> Generator[_Result, None, None]:
    """Yield the result of each call, in order, running `workers` calls at a time.

    `calls` may be endless: it is read in the caller's thread, only a few calls ahead of those that run.
    What a call raises is raised here, in its place; calls that have not begun are then dropped.
    """
    waiting: deque[Future[_Result]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="in-order")
    try:
        for call in calls:
            waiting.append(pool.submit(call))
            if len(waiting) > workers * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
