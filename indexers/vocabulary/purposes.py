"""What programmers say they call an API for: `time.sleep` to wait, to retry, to throttle.

    "wait some seconds"  ->  time.sleep, asyncio.sleep

The documentation of an API says what it does, seldom what it is for. The comments above its calls, and the
names and docstrings of functions that call it, do: like the text of links to a page (Craswell et al. 2001,
"Effective Site Finding using Link Anchor Information"). The table was counted from public code; see
`indexers.training.mine_purposes`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from indexers.vocabulary.word_table import WordTable, parsed_line, weighted_line

PURPOSES_FILE: Final = Path(__file__).parent / "purposes.txt"

MOST_USES: Final = 48
"""APIs of a word; the table holds those that it says most about."""

_HEAVIEST: Final = 20.0
_RARITY: Final = "="  # stands before the rarity of a word, where the name of an API would
_MAX_WORDS: Final = 32


class Purposes(WordTable):
    """APIs by the words that are said where they are used.

    Args:
        lines: by word, its rarity, then APIs by their `usage_key`, each with how much more often the word is
            said of it than of others, as a logarithm: `= 541 time.sleep 210 asyncio.sleep 154`. The line of
            the empty word has the rarity of the words that no one says.
    """

    kind, file = "purposes", PURPOSES_FILE

    def __init__(self, lines: Mapping[str, str]) -> None:
        super().__init__(lines)
        self._parsed = lru_cache(maxsize=1024)(self._parse)

    @classmethod
    def of_weights(
        cls, weights: Mapping[str, Mapping[str, float]], rarity: Mapping[str, float], unknown: float
    ) -> "Purposes":
        """Make the table from the weight of each API of each word, and the rarity of each word.

        `unknown` is the rarity of all other words.
        """
        lines = {"": weighted_line({_RARITY: unknown}, most=1, heaviest=_HEAVIEST)}
        for word, found in sorted(weights.items()):
            line = weighted_line(found, most=MOST_USES, heaviest=_HEAVIEST)
            if line:
                lines[word] = f"{weighted_line({_RARITY: rarity[word]}, most=1, heaviest=_HEAVIEST)} {line}"
        return cls(lines)

    def of_words(self, tokens: Iterable[str]) -> dict[str, float]:
        """Return the APIs that the words of a question are said of, by their `usage_key`.

        Each has the mean over the words, weighted by their rarity, of how much more they are said of it.

        Args:
            tokens: the tokens of the question without stop words (see `query_tokens`).
        """
        _, unknown = self._parsed("")
        found: defaultdict[str, float] = defaultdict(float)
        whole = 0.0
        for word in list(dict.fromkeys(tokens))[:_MAX_WORDS]:
            uses, rarity = self._parsed(word)
            rarity = rarity or unknown
            whole += rarity
            for key, weight in uses:
                found[key] += rarity * weight
        return {key: weight / whole for key, weight in found.items()} if whole else {}

    def _parse(self, word: str) -> tuple[tuple[tuple[str, float], ...], float]:
        fields = parsed_line(self._lines.get(word, ""), most=MOST_USES + 1, heaviest=_HEAVIEST)
        if not fields or fields[0][0] != _RARITY:
            return (), 0.0
        return fields[1:], fields[0][1]


@lru_cache(maxsize=1)
def builtin_purposes() -> Purposes:
    """Return the table that comes with the package; it is read once."""
    return Purposes.load()
