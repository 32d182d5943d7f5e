"""Look-ups that are kept: the same answers as without, and no key is looked up twice while there is room."""

from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from indexers.bulk_cache import Remembered


class Squares:
    """Of even numbers; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, keys: Collection[int]) -> dict[int, int]:
        self.asked += keys
        return {key: key**2 for key in keys if key % 2 == 0}


@given(st.lists(st.sets(st.integers(0, 20))), st.integers(0, 12))
def test_what_is_remembered_is_what_would_be_looked_up(questions: list[set[int]], limit: int) -> None:
    remembered = Remembered(Squares(), limit)
    assert [remembered(keys) for keys in questions] == [Squares()(keys) for keys in questions]


def test_no_key_is_looked_up_twice() -> None:
    squares = Squares()
    remembered = Remembered(squares, limit=10)
    assert remembered([2, 4]) == {2: 4, 4: 16}
    assert remembered([4, 6]) == {4: 16, 6: 36}
    assert squares.asked == [2, 4, 6]


def test_beyond_the_limit_all_are_forgotten() -> None:
    squares = Squares()
    remembered = Remembered(squares, limit=2)
    for keys in ([2, 4], [6], [2]):
        remembered(keys)
    assert squares.asked == [2, 4, 6, 2]
