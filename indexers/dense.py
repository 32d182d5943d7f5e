"""Vectors of chunks in FAISS, searched exactly by inner product.

Vectors are of length 1, so the inner product is the cosine. They are kept as 16-bit floats: the
error is below 0.001, half the memory of 32 bits.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpora.errors import IndexDamaged, RagError
from indexers.layout import sync_to_disk
from indexers.lexical import Scored

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


class DenseIndex:
    """Chunk ids and their vectors, shape (n, dimensions)."""

    def __init__(self, dimensions: int) -> None:
        import faiss  # heavy: only searching and writing need it

        flat = faiss.IndexScalarQuantizer(
            dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        self._faiss: Any = faiss
        self._index: Any = faiss.IndexIDMap2(flat)

    @classmethod
    def load(cls, path: Path, dimensions: int) -> "DenseIndex":
        """Read what `save` wrote. Raises `IndexDamaged` if the file is missing or not whole."""
        index = cls(dimensions)
        try:
            index._index = index._faiss.read_index(str(path))
        except RuntimeError as error:
            reason = str(error).splitlines()[0].rpartition("Error: ")[2]
            raise _damaged(path, reason) from error
        if index._index.d != dimensions:
            raise _damaged(path, f"it holds vectors of {index._index.d} dimensions, not {dimensions}")
        return index

    def save(self, path: Path) -> None:
        """Write all vectors to `path`, durably."""
        self._faiss.write_index(self._index, str(path))
        sync_to_disk(path)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, chunk_ids: Sequence[int], vectors: Floats) -> int:
        """Add vectors of length 1; rows of zeros (a text without a known token) are left out.

        Returns how many were added. Raises `RagError` for NaN or a wrong shape: an encoder that
        fails in silence makes an index that answers at random.
        """
        lengths = np.linalg.norm(vectors, axis=1) if len(vectors) else np.empty(0)
        if vectors.shape != (len(chunk_ids), self._index.d) or not np.isfinite(lengths).all():
            raise RagError(
                "the encoder returned vectors that cannot be used",
                why=f"shape {vectors.shape} for {len(chunk_ids)} texts of {self._index.d} dimensions, or NaN",
                fix="check the encoder: rag index --encoder builtin works without any model",
            )
        used = lengths > 0
        self._index.add_with_ids(vectors[used], np.asarray(chunk_ids, dtype=np.int64)[used])
        return int(used.sum())

    def remove(self, chunk_ids: Sequence[int]) -> None:
        """Forget vectors; ids that are not there do not matter."""
        if chunk_ids:
            self._index.remove_ids(np.asarray(chunk_ids, dtype=np.int64))

    def search(self, vector: Floats, k: int, allowed: Ids | None = None) -> list[Scored]:
        """The `k` chunks (of those allowed) with the highest cosine, best first, ties by chunk id.

        `vector` has the shape (dimensions,) and length 1; all zeros finds nothing.
        """
        if k < 1 or not len(self) or not vector.any() or (allowed is not None and not len(allowed)):
            return []
        parameters = None
        if allowed is not None:
            parameters = self._faiss.SearchParameters(sel=self._faiss.IDSelectorBatch(allowed))
        query = np.ascontiguousarray(vector[None], dtype=np.float32)
        scores, ids = self._index.search(query, min(k, len(self)), params=parameters)
        found = [Scored(int(i), float(score)) for i, score in zip(ids[0], scores[0], strict=True) if i >= 0]
        return sorted(found, key=lambda hit: (-hit.score, hit.chunk_id))


def _damaged(path: Path, why: str) -> IndexDamaged:
    return IndexDamaged(
        f"the dense part of the index at {path.parent.parent} cannot be read",
        why=why,
        fix="run: rag index --repair",
    )
