"""Split text into word pieces as BERT's uncased models do (Wu et al. 2016; Devlin et al. 2019).

Text is lower-cased and loses its accents; words end at white space and at punctuation, which is a word of
its own. A word is then cut greedily into the longest pieces that the vocabulary has; pieces that continue a
word begin with `##`.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_FIRST, _LAST, _UNKNOWN, _CONTINUES = "[CLS]", "[SEP]", "[UNK]", "##"
SPECIAL_PIECES: Final = (_FIRST, _LAST, _UNKNOWN)

_MAX_WORD: Final = 100  # characters; longer words are unknown
_WORDS_KEPT: Final = 65_536  # texts repeat their words; about 15 MB
_ASCII_WORD: Final = re.compile(r"[0-9a-z]+|[!-/:-@\[-`{-~]")
# Blocks whose characters are words of their own, as in BERT's multilingual tokenizer.
_IDEOGRAPHS: Final = re.compile(
    "([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b73f"
    "\U0002b740-\U0002b81f\U0002b920-\U0002ceaf\U0002f800-\U0002fa1f])"
)


class WordPieces:
    """A vocabulary: the row of each piece. Raises `KeyError` if it lacks one of `SPECIAL_PIECES`."""

    def __init__(self, rows: Mapping[str, int]) -> None:
        self._rows = rows
        self._first, self._last, self._unknown = (rows[piece] for piece in SPECIAL_PIECES)
        self._cached = lru_cache(maxsize=_WORDS_KEPT)(self._pieces)

    def rows(self, text: str, most: int) -> list[int]:
        """Return the rows of the pieces of `text` between two marks, with them at most `most`, 2 or more."""
        found = [self._first]
        for word in words(text):
            found += self._cached(word)
            if len(found) >= most:
                break
        return [*found[: most - 1], self._last]

    def known_share(self, text: str) -> float:
        """Return the share of the words of `text` that have pieces; 1 for no words."""
        known = [self._unknown not in self._cached(word) for word in words(text)]
        return sum(known) / len(known) if known else 1.0

    def _pieces(self, word: str) -> tuple[int, ...]:
        """Return the longest pieces of a word: `embeddings` -> `em`, `##bed`, `##ding`, `##s`."""
        if len(word) > _MAX_WORD:
            return (self._unknown,)
        found: list[int] = []
        start = 0
        while start < len(word):
            prefix = _CONTINUES if start else ""
            for end in range(len(word), start, -1):
                row = self._rows.get(prefix + word[start:end])
                if row is not None:
                    found.append(row)
                    break
            else:
                return (self._unknown,)
            start = end
        return tuple(found)


def words(text: str) -> list[str]:
    """Return the words and punctuation marks of `text`, lower-cased and without accents.

    >>> words("Naïve str.split(',')")
    ['naive', 'str', '.', 'split', '(', "'", ',', "'", ')']
    """
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    text = unicodedata.normalize("NFD", _IDEOGRAPHS.sub(r" \1 ", text))
    spaced = "".join(map(_spaced, text))
    return spaced.lower().split()


@lru_cache(maxsize=4096)
def _spaced(character: str) -> str:
    """Return a character as it stands between words: white space, punctuation in spaces, or nothing."""
    category = unicodedata.category(character)
    if character in "\t\n\r" or category == "Zs":
        return " "
    if category == "Mn" or category[0] == "C" or character == "\ufffd":
        return ""
    is_punctuation = category[0] == "P" or (character.isascii() and category[0] == "S")
    return f" {character} " if is_punctuation else character
