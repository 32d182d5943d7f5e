"""Split text into tokens, for BM25 and for the built-in encoder alike.

    parseHTMLDate(utf8)   ->  pars html date parsehtmldate utf 8 utf8
    "parsing HTML dates"  ->  pars html date

An identifier yields its parts, stemmed, and then the whole as one word: a question in words finds it by the
parts, and a question that names it finds it by the whole, in camel case or snake case.
"""

import re
from collections.abc import Iterator
from threading import Lock

import Stemmer

_WORD = re.compile(r"\w+")

# "HTMLParser" -> HTML Parser, "int32" -> int 32, "read_csv" -> read csv
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# "größe_2" -> größe 2: not split by case beyond ASCII
_PART_BEYOND_ASCII = re.compile(r"[^\W\d_]+|\d+")

# Longer words are encoded data, longer numbers are table entries: nobody searches for them.
_MAX_WORD_CHARS = 64
_MAX_DIGITS = 6

# The number of words in the cache, which bounds its memory on trees of generated names.
_MAX_CACHED = 400_000

# English words without a topic. They are removed from questions only: in code, `in`, `is` and `with` are
# keywords, and BM25 gives frequent words hardly any weight anyway.
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "out",
        "over",
        "shall",
        "should",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "too",
        "using",
        "want",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)


class _Split(dict[str, tuple[str, ...]]):
    """A cache of the tokens of words."""

    def __init__(self) -> None:
        super().__init__()
        self._stem = Stemmer.Stemmer("english").stemWord
        self._lock = Lock()  # the stemmer keeps state while it works

    def __missing__(self, word: str) -> tuple[str, ...]:
        with self._lock:
            if len(self) >= _MAX_CACHED:
                self.clear()
            tokens = self[word] = self._tokens(word)
        return tokens

    def _tokens(self, word: str) -> tuple[str, ...]:
        if len(word) > _MAX_WORD_CHARS:
            return ()
        pattern = _PART if word.isascii() else _PART_BEYOND_ASCII
        parts = [part.lower() for part in pattern.findall(word)]
        tokens = [self._stem(part) for part in parts if len(part) <= _MAX_DIGITS or not part.isdigit()]
        if len(parts) > 1:
            tokens.append("".join(parts))
        return tuple(tokens)


_split = _Split()


def split_words(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each word of `text` as it is spelled, and its tokens."""
    for word in _WORD.findall(text):
        yield word, _split[word]


def tokenize(text: str) -> list[str]:
    """Return the tokens of code or prose, in order, repeated as often as they occur."""
    tokens: list[str] = []
    for word in _WORD.findall(text):
        tokens += _split[word]
    return tokens


def query_words(text: str) -> list[tuple[str, ...]]:
    """Return the tokens of each word of a question, without stop words unless there are no others."""
    words = _WORD.findall(text)
    topical = [word for word in words if word.lower() not in STOP_WORDS]
    return [_split[word] for word in topical or words]


def query_tokens(text: str) -> list[str]:
    """Return the tokens of a question, without stop words unless there are no others."""
    return [token for tokens in query_words(text) for token in tokens]
