"""Reorder the first hits by a reranker, which looks closer at fewer of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite

from corpora.errors import RagError
from rag.retrieval.hit import Hit, Signal

Reranker = Callable[[str, Sequence[Hit]], Sequence[float]]
"""A callable from a question and its first hits, best first, to a score for each; higher is better."""

RERANK_DEPTH = 30
"""Number of hits that a reranker is given: each costs time, and those further down seldom belong on top."""

SHARE = "reranked"
"""Name of the share that a reranker adds to the score of a hit, or takes from it."""


def rerank(query: str, hits: Sequence[Hit], reranker: Reranker) -> list[Hit]:
    """Return `hits` with the first `RERANK_DEPTH` of them in the order of `reranker`; ties keep their order.

    Rerankers score on any scale. Their scores are mapped to the range of the scores that these hits had, so
    that scores still fall from hit to hit. What that adds to a score is one of the hit's `shares`; the
    reranker's own score is in `reranked`.

    Raises:
        RagError: the reranker fails, or does not return a finite number for each hit.
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
    """Map `score`, one of `given`, to the range of the scores of `hits`.

    With `given` of (-3, 1), -3 becomes the lowest score of `hits` and 1 the highest.
    """
    low, high = min(given), max(given)
    lowest, highest = hits[-1].score, hits[0].score
    # Halved first: the difference of two large floats may overflow.
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
