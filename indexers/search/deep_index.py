"""The deep part of an index: a vector for each text that the transformer has read, found by the text's hash.

Texts have numbers, in the order in which they were encoded; the vector of a text is stored once, however many
chunks have it. `FaissIndex` holds the vectors by number. Beside it are the hash of each text, and for each
chunk the number of its text. A chunk whose document was indexed again has another id but the same hash: its
vector is found again without the transformer.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexers.encoders.table import Floats
from indexers.engine_errors import raising_damage
from indexers.layout import sync_to_disk
from indexers.search.dense import FaissIndex, part_damaged
from indexers.search.dense_files import read_header, read_ids, read_numbers, write_ids
from indexers.search.interfaces import Ids, Scored

_HASHES, _CHUNKS, _TEXTS = "hashes.npy", "chunks.npy", "texts.npy"
_AT_ONCE: Final = 10_000  # vectors that are held together: 10 MB
_MOST_DIMENSIONS: Final = 4096

Hashes = NDArray[np.uint64]
"""Hashes of texts, shape (n,)."""


class Places(NamedTuple):
    """Ids of chunks, ascending, and the number of the text of each; both have the shape (n,)."""

    chunks: Ids
    texts: Ids


class DeepIndex:
    """Vectors of texts, their hashes, and the chunks that have these texts. Use `create` or `load`.

    Attributes:
        encoder_id: that of the encoder that made the vectors.
        places: the chunks that have a vector; some may be gone from the catalog since.
    """

    def __init__(self, encoder_id: str, vectors: FaissIndex, hashes: Hashes, places: Places) -> None:
        self.encoder_id, self.places = encoder_id, places
        self._vectors, self._numbers, self._hashes = vectors, vectors.ids(), hashes

    @classmethod
    def create(cls, encoder_id: str, dimensions: int, rows_file: Path) -> "DeepIndex":
        """Make an empty index whose vectors go to `rows_file`."""
        vectors = FaissIndex.create(dimensions, rows_file)
        nothing = np.empty(0, dtype=np.int64)
        return cls(encoder_id, vectors, np.empty(0, dtype=np.uint64), Places(nothing, nothing))

    @classmethod
    def load(cls, folder: Path, encoder_id: str) -> "DeepIndex":
        """Read an index that `save` wrote. Raises `IndexDamaged` if a file is missing or not whole."""
        part = folder.parent
        with raising_damage(part.parent, lambda why: part_damaged(part, why)):
            dimensions = read_header(folder).dimensions
            if not 0 < dimensions <= _MOST_DIMENSIONS:
                raise ValueError(f"it claims to hold vectors of {dimensions} dimensions")
            vectors = FaissIndex.load(folder, dimensions)
            numbers = vectors.ids()
            hashes = read_numbers(folder / _HASHES, len(numbers)).view(np.uint64)
            texts = read_numbers(folder / _TEXTS)
            chunks = read_ids(folder / _CHUNKS, count=len(texts))
            if (_places_in(numbers, texts) < 0).any():
                raise ValueError(f"{_TEXTS} names a text that has no vector")
        return cls(encoder_id, vectors, hashes, Places(chunks, texts))

    def save(self, folder: Path) -> None:
        """Write the index to `folder`, a new one, and flush it to the disk."""
        self._vectors.save(folder)
        np.save(folder / _HASHES, self._hashes.view(np.int64))
        write_ids(folder / _CHUNKS, self.places.chunks)
        np.save(folder / _TEXTS, self.places.texts)
        sync_to_disk(folder)

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""
        return self._vectors.dimensions

    def __len__(self) -> int:
        return len(self._numbers)

    def has(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Return for each hash whether its text has a vector, shape (n,)."""
        return np.isin(hashes, self._hashes)

    def add(self, hashes: Hashes, vectors: Floats) -> None:
        """Add the vectors, shape (n, dimensions), of new texts. Raises what `FaissIndex.add` does."""
        first = int(self._numbers[-1]) + 1 if len(self._numbers) else 1
        numbers = np.arange(first, first + len(hashes))
        self._vectors.add(numbers.tolist(), vectors)
        kept = np.isin(numbers, self._vectors.ids())  # a vector of zeros is left out
        self._numbers = np.concatenate([self._numbers, numbers[kept]])
        self._hashes = np.concatenate([self._hashes, hashes[kept]])

    def place(self, chunks: Ids, hashes: Hashes) -> None:
        """Set which chunks there are, by ascending ids, and the hash of the text of each."""
        self.places = self._places_of(chunks, hashes)
        for name in ("_chunks_of_texts", "_texts_in_use"):
            self.__dict__.pop(name, None)

    def _places_of(self, chunks: Ids, hashes: Hashes) -> Places:
        order = np.argsort(self._hashes)
        at = _places_in(self._hashes[order], hashes)
        return Places(chunks[at >= 0], self._numbers[order[at[at >= 0]]])

    def is_behind(self, chunks: Ids, hashes: Hashes) -> bool:
        """Return whether `place` with the same arguments, or `drop_unplaced` after it, would change much."""
        places = self._places_of(chunks, hashes)
        is_same = all(map(np.array_equal, places, self.places))
        return not is_same or len(np.unique(places.texts)) < len(self)

    def drop_unplaced(self) -> int:
        """Remove the vectors of texts that no chunk has, and return how many there were."""
        used = np.isin(self._numbers, self.places.texts)
        self._vectors.remove(self._numbers[~used].tolist())
        self._numbers, self._hashes = self._numbers[used], self._hashes[used]
        self.__dict__.pop("_texts_in_use", None)
        return int((~used).sum())

    def vectors_of(self, hashes: Hashes) -> Iterator[tuple[Hashes, Floats]]:
        """Yield the known ones of these hashes and the vectors of their texts, some at a time."""
        at = np.flatnonzero(np.isin(self._hashes, hashes))
        for start in range(0, len(at), _AT_ONCE):
            some = at[start : start + _AT_ONCE]
            yield self._hashes[some], self._vectors.vectors(self._numbers[some])

    @cached_property
    def _chunks_of_texts(self) -> tuple[Ids, Ids]:
        """Return the numbers of texts, ascending, once for each chunk, and the chunks in the same order."""
        order = np.argsort(self.places.texts, kind="stable")
        return self.places.texts[order], self.places.chunks[order]

    @cached_property
    def _texts_in_use(self) -> Ids | None:
        """Return the numbers of the texts that chunks have, ascending; None if these are all."""
        used = np.unique(self.places.texts)
        return used if len(used) < len(self) else None

    def search(self, vector: Floats, k: int, allowed: Ids | None = None) -> list[Scored]:
        """Return the `k` chunks (of those allowed) with the highest cosine, best first, ties by chunk id."""
        among = self._texts_in_use
        if allowed is not None:
            at = _places_in(self.places.chunks, allowed)
            among = np.unique(self.places.texts[at[at >= 0]])
        texts, chunks = self._chunks_of_texts
        hits: list[Scored] = []
        for text, score in self._vectors.search(vector, k, among):
            first, end = np.searchsorted(texts, [text, text + 1])
            same = chunks[first:end]
            same = same if allowed is None else same[np.isin(same, allowed)]
            hits += [Scored(chunk_id, score) for chunk_id in same[:k].tolist()]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def scores(self, vector: Floats, chunk_ids: Sequence[int]) -> dict[int, float]:
        """Return the cosine of `vector` with each of these chunks that has a vector."""
        wanted = np.asarray(chunk_ids, dtype=np.int64)
        at = _places_in(self.places.chunks, wanted)
        texts = dict(zip(wanted[at >= 0].tolist(), self.places.texts[at[at >= 0]].tolist(), strict=True))
        cosines = self._vectors.scores(vector, [*set(texts.values())])
        return {chunk_id: cosines[text] for chunk_id, text in texts.items() if text in cosines}

    def is_finite(self) -> bool:
        """Return whether all vectors have about length 1; reads all of them."""
        return self._vectors.is_finite()


def _places_in(known: NDArray[np.generic], wanted: NDArray[np.generic]) -> Ids:
    """Return where each of `wanted` stands in `known`, which ascends; -1 for what is not there."""
    if not len(known):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[at] == wanted, at, -1)
