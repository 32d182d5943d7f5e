"""The two n-gram matches of CodeBLEU: BLEU, and an n-gram recall in which keywords weigh more."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from math import exp, log
from typing import Final, NamedTuple

_ORDERS: Final = (1, 2, 3, 4)
_EPSILON: Final = 0.1  # matches counted for an order without any: Chen and Cherry 2014, smoothing 1
_OTHER_WEIGHT: Final = 0.2  # weight of a token that is not a keyword; that of a keyword is 1
# A recall needs no brevity penalty. The reference implementation assumes here that each reference has two
# tokens, so that only an answer of a single token is penalised.
_LENGTH_OF_WEIGHTED: Final = 2


class NgramCounts(NamedTuple):
    """Matched n-grams and their total for each order, and the lengths of answer and reference in tokens."""

    matched: tuple[float, ...]
    of: tuple[float, ...]
    answer_length: int
    reference_length: int


def ngram_counts(answer: Sequence[str], reference: Sequence[str]) -> NgramCounts:
    """Count the n-grams of the answer that are in the reference, each at most as often as there."""
    matched, total = [], []
    for order in _ORDERS:
        ours, theirs = Counter(_ngrams(answer, order)), Counter(_ngrams(reference, order))
        matched.append(float((ours & theirs).total()))
        total.append(float(max(1, ours.total())))  # an answer too short for this order counts as one n-gram
    return NgramCounts(tuple(matched), tuple(total), len(answer), len(reference))


def weighted_counts(
    answer: Sequence[str], reference: Sequence[str], keywords: Collection[str]
) -> NgramCounts:
    """Count the n-grams of the reference that are in the answer, single tokens weighted.

    Ren et al. 2020, section 3.1.
    """
    matched, total = [], []
    for order in _ORDERS:
        ours, theirs = Counter(_ngrams(answer, order)), Counter(_ngrams(reference, order))

        def weight(counts: Counter[tuple[str, ...]], order: int = order) -> float:
            if order > 1:
                return float(counts.total())
            return sum(n if gram[0] in keywords else n * _OTHER_WEIGHT for gram, n in counts.items())

        matched.append(weight(ours & theirs))
        total.append(max(1.0, weight(theirs)))
    return NgramCounts(tuple(matched), tuple(total), len(answer), _LENGTH_OF_WEIGHTED)


def bleu_of_counts(counts: Sequence[NgramCounts]) -> float:
    """Return the BLEU of a corpus, 0 to 1; 0 where no single token matches.

    Papineni et al. 2002, with smoothing 1 of Chen and Cherry 2014.
    """
    answers = sum(count.answer_length for count in counts)
    references = sum(count.reference_length for count in counts)
    matched = [sum(count.matched[i] for count in counts) for i in range(len(_ORDERS))]
    total = [sum(count.of[i] for count in counts) for i in range(len(_ORDERS))]
    if not matched[0]:
        return 0.0
    brevity = 1.0 if answers > references else exp(1 - references / answers)
    return brevity * exp(sum(log((m or _EPSILON) / n) for m, n in zip(matched, total, strict=True)) / 4)


def _ngrams(tokens: Sequence[str], order: int) -> Iterator[tuple[str, ...]]:
    return zip(*(tokens[start:] for start in range(order)), strict=False)
