"""The one token stream: what BM25 counts and the built-in encoder embeds.

    parseHTMLDate(utf8)   ->  pars html date parsehtmldate utf 8 utf8
    "parsing HTML dates"  ->  pars html date

An identifier yields its parts, stemmed, and then itself as one word, so that a question in words
finds it by the parts and a question that names it finds it by the whole, whatever the case style.
"""

import re
from collections.abc import Iterator
from threading import Lock

import Stemmer

_WORD = re.compile(r"\w+")

# "HTMLParser" -> HTML Parser, "int32" -> int 32, "read_csv" -> read csv
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# "größe_2" -> größe 2: beyond ASCII, case tells little
_PART_BEYOND_ASCII = re.compile(r"[^\W\d_]+|\d+")

# Longer words are encoded data, longer numbers table entries: nobody searches for them.
_MAX_WORD_CHARS = 64
_MAX_DIGITS = 6

# Distinct words remembered before starting anew: bounds memory on trees of generated names.
_MAX_REMEMBERED = 400_000

# English words that carry no topic. Only questions are rid of them: in code `in`, `is` and `with`
# are keywords, and BM25 gives frequent words next to nothing anyway.
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
    """Tokens of a word, computed when first asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._stem = Stemmer.Stemmer("english").stemWord
        self._lock = Lock()  # the stemmer keeps state while it works

    def __missing__(self, word: str) -> tuple[str, ...]:
        with self._lock:
            if len(self) >= _MAX_REMEMBERED:
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
    """Each word of `text` as it is spelled, and its tokens."""
    for word in _WORD.findall(text):
        yield word, _split[word]


def tokenize(text: str) -> list[str]:
    """Tokens of code or prose, in order, repeated as often as they occur."""
    tokens: list[str] = []
    for word in _WORD.findall(text):
        tokens += _split[word]
    return tokens


def query_words(text: str) -> list[tuple[str, ...]]:
    """The tokens of each word of a question: without stop words, unless nothing else is left."""
    words = _WORD.findall(text)
    told = [word for word in words if word.lower() not in STOP_WORDS]
    return [_split[word] for word in told or words]


def query_tokens(text: str) -> list[str]:
    """Tokens of a question, see `query_words`."""
    return [token for tokens in query_words(text) for token in tokens]
