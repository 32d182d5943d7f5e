"""How likely it is that the hits answer the question: what a gate looks at before it lets them pass.

A passage about something else does a prompt more harm than none. The score is a logistic regression on
a few features of the ranking; bench/calibrate_gate.py fits the numbers and measures what they are worth.
"""

from collections.abc import Sequence
from math import exp
from typing import Final

from corpora.document import ContentKind
from rag.retrieval.hit import Hit
from rag.retrieval.rerank import SHARE

_FIRST: Final = 5  # hits that are looked at: those that a prompt has room for
_BOTH: Final = 10  # the rank down to which both retrievers have to agree on a hit

# All but the first are at least zero: no sign of a good answer makes one less likely.
COEFFICIENTS: Final[dict[ContentKind, dict[str, float]]] = {
    "docs": {"": -7.71, "cosine": 7.73, "agreement": 0.58, "library": 2.1},
    "code": {"": -6.47, "cosine": 10.71, "margin": 1.72},
}


def confidence(hits: Sequence[Hit]) -> float:
    """How likely one of the first five of `hits` answers the question, from 0 to 1; 0 for no hits.

    `hits` are those of one `retrieve`, best first, five of them at the least where there are as many: for
    fewer the score is lower. A reranker does not change what it looks at. It is calibrated for the
    built-in encoder; other encoders give other cosines, so set a threshold for them by trial.
    """
    if not hits:
        return 0.0
    kind, found = features(hits)
    numbers = COEFFICIENTS[kind]
    logit = numbers[""] + sum(numbers[name] * value for name, value in found.items() if name in numbers)
    return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))


def features(hits: Sequence[Hit]) -> tuple[ContentKind, dict[str, float]]:
    """Of one hit or more: the kind of the best one, and features that are 0 to 1 for usual scores.

    `cosine`: the highest of the question with one of the first five. `agreement`: the share of these that
    both retrievers have among their first ten. `library`: whether the best one documents a library that
    the question is about. `margin`: how far its score is above that of the fifth.
    """
    first = sorted(hits, key=lambda hit: -_before_reranking(hit))[:_FIRST]
    best = first[0]
    agreed = sum(
        hit.lexical is not None and hit.dense is not None and max(hit.lexical.rank, hit.dense.rank) <= _BOTH
        for hit in first
    )
    return best.chunk.origin.kind, {
        "cosine": max((hit.dense.score for hit in first if hit.dense), default=0.0),
        "agreement": agreed / _FIRST,
        "library": float("library" in dict(best.shares)),
        "margin": _before_reranking(best) - _before_reranking(first[-1]),
    }


def _before_reranking(hit: Hit) -> float:
    return hit.score - dict(hit.shares).get(SHARE, 0.0)
