"""One ranking out of several."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

RRF_K = 60  # Cormack et al. 2009, "Reciprocal Rank Fusion outperforms Condorcet": 60 served every collection


def reciprocal_rank_fusion(rankings: Iterable[tuple[Sequence[int], float]]) -> dict[int, float]:
    """Score of every id: the sum over rankings of weight / (RRF_K + rank), rank from 1.

    [([7, 9], 1.0), ([9], 0.5)] -> {7: 1/61, 9: 1/62 + 0.5/61}
    """
    scores: defaultdict[int, float] = defaultdict(float)
    for ids, weight in rankings:
        for rank, identifier in enumerate(ids, start=1):
            scores[identifier] += weight / (RRF_K + rank)
    return dict(scores)
