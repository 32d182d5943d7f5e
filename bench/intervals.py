"""How sure a mean is: bootstrap intervals, and the paired comparison of two runs over the same questions.

Efron 1979 (percentile bootstrap); sign-flip permutation test for the paired difference. Questions are drawn
within their stratum (a repository), so that a mean of means keeps its meaning.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_DRAWS = 10_000
_SEED = 0


class Answer(NamedTuple):
    """A question's score, with the stratum that it belongs to (empty where there is one) and its labels."""

    question: str
    score: float
    stratum: str = ""
    labels: tuple[str, ...] = ()


class Interval(NamedTuple):
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.3f}, {self.high:.3f}]"


class Paired(NamedTuple):
    """How much better B is than A, and how often chance alone would make at least such a difference."""

    difference: Interval
    p: float


def interval(answers: Sequence[Answer]) -> Interval:
    """The mean over strata of the mean over their questions, and where 95 % of its bootstrap draws lie."""
    return _interval(_strata(answers))


def paired(before: Sequence[Answer], after: Sequence[Answer]) -> Paired:
    """Compare two runs. Raises `ValueError` where they did not answer the same questions."""
    first, second = ({(a.stratum, a.question): a for a in run} for run in (before, after))
    if first.keys() != second.keys():
        raise ValueError(f"{len(first.keys() ^ second.keys())} questions were answered by one run only")
    changes = [second[key]._replace(score=second[key].score - first[key].score) for key in first]
    strata = _strata(changes)
    found = _interval(strata)
    random = np.random.default_rng(_SEED)
    flipped = np.mean(
        [(values * random.choice((-1.0, 1.0), (_DRAWS, len(values)))).mean(axis=1) for values in strata],
        axis=0,
    )
    return Paired(found, float((np.abs(flipped) >= abs(found.mean) - 1e-12).mean()))


def by_label(answers: Sequence[Answer]) -> Mapping[str, list[Answer]]:
    """The answers of each label, in the order of their names."""
    labels = sorted({label for answer in answers for label in answer.labels})
    return {label: [answer for answer in answers if label in answer.labels] for label in labels}


def save(path: Path, sets: Mapping[str, Sequence[Answer]]) -> None:
    """Write what a run scored, for a later comparison."""
    path.write_text(json.dumps({name: [list(a) for a in answers] for name, answers in sets.items()}))


def load(path: Path) -> dict[str, list[Answer]]:
    """What `save` wrote."""
    return {
        name: [Answer(question, score, stratum, tuple(labels)) for question, score, stratum, labels in rows]
        for name, rows in json.loads(path.read_text()).items()
    }


def _strata(answers: Sequence[Answer]) -> list[NDArray[np.float64]]:
    groups: dict[str, list[float]] = {}
    for answer in answers:
        groups.setdefault(answer.stratum, []).append(answer.score)
    return [np.array(scores) for scores in groups.values()]


def _interval(strata: Sequence[NDArray[np.float64]]) -> Interval:
    random = np.random.default_rng(_SEED)
    draws = np.mean(
        [values[random.integers(0, len(values), (_DRAWS, len(values)))].mean(axis=1) for values in strata],
        axis=0,
    )
    low, high = np.quantile(draws, (0.025, 0.975))
    return Interval(float(np.mean([values.mean() for values in strata])), float(low), float(high))
