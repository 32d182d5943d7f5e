"""pass@k checked against its definition: the share of draws of k samples in which at least one passes."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.execution import pass_at_k


@given(st.data())
def test_it_is_the_share_of_draws_with_at_least_one_pass(data: st.DataObject) -> None:
    samples = data.draw(st.integers(1, 8))
    passed = data.draw(st.integers(0, samples))
    k = data.draw(st.integers(1, samples))
    draws = list(combinations([True] * passed + [False] * (samples - passed), k))
    assert pass_at_k(samples, passed, k) == pytest.approx(sum(map(any, draws)) / len(draws))


def test_it_equals_an_estimate_by_hand() -> None:
    # 10 samples, 3 right: 1 - (7*6)/(10*9) for two draws
    assert pass_at_k(10, 3, 2) == pytest.approx(1 - 42 / 90)


def test_at_one_it_is_the_share_that_passed() -> None:
    assert pass_at_k(200, 31, 1) == pytest.approx(31 / 200)


@pytest.mark.parametrize(("samples", "passed", "k"), [(5, 6, 1), (5, -1, 1), (5, 1, 6), (5, 1, 0)])
def test_impossible_counts_are_refused(samples: int, passed: int, k: int) -> None:
    with pytest.raises(ValueError, match="no estimate"):
        pass_at_k(samples, passed, k)
