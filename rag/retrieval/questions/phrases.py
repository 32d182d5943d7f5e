"""The pairs of words that stand side by side in a question: where they do so too, it says the same."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log
from typing import Final

from indexers.search.lexical_query import LexicalQuery, Phrase

_MAX_TOKENS: Final = 64
_MAX_PAIRS: Final = 24
# A pair of words that are both frequent says little, and looking for it takes long.
_FREQUENT_SHARE: Final = 0.02
_FREQUENT: Final = 2000
# A pair with a word that stands nowhere is a value in a message, or a word that the corpus says differently:
# it counts half in what there is to find, and all of them together no more than half of the others.
_UNKNOWN: Final = 0.5


def pairs_of(tokens: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the different pairs of neighbours among the first tokens of a question."""
    return tuple(dict.fromkeys(pairwise(tokens[:_MAX_TOKENS])))


class WeightedPhrases:
    """Pairs of words with weights: the rarer their words, the more it means that they stand together.

    Args:
        pairs: the pairs.
        frequencies: in how many chunks each word occurs.
        chunks: the number of all chunks.

    Attributes:
        query: asks for the pairs that can be found, each with its weight.
        total: the weight of a chunk that says all of the question.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]], frequencies: Mapping[str, int], chunks: int) -> None:
        weights = {pair: sum(_idf(frequencies.get(token, 0), chunks) for token in pair) for pair in pairs}
        rarest = {pair: min(frequencies.get(token, 0) for token in pair) for pair in pairs}
        frequent = max(_FREQUENT, _FREQUENT_SHARE * chunks)
        known = [(pair, weight) for pair, weight in weights.items() if 0 < rarest[pair] <= frequent]
        known.sort(key=lambda one: -one[1])
        asked = known[:_MAX_PAIRS]
        self.query = LexicalQuery(phrases=tuple(Phrase(pair, weight) for pair, weight in asked))
        most = sum(weight for _, weight in asked)
        unknown = sum(weight for pair, weight in weights.items() if not rarest[pair])
        self.total = most + _UNKNOWN * min(unknown, most)


def _idf(having: int, chunks: int) -> float:
    return log(1 + (max(chunks - having, 0) + 0.5) / (having + 0.5))


_ERROR_LINE: Final = re.compile(
    r"(?i)\b(?:\w*(?:error|exception|warning)|fatal|panic(?:ked)?|failed|cannot|abort\w*)\b"
)


def worth_comparing(text: str, asking: str) -> str:
    """Return the part of a long question of which phrases are made: what asks, and lines of errors."""
    if len(text) <= 6 * _MAX_TOKENS:
        return text
    errors = [line for line in text.splitlines() if _ERROR_LINE.search(line)]
    return "\n".join([*errors[-3:], asking or text])
