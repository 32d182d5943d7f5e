"""Calls run side by side, and their results come in order."""

from collections.abc import Callable, Iterator
from itertools import count
from threading import Barrier

import pytest

from rag.batches.in_order import run_in_order


def test_results_come_in_the_order_of_the_calls_while_several_run() -> None:
    together = Barrier(2)  # a call alone would wait for ever

    def call(number: int) -> Callable[[], int]:
        return lambda: together.wait(10) * 0 + number

    assert list(run_in_order([call(number) for number in range(8)], 2)) == list(range(8))


def test_calls_without_end_are_read_a_few_ahead() -> None:
    read = count()

    def calls() -> Iterator[Callable[[], str]]:
        while True:
            next(read)
            yield lambda: "done"

    results = run_in_order(calls(), 2)
    assert [next(results) for _ in range(20)] == ["done"] * 20
    assert next(read) < 40


def test_what_a_call_raises_is_raised_in_its_place() -> None:
    results = run_in_order([lambda: 1, lambda: 1 // 0, lambda: 3], 1)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
