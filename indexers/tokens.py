"""Split text into tokens, for BM25 and for the built-in encoder alike.

    parseHTMLDate(utf8)   ->  pars html date parsehtmldate utf 8 utf8
    "parsing HTML dates"  ->  pars html date

An identifier yields its parts, stemmed, and then the whole as one word: a question in words finds it by the
parts, and a question that names it finds it by the whole, in camel case or snake case.

Some scripts put no spaces between words. A run of their characters is indexed by its characters, by its pairs
of neighbours as Lucene's CJK analyser does, and as a whole; a question asks for the pairs and the whole:

    "使用pandas读取文件"    ->  使 用 使用 panda 读 取 文 件 读取 取文 文件 读取文件
    question "读取文件"     ->  读取 取文 文件 读取文件
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from threading import Lock
from unicodedata import normalize

import Stemmer

# Letters of the scripts without spaces, and of Hangul, whose words end in particles.
_UNSPACED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"  # Han
    "\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Kana
    "\u3105-\u312f\u31a0-\u31bf\ua000-\ua48c"  # Bopomofo, Yi
    "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb\uffa1-\uffdc"  # Hangul
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ebd\u0ec0-\u0ece"  # Thai, Lao
    "\u1000-\u103f\u1050-\u108f\u1780-\u17d3"  # Burmese, Khmer
)
_WORD = re.compile(r"\w+")
# Beyond ASCII, a letter may be followed by its accents. A long row of accents would take quadratic time to
# normalise, so that only a few of them belong to the word.
_WORD_OR_RUN = rf"[{_UNSPACED}]+|(?:[^\W{_UNSPACED}][\u0300-\u036f]{{0,4}})+"
_RUN = rf"[{_UNSPACED}]+"

# "HTMLParser" -> HTML Parser, "int32" -> int 32, "read_csv" -> read csv
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# "größe_2" -> größe 2: not split by case beyond ASCII
_PART_BEYOND_ASCII = re.compile(r"[^\W\d_]+|\d+")

# Longer words are encoded data, longer numbers are table entries: nobody searches for them. (Runs of scripts
# without spaces are sentences.)
_MAX_WORD_CHARS = 64
_MAX_DIGITS = 6
# A commit or another hash: hexadecimal digits in which letters and numbers take turns.
_HEXADECIMAL = re.compile(r"[0-9a-f]+|[0-9A-F]+").fullmatch
_RUNS = re.compile(r"\d+|[a-fA-F]+").findall
_LEAST_HASH, _LEAST_RUNS = 7, 4

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


@lru_cache(maxsize=2)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of thousands of letters, which questions and code in ASCII do not need."""
    return re.compile(pattern)


def _is_hash(word: str) -> bool:
    """Return whether a word is a hash, of which single letters and digits would say nothing.

    >>> [_is_hash(word) for word in ("6a1c33f0", "base64", "ed25519", "deadbeef")]
    [True, False, False, False]
    """
    return len(word) >= _LEAST_HASH and _HEXADECIMAL(word) is not None and len(_RUNS(word)) >= _LEAST_RUNS


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
        if _is_hash(word):
            return (word.lower(),)
        if not word.isascii():
            word = normalize("NFKC", word)  # fullwidth letters, accents that stand apart
        pattern = _PART if word.isascii() else _PART_BEYOND_ASCII
        parts = [part.lower() for part in pattern.findall(word)]
        tokens = [self._stem(part) for part in parts if len(part) <= _MAX_DIGITS or not part.isdigit()]
        if len(parts) > 1:
            tokens.append("".join(parts))
        return tuple(tokens)


_split = _Split()


def _words(text: str) -> list[str]:
    """Return the words of `text` as they are spelled; a run of a script without spaces is one of them."""
    return _WORD.findall(text) if text.isascii() else _compiled(_WORD_OR_RUN).findall(text)


def _is_run(word: str) -> bool:
    return not word.isascii() and _compiled(_RUN).match(word) is not None


def spaced(text: str) -> str:
    """Return `text` with a space before and after each run of a script without spaces."""
    return text if text.isascii() else _compiled(_RUN).sub(r" \g<0> ", text)


def _pairs(run: str) -> list[str]:
    """Return each two neighbours of a run: `読取 取る` for `読取る`; a single character as it is."""
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def _of_run(run: str) -> list[str]:
    """Return the pairs of a run, and the whole as one word, which is rarer than its pairs."""
    pairs = _pairs(run)
    return [*pairs, run] if 2 < len(run) <= _MAX_WORD_CHARS else pairs


def _composed(run: str) -> str:
    """Return a run in its usual form: halfwidth Katakana as Katakana, Hangul as syllables."""
    # Marks that follow each other are ordered in quadratic time, so that only pieces are normalised.
    pieces = range(0, len(run), _MAX_WORD_CHARS)
    return "".join(normalize("NFKC", run[at : at + _MAX_WORD_CHARS]) for at in pieces)


def split_words(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each word of `text` as it is spelled, and its tokens; of a run, each two neighbours as a word."""
    for word in _words(text):
        if _is_run(word):
            yield from ((pair, (pair,)) for pair in _pairs(_composed(word)))
        else:
            yield word, _split[word]


def tokenize(text: str) -> list[str]:
    """Return the tokens of code or prose, in order, repeated as often as they occur."""
    if text.isascii():  # as nearly all code: no word is a run, and nothing is to be asked of each
        return list(chain.from_iterable(map(_split.__getitem__, _WORD.findall(text))))
    tokens: list[str] = []
    for word in _words(text):
        if _is_run(word):
            run = _composed(word)
            tokens += run if len(run) > 1 else ()
            tokens += _of_run(run)
        else:
            tokens += _split[word]
    return tokens


def query_words(text: str) -> list[tuple[str, ...]]:
    """Return the tokens of each word of a question, without stop words unless there are no others."""
    words = _words(text)
    topical = [word for word in words if word.lower() not in STOP_WORDS]
    return [tuple(_of_run(_composed(word))) if _is_run(word) else _split[word] for word in topical or words]


def query_tokens(text: str) -> list[str]:
    """Return the tokens of a question, without stop words unless there are no others."""
    return [token for tokens in query_words(text) for token in tokens]
