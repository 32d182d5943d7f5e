"""Pieces from a library that calls back while it works."""

from collections.abc import Callable
from threading import active_count
from threading import enumerate as threads

import pytest

from rag.generators.worker_stream import worker_stream


def count(take: Callable[[str], bool]) -> int:
    for number in range(1_000_000):
        if take(str(number)):
            return number
    return -1


def test_pieces_come_in_order_and_the_result_at_the_end() -> None:
    def work(take: Callable[[str], bool]) -> str:
        return "whole" if not (take("a") or take("b")) else "left"

    running = worker_stream(work, "test")
    assert [next(running), next(running)] == ["a", "b"]
    with pytest.raises(StopIteration) as end:
        next(running)
    assert end.value.value == "whole"


def test_a_stream_that_is_left_ends_its_thread() -> None:
    before = active_count()
    running = worker_stream(count, "test-left")
    assert next(running) == "0"
    running.close()
    assert active_count() == before and "test-left" not in {thread.name for thread in threads()}


def test_an_error_comes_after_the_pieces_before_it() -> None:
    def work(take: Callable[[str], bool]) -> None:
        take("a")
        raise OSError("no power")

    running = worker_stream(work, "test")
    assert next(running) == "a"
    with pytest.raises(OSError, match="no power"):
        next(running)
