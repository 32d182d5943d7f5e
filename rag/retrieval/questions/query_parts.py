"""Split a long question into prose, the sentences that ask, and code, data or errors."""

import re
from typing import Final, NamedTuple

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'-]+")
# A word that is no part of code: none of `def mask(n_rows: pd.Series)` but `def`.
_PLAIN_WORD: Final = re.compile(r"(?<![\w.@(])[A-Za-z][A-Za-z'-]++(?![\w(=\[]|\.\w)")
_SENTENCE_END: Final = re.compile(r"(?<=[.?!])\s+|\n")
_ASKS: Final = re.compile(
    r"\?|\b(?:how|what|which|is there|can i|could|want|need|would like|should|trying|way to|possible)\b",
    re.IGNORECASE,
)
_COMMENT: Final = re.compile(r"(?:#+|//+|--)\s*(.+)")
_CODE: Final = re.compile(
    r"^(?:import|from|def|class|return|print|for|while|if|else|try|with|assert|>>>|\$|</?\w+>)\b"
    r"|[=;{}]|\w\(|^[\[(|<\d]|\.\.\."
)
_FRAME: Final = re.compile(
    r'File "[^"]*", line \d+|Traceback \(most recent call last\)|at [\w.$<>]+\(.*:\d+\)'
)

_MIN_WORDS: Final = 4  # of a line of prose
_SURELY_PROSE_WORDS: Final = 8  # a line of so many words is prose, whatever signs of code it holds
_MIN_LETTERS: Final = 0.6  # share of a line of prose
_MIN_COMMENT_WORDS: Final = 3


class QueryParts(NamedTuple):
    """All prose of a question, the sentences of it that ask or wish for something, and all other lines."""

    prose: str
    asking: str = ""
    code: str = ""


def split_query(text: str) -> QueryParts:
    """Split `text` by its lines. A single line is prose; frames of a traceback are left out."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return QueryParts(text)
    prose: list[str] = []
    code: list[str] = []
    for line in lines:
        comment = _COMMENT.fullmatch(line)
        said = comment[1] if comment else line
        if comment and len(_WORD.findall(said)) >= _MIN_COMMENT_WORDS:
            prose.append(said)
        elif not _FRAME.match(line):
            (prose if _is_prose(line) else code).append(line)
    if not prose:
        return QueryParts("", "", "\n".join(code))
    sentences = [sentence for sentence in _SENTENCE_END.split("\n".join(prose)) if sentence]
    asking: list[str] = []
    for before, sentence in zip(["", *sentences], sentences, strict=False):
        # "The filter should:" goes on in the next line.
        if _ASKS.search(sentence) or (asking[-1:] == [before] and before.rstrip().endswith((":", ","))):
            asking.append(sentence)
    return QueryParts("\n".join(prose), "\n".join(asking or sentences), "\n".join(code))


def _is_prose(line: str) -> bool:
    words = _WORD.findall(line)
    if len(words) < _MIN_WORDS or sum(map(len, words)) <= _MIN_LETTERS * len(line.replace(" ", "")):
        return False
    return not _CODE.search(line) or len(_PLAIN_WORD.findall(line)) >= _SURELY_PROSE_WORDS
