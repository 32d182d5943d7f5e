"""Many packages with few calls, whatever each call brings."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from corpora.network.batches import Pin, fetch_batches

NUMBERS = st.integers(0, 150)


def pins(count: int) -> list[Pin]:
    return [Pin(f"package-{number}", "1.0") for number in range(count)]


class Registry:
    """A registry without some packages: a call that names one of these brings nothing."""

    def __init__(self, absent: Sequence[Pin] = ()) -> None:
        self.absent = set(absent)
        self.calls: list[Sequence[Pin]] = []
        self.fetched: list[Pin] = []

    def fetch(self, asked: Sequence[Pin]) -> bool:
        self.calls.append(asked)
        if self.absent & set(asked):
            return False
        self.fetched += asked
        return True


@given(NUMBERS)
def test_packages_that_are_there_come_once_each_with_a_call_for_32(count: int) -> None:
    registry = Registry()
    told = list(fetch_batches(pins(count), registry.fetch))
    assert registry.fetched == pins(count)
    assert len(registry.calls) == len(told) == -(-count // 32)
    assert told == sorted(told) and (told[-1:] or [0]) == [count]


@given(NUMBERS, st.data())
def test_one_that_is_absent_costs_few_others(count: int, data: st.DataObject) -> None:
    absent = data.draw(st.sampled_from(pins(count))) if count else Pin("none", "1.0")
    registry = Registry([absent])
    list(fetch_batches(pins(count), registry.fetch))
    missing = set(pins(count)) - set(registry.fetched)
    assert len(missing) < 8 and (absent in missing or not count)
    assert len(registry.calls) <= -(-count // 32) + 6
    assert len(registry.fetched) == len(set(registry.fetched))


def test_a_registry_that_answers_nothing_is_left_alone_after_two_batches() -> None:
    registry = Registry(pins(1000))
    assert list(fetch_batches(pins(1000), registry.fetch)) == [32, 64]
    assert len(registry.calls) == 2 * (1 + 2 + 4 + 8)
    assert registry.fetched == []
