"""Check that vectors can be compared: those of an encoder that fails silently find things at random."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpora.errors import RagError
from indexers.encoders.table import Floats


def used_rows(vectors: Floats, chunk_ids: Sequence[int], dimensions: int) -> NDArray[np.bool_]:
    """Return which vectors are not all zeros, shape (n,). Raises `RagError` for NaN or a wrong shape."""
    lengths = np.linalg.norm(vectors, axis=1) if len(vectors) else np.empty(0)
    if vectors.shape != (len(chunk_ids), dimensions) or not np.isfinite(lengths).all():
        raise _unusable(f"shape {vectors.shape} for {len(chunk_ids)} texts, or NaN")
    used: NDArray[np.bool_] = lengths > 0
    return used


def check_question(vector: Floats) -> None:
    """Raise `RagError` if the vector of a question has a number that is none."""
    if not np.isfinite(vector).all():
        raise _unusable(f"the vector of the question, of shape {vector.shape}, contains NaN")


def _unusable(why: str) -> RagError:
    return RagError(
        "the encoder returned vectors that cannot be used",
        why=why,
        fix="check the encoder: rag index --encoder builtin works without any model",
    )
