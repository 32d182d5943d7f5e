"""Retrieval scores of one question, given what was retrieved and what is relevant."""

from collections.abc import Collection, Sequence
from math import log2

CUTOFFS = (1, 5, 10, 100)


def ndcg(ranked: Sequence[str], relevant: Collection[str], k: int = 10) -> float:
    """Normalized discounted cumulated gain at `k` with gains of 0 and 1 (Järvelin and Kekäläinen 2002)."""
    gain = sum(1 / log2(rank + 1) for rank, item in enumerate(ranked[:k], start=1) if item in relevant)
    return gain / sum(1 / log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))


def recall(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Share of the relevant that is among the first `k`."""
    return len(set(ranked[:k]) & set(relevant)) / len(relevant)


def unique(ranked: Sequence[str]) -> list[str]:
    """Each item at its first place."""
    return list(dict.fromkeys(ranked))
