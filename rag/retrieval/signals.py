"""The signals of candidates: what each search, and the question's own words, say of each of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import log
from pathlib import PurePosixPath
from typing import Final

from corpora.source_tree.file_role import is_test_file
from indexers.catalog.catalog import ChunkFacts
from indexers.search.lexical_query import name_key
from indexers.tokens import tokenize
from rag.retrieval.asked_names import AskedName
from rag.retrieval.verbatim import Verbatim

_CACHED: Final = 20_000  # questions meet the same files and names again; about 10 MB each
_NO_VERBATIM: Final = Verbatim()

# How well a name fits one that is asked for: spelled the same, the same but for case and underscores, and
# nearly the same.
_EXACT, _SAME_KEY, NEAR = 1.0, 0.8, 0.5
_UNCERTAIN: Final = 0.5  # of a word with a capital letter, which may be a name


@dataclass(slots=True)
class Signals:
    """What is known of the candidates of a question, by chunk id.

    Attributes:
        words: BM25 over all fields.
        meaning: cosine with the question.
        phrases: share, 0 to 1, of the weight of the question's pairs of words that stand in the chunk.
        literals: share of the question's words, weighted by rarity, that the string literals hold.
        named: above 0 for chunks that define a name of the question, or nearly that name.
        placed: how well, 0 to 1, a chunk fits the files, lines and functions that the question names.
        quoted: which share of what the question means literally stands in the chunk.
        verbatim: what of the question stands in the text, for the chunks that were read.
        frequencies: in how many chunks each token of the question occurs.
        chunks: the number of chunks of the index.
    """

    words: dict[int, float] = field(default_factory=dict)
    meaning: dict[int, float] = field(default_factory=dict)
    phrases: dict[int, float] = field(default_factory=dict)
    literals: dict[int, float] = field(default_factory=dict)
    named: dict[int, float] = field(default_factory=dict)
    placed: dict[int, float] = field(default_factory=dict)
    quoted: dict[int, float] = field(default_factory=dict)
    verbatim: dict[int, Verbatim] = field(default_factory=dict)
    frequencies: Mapping[str, int] = field(default_factory=dict)
    chunks: int = 1

    def of_verbatim(self, chunk_id: int) -> Verbatim:
        """Return what of the question stands in the text of a chunk; nothing if it was not read."""
        return self.verbatim.get(chunk_id, _NO_VERBATIM)

    def rarity(self, token: str) -> float:
        """Return the inverse document frequency of a token of the question."""
        having = self.frequencies.get(token, 0)
        return log(1 + (max(self.chunks - having, 0) + 0.5) / (having + 0.5))

    def share_said(self, asked: Collection[str], said: Collection[str]) -> float:
        """Return the share of the tokens asked for, weighted by rarity, that are among those said."""
        whole = sum(map(self.rarity, asked))
        return sum(self.rarity(token) for token in asked if token in said) / whole if whole else 0.0


@lru_cache(maxsize=_CACHED)
def words_of_file(path: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tokens of the name of a file without its suffix, and those of its folders."""
    pure = PurePosixPath(path)
    return frozenset(tokenize(pure.stem)), frozenset(tokenize(str(pure.parent)))


@lru_cache(maxsize=_CACHED)
def words_of_symbol(symbol: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tokens of the last part of a qualified name, and those of all of it."""
    return frozenset(tokenize(symbol.rpartition(".")[2])), frozenset(tokenize(symbol))


@lru_cache(maxsize=_CACHED)
def is_test(path: str) -> bool:
    """Return whether the file at `path` is a test."""
    return is_test_file(path)


def name_fit(facts: ChunkFacts, names: Collection[AskedName]) -> float:
    """Return how well the names that a chunk defines fit those that are asked for, 0 to 1."""
    best = 0.0
    for asked in names:
        weight = 1.0 if asked.is_certain else _UNCERTAIN
        if weight <= best:
            continue
        fit = max((_fit(name, asked.name) for name in (facts.symbol, *facts.aliases) if name), default=0.0)
        best = max(best, weight * fit)
    return best


def _fit(name: str, asked: str) -> float:
    if name == asked or name.endswith(f".{asked}"):
        return _EXACT
    key, wanted = name_key(name), name_key(asked)
    if key == wanted or key.endswith(f".{wanted}"):
        return _SAME_KEY
    return 0.0
