"""Estimate how many tokens a text has, without the vocabulary of a model."""

import math
import re
from collections import Counter

# Pieces into which GPT-like tokenizers split text before they merge: parts of a word with the same case
# (`parseHTTPDate` -> parse, HTTP, Date), digits, a line break with the indentation after it, a run of
# punctuation. A single space costs nothing, since it joins the word that follows (`a b` -> a, ␠b), except
# before digits. Whitespace classes are explicit, so that no input makes this backtrack.
_PIECE = re.compile(
    r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+"
    r"| ?[0-9]+"
    r"|[ \t\r\f\v]*\n[ \t\r\n\f\v]*|[ \t\r\f\v]{2,}"
    r"|[!-/:-@\[-`{-~]+"
    r"|[^\x00-\x7f]+|[\x00-\x1f\x7f]"
)


def count_tokens(text: str) -> int:
    """Estimate the number of tokens of `text`, erring on the high side.

    It is calibrated on the vocabulary of SmolLM2 (49,152 entries) with 1,121 files: the estimate is at or
    above the true count for 98 % of 712 Python files and for all of 370 documentation pages, and 1.16 times
    the true count in the median. Larger vocabularies need fewer tokens, so it holds for them, too. For text
    in no language (base64) it can be a quarter too low. For an exact budget, give `make_prompt` the tokenizer
    of the model itself.

    >>> count_tokens("def parse(date):")
    7
    """
    pieces = Counter(_PIECE.findall(text))
    return math.ceil(sum(_piece_cost(piece) * times for piece, times in pieces.items()))


def _piece_cost(piece: str) -> float:
    """Estimate the tokens of one piece: the mean for its kind and length, plus about a tenth."""
    first, length = piece[0], len(piece)
    if not first.isascii():
        # Letters of two bytes are cheap in a row and expensive alone; others cost almost a token a byte.
        return sum(1.0 if char < "\u0800" else 2.8 if char < "\U00010000" else 4.0 for char in piece) + 1.3
    if first.isalpha():
        return _word_cost(piece)
    if piece[-1].isdigit():
        return float(length)  # one for each digit, and one for the space before them
    if first.isspace():
        breaks, tabs = max(1, piece.count("\n")), piece.count("\t")
        return 0.75 + length / 64 + breaks / 4 + tabs / 4 + ("\r" in piece)
    if length == 1:
        return 1.15
    # `====` merges into few tokens, `}]);` hardly merges.
    return (length + 1) / 2 if len(set(piece)) <= 2 or length <= 4 else 0.8 * length


def _word_cost(word: str) -> float:
    """Estimate the tokens of a piece made of ASCII letters."""
    length = len(word)
    if word.isupper():
        return max(1.0, (length + 1) / 2)
    return 0.95 + 0.06 * length if length <= 20 else length / 1.6
