"""Score the hits of one question against what is relevant."""

from collections.abc import Collection, Sequence
from math import log2

CUTOFFS = (1, 5, 10, 100)


def ndcg(ranked: Sequence[str], relevant: Collection[str], k: int = 10) -> float:
    """Return normalized discounted cumulated gain at `k`, gains 0 or 1 (Järvelin and Kekäläinen 2002)."""
    gain = sum(1 / log2(rank + 1) for rank, item in enumerate(ranked[:k], start=1) if item in relevant)
    return gain / sum(1 / log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))


def recall(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return the share of relevant items that is among the first `k`."""
    return len(set(ranked[:k]) & set(relevant)) / len(relevant)


def unique(ranked: Sequence[str]) -> list[str]:
    """Return each item once, at its first place."""
    return list(dict.fromkeys(ranked))
