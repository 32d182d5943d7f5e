"""The interfaces of the two engines: what retrieval asks of each, and what indexing asks.

Whatever has these methods can stand in for the engines that come with the package: another library, or a
client of a server. `engines.Engines` opens both.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from indexers.encoders.table import Floats
from indexers.search.lexical_query import LexicalQuery

Ids = NDArray[np.int64]
"""Ids of chunks, shape (n,)."""

Floats64 = NDArray[np.float64]
"""Scores of chunks, shape (n,)."""


class Scored(NamedTuple):
    """A chunk and its score, higher is better."""

    chunk_id: int
    score: float


def scored(ids: Iterable[int], scores: Iterable[float]) -> list[Scored]:
    """Return chunks with their scores, given both in the same order: a thousand of them for each question."""
    return list(map(_SCORED, zip(ids, scores, strict=True)))


_SCORED: Final[Callable[[tuple[int, float]], Scored]] = partial(tuple.__new__, Scored)  # in half the time


class Fields(NamedTuple):
    """The tokens of a chunk by field, each joined by blanks: one string is sent faster than many.

    `literals` are the tokens of the strings in code; `defines` are the keys (see `name_key`) of the names
    that the chunk defines or documents.
    """

    name: str
    path: str
    body: str
    literals: str = ""
    defines: str = ""


class LexicalIndex(Protocol):
    """Finds chunks by their tokens."""

    def search(self, query: LexicalQuery, k: int, documents: Sequence[int] | None = None) -> list[Scored]:
        """Return the best `k` chunks of these documents (of all for None), best first, ties by chunk id."""

    def scores(self, query: LexicalQuery, chunk_ids: Collection[int]) -> dict[int, float]:
        """Return the scores of those of these chunks that match: the scores that `search` gives them."""

    def frequencies(self, field: str, tokens: Iterable[str]) -> dict[str, int]:
        """Return how many chunks have each token in a field; deleted chunks may still count."""

    def count(self) -> int:
        """Return the number of chunks."""


class LexicalWriter(Protocol):
    """Changes a lexical index. Nothing is kept before `commit`."""

    def add(self, chunk_id: int, document_id: int, fields: Fields) -> None:
        """Index a chunk."""

    def remove_document(self, document_id: int) -> None:
        """Remove the chunks of a document."""

    def commit(self) -> None:
        """Make the changes durable."""

    @property
    def dead(self) -> int:
        """Return how many chunks that were deleted before this writer began still count in its statistics."""


class DenseIndex(Protocol):
    """Finds chunks by their vectors, which have length 1: the score is the cosine."""

    def search(self, vector: Floats, k: int, allowed: Ids | None = None) -> list[Scored]:
        """Return the `k` chunks (of those allowed) with the highest cosine, best first, ties by chunk id.

        `vector` has the shape (dimensions,) and length 1; all zeros finds nothing.
        """

    def scores(self, vector: Floats, chunk_ids: Sequence[int]) -> dict[int, float]:
        """Return the cosine of `vector` with each of these chunks that has a vector."""

    def ids(self) -> Ids:
        """Return the ids of all chunks that can be found, ascending."""

    def is_finite(self) -> bool:
        """Return whether all vectors are numbers and have about length 1; reads all of them."""


class DenseWriter(Protocol):
    """Changes a dense index. Nothing is kept before `commit`."""

    def __len__(self) -> int:
        """Return the number of chunks, changes included."""

    def add(self, chunk_ids: Sequence[int], vectors: Floats) -> int:
        """Add vectors of length 1, shape (n, dimensions), and return how many were added.

        The ids ascend and are greater than all before. Rows of zeros are left out. Raises `RagError` for
        NaN or a wrong shape.
        """

    def remove(self, chunk_ids: Sequence[int]) -> None:
        """Remove vectors; ids that are not there do not matter."""

    def commit(self) -> None:
        """Make the changes durable."""

    @property
    def is_approximate(self) -> bool:
        """Return whether a search may miss some of the nearest chunks."""

    def recall(self, queries: Floats, k: int = 10) -> float:
        """Return the share of the true `k` nearest chunks of `queries` that a search finds, 0 to 1.

        `queries` has the shape (n, dimensions), rows of length 1.
        """


class DenseStore(DenseIndex, DenseWriter, Protocol):
    """Both in one object, for an index in memory."""
