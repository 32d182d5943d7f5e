"""Intervals of shares and p-values, against scipy and against formulas written out by hand."""

from math import sqrt
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.intervals import (
    SIGNIFICANT,
    Interval,
    fisher_p,
    paired,
    share_interval,
    sign_test_p,
)

SHARES = st.lists(st.booleans(), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def stats() -> ModuleType:
    """Return `scipy.stats`; imported above, it would take every process of the tests a second."""
    import scipy.stats

    module: ModuleType = scipy.stats
    return module


@given(SHARES)
def test_the_interval_of_a_share_is_that_of_wilson(stats: ModuleType, passed: list[bool]) -> None:
    wilson = stats.binomtest(sum(passed), len(passed)).proportion_ci(method="wilson")
    found = share_interval(passed)
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), abs=1e-9)
    assert 0 <= found.low <= found.mean <= found.high <= 1 and found.low < found.high


def test_the_interval_of_a_share_by_hand() -> None:
    z = 1.959963984540054  # 0 of 3: the upper limit is z^2 / (3 + z^2)
    assert share_interval([0, 0, 0]) == pytest.approx((0, 0, z * z / (3 + z * z)))
    assert share_interval([1]) == pytest.approx((1, 1 / (1 + z * z), 1))
    half = z / 2 * sqrt(10 + z * z) / (10 + z * z)  # 5 of 10 is in the middle
    assert share_interval([1] * 5 + [0] * 5) == pytest.approx((0.5, 0.5 - half, 0.5 + half))


@pytest.mark.parametrize("wrong", [[], [2.0], [-0.1], [float("nan")]])
def test_what_is_no_share_has_no_such_interval(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match=r"no scores|share is not|not a finite"):
        share_interval(wrong)


@given(st.integers(1, 12), st.data())
def test_the_exact_tests_are_those_of_scipy(stats: ModuleType, count: int, data: st.DataObject) -> None:
    first, second = (data.draw(st.integers(0, count)) for _ in range(2))
    table = [[first, count - first], [second, count - second]]
    assert fisher_p(first, second, count) == pytest.approx(stats.fisher_exact(table).pvalue)
    changes = first + second
    exact = stats.binomtest(first, changes).pvalue if changes else 1.0
    assert sign_test_p(first, second) == pytest.approx(exact)


def compared(gained: int, lost: int, both: int, neither: int) -> tuple[Interval, float, bool]:
    pairs = [(0, 1)] * gained + [(1, 0)] * lost + [(1, 1)] * both + [(0, 0)] * neither
    before, after = ({str(n): float(pair[side]) for n, pair in enumerate(pairs)} for side in (0, 1))
    found = paired(before, after, are_shares=True)
    return found.difference, found.p, found.is_significant


def test_the_difference_of_paired_shares_by_hand() -> None:
    both, lost, gained, neither = 36, 2, 12, 0
    count = both + lost + gained + neither
    first, second = ([1] * (both + one) + [0] * (count - both - one) for one in (lost, gained))
    one, other = share_interval(first), share_interval(second)
    phi = (both * neither - lost * gained) / sqrt(
        (both + lost) * (gained + neither) * (both + gained) * (lost + neither)
    )
    below, above = (
        sqrt(up**2 - 2 * phi * up * down + down**2)
        for up, down in (
            (other.mean - other.low, one.high - one.mean),
            (other.high - other.mean, one.mean - one.low),
        )
    )
    difference, _, is_significant = compared(gained, lost, both, neither)
    assert difference == pytest.approx((0.2, 0.2 - below, 0.2 + above)) and is_significant


@pytest.mark.parametrize("tasks", [1, 2, 3, 4, 5])
def test_few_changes_in_one_direction_are_no_difference(tasks: int) -> None:
    difference, p, is_significant = compared(tasks, 0, 0, 0)
    assert p > SIGNIFICANT and not is_significant and difference.low <= 0 < difference.high


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_the_interval_of_a_difference_agrees_with_its_test(
    gained: int, lost: int, both: int, neither: int
) -> None:
    if gained + lost + both + neither == 0:
        return
    difference, p, is_significant = compared(gained, lost, both, neither)
    assert -1 <= difference.low <= difference.mean <= difference.high <= 1
    assert is_significant <= (p < SIGNIFICANT)
    if p >= SIGNIFICANT:
        assert difference.low <= 0 <= difference.high
    back, again, _ = compared(lost, gained, both, neither)
    assert (back.mean, -back.high, -back.low) == pytest.approx(
        (-difference.mean, difference.low, difference.high)
    )
    assert again == pytest.approx(p, abs=0.05)
