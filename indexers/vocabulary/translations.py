"""Translate the words of a question into those that pages and code use instead.

    "number of letters in a word"  ->  len, count, num, char

The table was learned from pairs of a purpose and the code or documentation that serves it; see
`indexers.training.mine_translations`. It is the query side of an inference-free learned sparse retriever
(Li-LSR, arXiv:2505.01452): an entry is a word, or two neighbouring words, with its translations and how much
each weighs beside a word of the question itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from indexers.tokens import tokenize
from indexers.vocabulary.word_table import WordTable, parsed_line, weighted_line

TRANSLATIONS_FILE: Final = Path(__file__).parent / "translations.txt"

MOST_TRANSLATIONS: Final = 8
"""Translations of a word; the table holds the heaviest."""

_HEAVIEST: Final = 5.0
_MAX_CHARS: Final = 2000  # of a question that are read: what follows in a longer one is mostly code
_MAX_WORDS: Final = 64


class Translations(WordTable):
    """Translations by word, or by two words joined by a blank.

    Args:
        lines: what each is translated to, as in the file: `num 30 count 15`.
    """

    kind, file = "translations", TRANSLATIONS_FILE

    def __init__(self, lines: Mapping[str, str]) -> None:
        super().__init__(lines)
        # Questions meet the same words again; the lines are parsed when they are first needed.
        self._parsed = lru_cache(maxsize=4096)(self._parse)

    @classmethod
    def of_weights(cls, weights: Mapping[str, Mapping[str, float]]) -> "Translations":
        """Make the table from the weight of each translation of each word; the lightest are left out."""
        lines = {
            word: weighted_line(found, most=MOST_TRANSLATIONS, heaviest=_HEAVIEST)
            for word, found in sorted(weights.items())
        }
        return cls({word: line for word, line in lines.items() if line})

    def of_word(self, word: str) -> tuple[tuple[str, float], ...]:
        """Return the translations of a token, or of two joined by a blank, with their weights."""
        return self._parsed(word)

    def expand(self, tokens: Iterable[str], text: str, *, most: int = 16) -> Sequence[tuple[str, float]]:
        """Return the tokens to search for beside those of a question, each with its weight, heaviest first.

        A weight of 1 is that of a word of the question. A token to which several words are translated has
        the sum of their weights; none of `tokens` is among them.

        Args:
            tokens: the tokens of the question without stop words (see `query_tokens`).
            text: the question, for its neighbouring words: `how many`, `true if`.
            most: maximum number of tokens.
        """
        asked = list(dict.fromkeys(tokens))[:_MAX_WORDS]
        in_a_row = tokenize(text[:_MAX_CHARS])[: _MAX_WORDS + 1]
        neighbours = dict.fromkeys(f"{first} {second}" for first, second in pairwise(in_a_row))
        weights: dict[str, float] = {}
        for word in (*asked, *neighbours):
            for token, weight in self._parsed(word):
                weights[token] = weights.get(token, 0.0) + weight
        found = [(token, round(weight, 2)) for token, weight in weights.items() if token not in asked]
        return sorted(found, key=lambda item: (-item[1], item[0]))[: max(most, 0)]

    def _parse(self, word: str) -> tuple[tuple[str, float], ...]:
        return parsed_line(self._lines.get(word, ""), most=MOST_TRANSLATIONS, heaviest=_HEAVIEST)


@lru_cache(maxsize=1)
def builtin_translations() -> Translations:
    """Return the table that comes with the package; it is read once."""
    return Translations.load()
