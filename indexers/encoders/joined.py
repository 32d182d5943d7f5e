"""Two encoders as one: their vectors side by side, so that a cosine is the mean of both cosines.

A table and a transformer err on different questions: together they are better than either (bench/RESULTS.md).
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from indexers.encoders.encoder import Encoder, Passage, Question
from indexers.encoders.table import Floats


class JoinedEncoder:
    """The vectors of `first` and `second`, one behind the other."""

    is_cheap = False

    def __init__(self, first: Encoder, second: Encoder) -> None:
        self._encoders = first, second
        self.encoder_id = f"{first.encoder_id}+{second.encoder_id}"
        self.dimensions = first.dimensions + second.dimensions

    def encode(self, passages: Sequence[Passage]) -> Floats:
        """Vectors of passages, shape (n, dimensions); shorter than 1 where one encoder knows nothing."""
        return np.hstack([encoder.encode(passages) for encoder in self._encoders]) / np.float32(sqrt(2))

    def encode_query(self, query: Question) -> Floats:
        """Vector of a question, shape (dimensions,)."""
        return np.hstack([encoder.encode_query(query) for encoder in self._encoders]) / np.float32(sqrt(2))

    def coverage(self, text: str) -> float:
        """The larger share of known words: what one encoder does not know, the other may."""
        return max(encoder.coverage(text) for encoder in self._encoders)
