"""The second look at the first hits: a reranker has the last word on their order."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite

from corpora.errors import RagError
from rag.retrieval.hit import Hit, Signal

Reranker = Callable[[str, Sequence[Hit]], Sequence[float]]
"""Takes a question and its first hits, best first; returns a score for each of them, higher is better."""

RERANK_DEPTH = 30
"""How many hits a reranker is given: each costs it time, and those behind seldom belong in front."""

SHARE = "reranked"
"""The share of a hit's score that a reranker gave or took."""


def rerank(query: str, hits: Sequence[Hit], reranker: Reranker) -> list[Hit]:
    """`hits`, the first `RERANK_DEPTH` of them in the order that `reranker` gives; ties keep theirs.

    Scores of rerankers have any scale. They are stretched over the range of the scores that these hits
    had, so that scores still fall from hit to hit; what that adds to a hit is one of its `shares`, and its
    `reranked` keeps the reranker's own score.

    Raises `RagError` if the reranker fails or returns anything but a number for each hit.
    """
    first, rest = list(hits[:RERANK_DEPTH]), hits[RERANK_DEPTH:]
    if not first:
        return []
    given = _scores(query, first, reranker)
    order = sorted(range(len(first)), key=lambda place: (-given[place], place))
    ranked = []
    for rank, place in enumerate(order, start=1):
        hit = first[place]
        score = _stretched(given[place], given, first)
        ranked.append(
            replace(
                hit,
                score=score,
                rank=rank,
                reranked=Signal(given[place], rank),
                shares=(*hit.shares, (SHARE, score - hit.score)),
            )
        )
    return [*ranked, *rest]


def _stretched(score: float, given: Sequence[float], hits: Sequence[Hit]) -> float:
    """`score`, one of `given`, on the scale of the scores of `hits`: -3 of (-3, 1) is their lowest."""
    low, high = min(given), max(given)
    lowest, highest = hits[-1].score, hits[0].score
    # (halved, since the difference of two large numbers may be too large)
    share = (score / 2 - low / 2) / (high / 2 - low / 2) if high / 2 > low / 2 else 1.0
    return lowest + share * (highest - lowest)


def _scores(query: str, hits: Sequence[Hit], reranker: Reranker) -> list[float]:
    name = getattr(reranker, "__name__", type(reranker).__name__)
    try:
        scores = [float(score) for score in reranker(query, hits)]
    except RagError:
        raise
    except Exception as error:
        raise RagError(
            f"the reranker {name} failed",
            why=f"it raised {type(error).__name__}: {error}",
            fix="see the exception that caused this one",
        ) from error
    if len(scores) != len(hits) or not all(map(isfinite, scores)):
        raise RagError(
            f"the reranker {name} returned scores that cannot be used",
            why=f"{len(scores)} scores for {len(hits)} hits, {sum(map(isfinite, scores))} of them finite",
            fix="return a finite number for each hit, in their order",
        )
    return scores
