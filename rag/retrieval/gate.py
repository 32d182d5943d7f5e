"""Estimate how likely it is that hits answer a question.

A prompt with passages about something else is worse than one without any, so a gate may leave them out. The
estimate is a logistic regression on a few features of the ranking; bench/calibrate_gate.py fits its
coefficients and measures how well it separates.
"""

from collections.abc import Sequence
from math import exp
from typing import Final

from corpora.document import ContentKind
from indexers.catalog.library_evidence import is_language
from rag.retrieval.hit import Hit
from rag.retrieval.rerank import SHARE

_FIRST: Final = 5  # hits that are considered: about as many as a prompt has room for
_NAMED: Final = "library"  # share of a hit that documents a library which the question names
_BOTH: Final = 10  # both retrievers must rank a hit this high for them to agree on it

# All but the intercept ("") are at least zero: no sign of a good answer may make one less likely.
COEFFICIENTS: Final[dict[ContentKind, dict[str, float]]] = {
    "docs": {"": -6.83, "cosine": 6.89, "agreement": 0.11, "library": 2.18},
    "code": {"": -7.05, "cosine": 10.92, "margin": 0.23},
}


def confidence(hits: Sequence[Hit]) -> float:
    """Estimate the probability that one of the first five of `hits` answers the question.

    It is calibrated for the built-in encoder. Other encoders give other cosines, so find a threshold for
    them by trial.

    Args:
        hits: the result of one `retrieve`, best first. Ask for five or more: fewer give a lower estimate.
            Whether they were reranked makes no difference.

    Returns:
        The probability, from 0 to 1; 0 for no hits.
    """
    if not hits:
        return 0.0
    kind, found = features(hits)
    numbers = COEFFICIENTS[kind]
    logit = numbers[""] + sum(numbers[name] * value for name, value in found.items() if name in numbers)
    return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))


def features(hits: Sequence[Hit]) -> tuple[ContentKind, dict[str, float]]:
    """Return the kind of the best hit, and the features of one or more hits, 0 to 1 for usual scores.

    Returns:
        The kind, and a mapping of `cosine` (the highest of the question with one of the first five hits),
        `agreement` (the share of the five that both retrievers rank among their first ten), `library`
        (1 if the best hit documents a library that the question names or, if it names none, a programming
        language) and `margin` (the score of the best hit minus that of the fifth).
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
        "library": float(_is_meant(best, first)),
        "margin": _before_reranking(best) - _before_reranking(first[-1]),
    }


def _is_meant(best: Hit, first: Sequence[Hit]) -> bool:
    if any(_NAMED in dict(hit.shares) for hit in first):
        return _NAMED in dict(best.shares)
    return is_language(best.chunk.origin.library)


def _before_reranking(hit: Hit) -> float:
    return hit.score - dict(hit.shares).get(SHARE, 0.0)
