"""The signals of candidates: what each search, and the question's own words, say of each of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import log
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from indexers.catalog.catalog import ChunkFacts
from indexers.tokens import tokenize
from rag.retrieval.questions.asked_names import AskedName
from rag.retrieval.questions.query import OTHER_NAMES, plain_name
from rag.retrieval.ranking.relation import relation
from rag.retrieval.ranking.verbatim import Verbatim

_CACHED: Final = 20_000  # questions meet the same files and names again; about 10 MB each
_NO_VERBATIM: Final = Verbatim()

# How well a name fits one that is asked for, by its spelling.
_SPELLED: Final = {"exact": 1.0, "case": 0.8, "underscores": 0.75, "": 0.0}
_ENDS_SO: Final = 0.9  # of a name that only ends as asked: a constructor or a field with the name of a class
# What `Response.make` and `make` are to `http.Response.make`: before them may stand a module, or a variable.
_SHARES_OF_ENDS: Final = {True: 0.9, False: 0.5}
_FITS: Final[dict[str, str]] = {
    "defines": "defined",
    "documents": "defined",
    "declares": "declared",
    "re-exports": "exported",
}


class NameFit(NamedTuple):
    """How well, 0 to 1, a name that is asked for fits one that a chunk defines, declares or re-exports."""

    defined: float = 0.0
    declared: float = 0.0
    exported: float = 0.0


@dataclass(slots=True)
class Signals:
    """What is known of the candidates of a question, by chunk id.

    Attributes:
        words: BM25 over all fields.
        translated: BM25 of words that say the same as those of the question, over names and bodies.
        meaning: cosine with the question.
        deep: cosine with the question by the vectors of the transformer, for the chunks that have one.
        phrases: share, 0 to 1, of the weight of the question's pairs of words that stand in the chunk.
        literals: share of the question's words, weighted by rarity, that the string literals hold.
        named: above 0 for chunks that define a name of the question, or nearly that name.
        placed: how well, 0 to 1, a chunk fits the files, lines and functions that the question names.
        quoted: which share of what the question means literally stands in the chunk.
        matched: 1 for the chunks that match the regular expressions of the question.
        verbatim: what of the question stands in the text, for the chunks that were read.
        libraries: how likely, as a share of the likeliest, the library of a unit is the one that is meant.
        history: how well the commits that changed the file of a chunk fit the question, 0 to 1.
        said: how much more than of others the words of the question are said of an API, by `usage_key`.
        frequencies: in how many chunks each token of the question occurs.
        chunks: the number of chunks of the index.
    """

    words: dict[int, float] = field(default_factory=dict)
    translated: dict[int, float] = field(default_factory=dict)
    meaning: dict[int, float] = field(default_factory=dict)
    deep: dict[int, float] = field(default_factory=dict)
    phrases: dict[int, float] = field(default_factory=dict)
    literals: dict[int, float] = field(default_factory=dict)
    named: dict[int, float] = field(default_factory=dict)
    placed: dict[int, float] = field(default_factory=dict)
    quoted: dict[int, float] = field(default_factory=dict)
    matched: dict[int, float] = field(default_factory=dict)
    verbatim: dict[int, Verbatim] = field(default_factory=dict)
    libraries: dict[int, float] = field(default_factory=dict)
    history: dict[int, float] = field(default_factory=dict)
    said: Mapping[str, float] = field(default_factory=dict)
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


def name_fit(facts: ChunkFacts, names: Collection[AskedName], *, by_ends: bool = True) -> NameFit:
    """Return how well the names that a chunk is known by fit those asked for, or their ends."""
    fit = NameFit()
    for asked in names:
        if asked.package and facts.kind == "docs" and not _is_of(facts, asked.package):
            continue
        for end in asked.ends if by_ends and asked.is_certain else [asked.name]:
            found = relation(facts, end)
            if found.kind in _FITS:
                share = 1.0 if end == asked.name else _SHARES_OF_ENDS["." in end]
                spelled = share * _SPELLED[found.exactness] * (1.0 if found.is_whole else _ENDS_SO)
                fit = fit._replace(**{_FITS[found.kind]: max(getattr(fit, _FITS[found.kind]), spelled)})
                break
    return fit


def _is_of(facts: ChunkFacts, package: str) -> bool:
    """Return whether a unit of documentation is of the library that is imported as `package`."""
    if plain_name(OTHER_NAMES.get(package, package)) == plain_name(facts.library):
        return True
    return any(name.partition(".")[0] == package for name in (facts.symbol, *facts.aliases))
