"""Scores of ranks: hit@k, the share of questions that are answered among the first k hits, and MRR.

MRR is the mean reciprocal rank (Voorhees 1999): 1 if the first hit answers, 1/2 if the second does, ..., 0
if none of those that were looked at.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean
from typing import Final

from corpora.errors import RagError

MEASURES: Final = ("hit@1", "hit@5", "MRR")
"""The measures of a report."""
_HIT: Final = re.compile(r"hit@([1-9]\d{0,3})")


def measure_named(name: str) -> Callable[[int], float]:
    """Return the function that scores a rank by the measure `name`, `MRR` or `hit@K`; rank 0 is no answer.

    >>> measure_named("MRR")(4), measure_named("hit@5")(4), measure_named("hit@1")(4)
    (0.25, 1.0, 0.0)

    Raises:
        RagError: there is no such measure.
    """
    if name.upper() == "MRR":
        return lambda rank: 1 / rank if rank else 0.0
    if found := _HIT.fullmatch(name.lower()):
        cutoff = int(found[1])
        return lambda rank: float(0 < rank <= cutoff)
    raise RagError(
        f"unknown measure {name!r}", why="known measures are hit@K and MRR", fix="for example: hit@5"
    )


def cutoff_of(name: str) -> int:
    """Return how many hits a measure looks at; 0 for MRR, which looks at all that there are."""
    found = _HIT.fullmatch(name.lower())
    return int(found[1]) if found else 0


def mean_score(name: str, ranks: Iterable[int]) -> float:
    """Return the mean of a measure over the ranks of questions; 0 if there are none."""
    measure = measure_named(name)
    scores = [measure(rank) for rank in ranks]
    return fmean(scores) if scores else 0.0


def scores_of(ranks: Sequence[int], measures: Sequence[str] = MEASURES) -> dict[str, float]:
    """Return the mean of each measure over the ranks of questions."""
    return {name: mean_score(name, ranks) for name in measures}
