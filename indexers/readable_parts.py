"""Both parts of an index, limited to the chunks that somebody may read."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import numpy as np

from indexers.encoders.table import Floats
from indexers.search.interfaces import DenseIndex, Ids, LexicalIndex, Scored
from indexers.search.lexical_query import LexicalQuery, Name, Term

_COUNTED: Final = 1_000  # chunks with a token are counted one by one up to here, and estimated beyond


class ReadableWords:
    """A lexical index that finds and counts only what may be read.

    Args:
        words: the index of all chunks.
        documents: the ids of the documents that may be read, ascending.
        chunks: the ids of their chunks, ascending.
    """

    def __init__(self, words: LexicalIndex, documents: Ids, chunks: Ids) -> None:
        self._words, self._chunks = words, chunks
        self._documents: list[int] = documents.tolist()
        self._readable = frozenset(self._documents)
        self._known: dict[tuple[str, str], int] = {}

    def search(self, query: LexicalQuery, k: int, documents: Sequence[int] | None = None) -> list[Scored]:
        """Return the best `k` chunks of these documents that may be read, best first, ties by chunk id."""
        wanted = self._documents if documents is None else [one for one in documents if one in self._readable]
        return self._words.search(query, k, wanted)

    def scores(self, query: LexicalQuery, chunk_ids: Collection[int]) -> dict[int, float]:
        """Return the scores of those of these chunks that match and may be read."""
        return self._words.scores(query, those_among(chunk_ids, self._chunks).tolist())

    def frequencies(self, field: str, tokens: Iterable[str]) -> dict[str, int]:
        """Return how many chunks that may be read have each token; an estimate where they are many."""
        wanted = set(tokens)
        new = [token for token in wanted if (field, token) not in self._known]
        for token, everywhere in self._words.frequencies(field, new).items():
            self._known[field, token] = self._count(field, token, everywhere)
        return {token: self._known[field, token] for token in wanted}

    def _count(self, field: str, token: str, everywhere: int) -> int:
        is_name = field == "defines"
        query = LexicalQuery(names=(Name(token),)) if is_name else LexicalQuery((Term(field, token),))
        found = len(self.search(query, _COUNTED)) if everywhere else 0
        if found < _COUNTED:
            return found
        return max(found, round(everywhere * self.count() / max(self._words.count(), 1)))

    def count(self) -> int:
        """Return the number of chunks that may be read."""
        return len(self._chunks)


class ReadableVectors:
    """A dense index that finds only what may be read.

    Args:
        vectors: the index of all chunks.
        chunks: the ids of the chunks that may be read, ascending.
    """

    def __init__(self, vectors: DenseIndex, chunks: Ids) -> None:
        self._vectors, self._chunks = vectors, chunks

    def search(self, vector: Floats, k: int, allowed: Ids | None = None) -> list[Scored]:
        """Return the `k` chunks (of those allowed) with the highest cosine that may be read, best first."""
        wanted = self._chunks if allowed is None else those_among(allowed, self._chunks)
        return self._vectors.search(vector, k, wanted)

    def scores(self, vector: Floats, chunk_ids: Sequence[int]) -> dict[int, float]:
        """Return the cosine of `vector` with each of these chunks that has a vector and may be read."""
        return self._vectors.scores(vector, those_among(chunk_ids, self._chunks).tolist())

    def ids(self) -> Ids:
        """Return the ids of all chunks that can be found and may be read, ascending."""
        return np.intersect1d(self._vectors.ids(), self._chunks, assume_unique=True)

    def is_finite(self) -> bool:
        """Return whether all vectors are numbers and have about length 1."""
        return self._vectors.is_finite()


def those_among(chunk_ids: Collection[int] | Ids, chunks: Ids) -> Ids:
    """Return those of some chunks that are among `chunks`, ascending."""
    ids = np.sort(np.fromiter(chunk_ids, np.int64, len(chunk_ids)))
    places = np.searchsorted(chunks, ids)
    places[places == len(chunks)] = 0
    found: Ids = ids[chunks[places] == ids] if len(chunks) else ids[:0]
    return found
