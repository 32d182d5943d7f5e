"""A cache gives the answers of its look-up, and looks no key up twice while there is room."""

from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from indexers.bulk_cache import BulkCache


class Squares:
    """A look-up of the squares of even numbers that records the keys it was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, keys: Collection[int]) -> dict[int, int]:
        self.asked += keys
        return {key: key**2 for key in keys if key % 2 == 0}


@given(st.lists(st.sets(st.integers(0, 20))), st.integers(0, 12))
def test_answers_are_those_of_the_look_up(questions: list[set[int]], limit: int) -> None:
    cached = BulkCache(Squares(), limit)
    assert [cached(keys) for keys in questions] == [Squares()(keys) for keys in questions]


def test_no_key_is_looked_up_twice() -> None:
    squares = Squares()
    cached = BulkCache(squares, limit=10)
    assert cached([2, 4]) == {2: 4, 4: 16}
    assert cached([4, 6]) == {4: 16, 6: 36}
    assert squares.asked == [2, 4, 6]


def test_beyond_the_limit_the_cache_starts_anew() -> None:
    squares = Squares()
    cached = BulkCache(squares, limit=2)
    for keys in ([2, 4], [6], [2]):
        cached(keys)
    assert squares.asked == [2, 4, 6, 2]


def test_values_come_in_the_order_of_the_keys() -> None:
    cached = BulkCache(Squares(), limit=10)
    cached([6])
    assert [*cached([8, 6, 2])] == [8, 6, 2]


@given(st.lists(st.sets(st.integers(0, 20)), max_size=8), st.integers(0, 300))
def test_the_sum_of_sizes_stays_below_the_limit(questions: list[set[int]], limit: int) -> None:
    """What is larger than the limit by itself is returned, and not kept."""
    cached = BulkCache(Squares(), limit, size=lambda square: square)
    for keys in questions:
        assert cached(keys) == Squares()(keys)
        assert sum(cached._known.values()) <= limit
