"""Intervals of means and shares, and the paired comparison of two runs over the same tasks.

Intervals of means are percentile bootstrap (Efron 1979), drawn within strata (a repository, a library), so
that a mean of means keeps its meaning. A bootstrap draws only what was seen: of 0 passes in 3 it would say
[0, 0]. So shares, such as pass rates, have the score interval of Wilson (1927), and their differences the
interval of Newcombe (1998), which is made of two of those. The paired difference has a sign-flip
permutation test.
"""

from collections.abc import Hashable, Mapping, Sequence
from math import comb, sqrt
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

_DRAWS = 10_000
_SEED = 0
_Z = 1.959963984540054  # the normal distribution has 2.5 % above it
SIGNIFICANT = 0.05
"""The p-value below which a difference counts as one."""

_Key = TypeVar("_Key", bound=Hashable)


class Interval(NamedTuple):
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.3f}, {self.high:.3f}]"


class Paired(NamedTuple):
    """How much better the second run is, and the p-value of that: how often chance alone does as much."""

    difference: Interval
    p: float

    @property
    def is_significant(self) -> bool:
        """Whether the runs differ: both the test and the interval say so."""
        return self.p < SIGNIFICANT and not self.difference.low <= 0 <= self.difference.high


def interval(scores: Sequence[float], strata: Sequence[Hashable] = ()) -> Interval:
    """Return the mean of `scores` with its 95 % bootstrap interval.

    Args:
        scores: one for each task.
        strata: the stratum of each score; the mean is then the mean over strata of the mean within each.

    Raises:
        ValueError: there are no scores, one is not finite, or `strata` has another length.
    """
    return _interval(_grouped(scores, strata))


def share_interval(scores: Sequence[float]) -> Interval:
    """Return the mean of `scores` from 0 to 1, such as passes and failures, with its 95 % Wilson interval.

    A score between 0 and 1, such as the share of a task's samples that pass, counts like so much of a task;
    the interval is then wider than it had to be.

    >>> print(share_interval([0, 0, 0, 0]))
    0.0000 [0.000, 0.490]

    Raises:
        ValueError: there are no scores, or one is not from 0 to 1.
    """
    (values,) = _grouped(scores, ())
    if values.min() < 0 or values.max() > 1:
        raise ValueError("a share is not between 0 and 1")
    count, share = len(values), float(values.mean())
    centre = share + _Z**2 / (2 * count)
    spread = _Z * sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    low, high = ((centre + side * spread) / (1 + _Z**2 / count) for side in (-1, 1))
    return Interval(share, max(0.0, min(low, share)), min(1.0, max(high, share)))


def fisher_p(first: int, second: int, count: int) -> float:
    """Return the p-value of Fisher's exact test: `first` and `second` successes in `count` attempts each."""
    successes = first + second
    ways = [comb(count, one) * comb(count, successes - one) for one in range(successes + 1)]
    return sum(one for one in ways if one <= ways[first]) / sum(ways)


def sign_test_p(gained: int, lost: int) -> float:
    """Return the p-value of so many changes in each direction, if both were equally likely (McNemar)."""
    changes = gained + lost
    ways = [comb(changes, one) for one in range(changes + 1)]
    return sum(one for one in ways if one <= ways[gained]) / sum(ways)


def paired(
    before: Mapping[_Key, float],
    after: Mapping[_Key, float],
    strata: Mapping[_Key, Hashable] | None = None,
    *,
    are_shares: bool = False,
) -> Paired:
    """Compare the scores of two runs task by task.

    `are_shares` says that the scores are from 0 to 1, and have no strata. The interval of their difference
    then holds 0 wherever the test finds no difference: of three changes, none is significant.

    Raises:
        ValueError: the tasks are not the same, there are none, or a score is not finite.
    """
    if before.keys() != after.keys():
        raise ValueError(f"{len(before.keys() ^ after.keys())} tasks were scored in one run only")
    changes = [after[task] - score for task, score in before.items()]
    groups = _grouped(changes, [strata[task] for task in before] if strata else ())
    found = _interval(groups)
    random = np.random.default_rng(_SEED)
    # Under the null hypothesis either run may have either score of a task: every sign is as likely.
    flipped = np.mean(
        [(values * random.choice((-1.0, 1.0), (_DRAWS, len(values)))).mean(axis=1) for values in groups],
        axis=0,
    )
    # The small number allows for rounding, where a flipped mean equals the observed one.
    p = float((np.abs(flipped) >= abs(found.mean) - 1e-12).mean())
    if are_shares:
        found = _share_difference(before, after)
        if p >= SIGNIFICANT:
            found = found._replace(low=min(found.low, 0.0), high=max(found.high, 0.0))
    return Paired(found, p)


def _share_difference(before: Mapping[_Key, float], after: Mapping[_Key, float]) -> Interval:
    """Return the difference of two paired shares with its 95 % interval (Newcombe 1998, method 10)."""
    first, second = list(before.values()), [after[task] for task in before]
    one, other = share_interval(first), share_interval(second)
    spread = float(np.std(first) * np.std(second))
    together = float(np.mean(np.subtract(first, one.mean) * np.subtract(second, other.mean)))
    correlation = together / spread if spread else 0.0

    def length(up: float, down: float) -> float:
        return sqrt(max(0.0, up**2 - 2 * correlation * up * down + down**2))

    difference = other.mean - one.mean
    low = difference - length(other.mean - other.low, one.high - one.mean)
    high = difference + length(other.high - other.mean, one.mean - one.low)
    return Interval(difference, max(-1.0, low), min(1.0, high))


def _grouped(scores: Sequence[float], strata: Sequence[Hashable]) -> list[NDArray[np.float64]]:
    """Return the scores of each stratum, in the order of first appearance."""
    if not scores:
        raise ValueError("there are no scores")
    if not np.isfinite(scores).all():
        raise ValueError("a score is not a finite number")
    groups: dict[Hashable, list[float]] = {}
    for score, stratum in zip(scores, strata or [""] * len(scores), strict=True):
        groups.setdefault(stratum, []).append(score)
    return [np.array(values) for values in groups.values()]


def _interval(strata: Sequence[NDArray[np.float64]]) -> Interval:
    random = np.random.default_rng(_SEED)
    # Each draw takes as many scores as a stratum has, with repeats: shape (draws, scores in the stratum).
    draws = np.mean(
        [values[random.integers(0, len(values), (_DRAWS, len(values)))].mean(axis=1) for values in strata],
        axis=0,
    )
    low, high = np.quantile(draws, (0.025, 0.975))
    return Interval(float(np.mean([values.mean() for values in strata])), float(low), float(high))
