"""Bootstrap intervals of means, and the paired comparison of two runs over the same tasks.

Intervals are percentile bootstrap (Efron 1979); the paired difference has a sign-flip permutation test.
Scores are drawn within their stratum (a repository, a library), so that a mean of means keeps its meaning.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

_DRAWS = 10_000
_SEED = 0

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


def interval(scores: Sequence[float], strata: Sequence[Hashable] = ()) -> Interval:
    """Return the mean of `scores` with its 95 % bootstrap interval.

    Args:
        scores: one for each task.
        strata: the stratum of each score; the mean is then the mean over strata of the mean within each.

    Raises:
        ValueError: there are no scores, one is not finite, or `strata` has another length.
    """
    return _interval(_grouped(scores, strata))


def paired(
    before: Mapping[_Key, float], after: Mapping[_Key, float], strata: Mapping[_Key, Hashable] | None = None
) -> Paired:
    """Compare the scores of two runs task by task.

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
    return Paired(found, float((np.abs(flipped) >= abs(found.mean) - 1e-12).mean()))


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
