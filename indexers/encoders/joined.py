"""Two encoders as one: their vectors are joined, so that a cosine is the mean of both cosines.

A table and a transformer err on different questions: together they are better than either (bench/RESULTS.md).
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from indexers.encoders.encoder import Encoder, EncoderPassage, Question
from indexers.encoders.table import Floats


class JoinedEncoder:
    """An encoder whose vectors are those of `first` followed by those of `second`."""

    is_cheap = False

    def __init__(self, first: Encoder, second: Encoder) -> None:
        self._encoders = first, second
        self.encoder_id = f"{first.encoder_id}+{second.encoder_id}"
        self.dimensions = first.dimensions + second.dimensions

    def encode(self, passages: Sequence[EncoderPassage]) -> Floats:
        """Return the vectors of passages, shape (n, dimensions).

        A vector is shorter than 1 if one of the encoders knows nothing of the passage.
        """
        return np.hstack([encoder.encode(passages) for encoder in self._encoders]) / np.float32(sqrt(2))

    def encode_query(self, query: Question) -> Floats:
        """Return the vector of a question, shape (dimensions,)."""
        return np.hstack([encoder.encode_query(query) for encoder in self._encoders]) / np.float32(sqrt(2))

    def coverage(self, text: str) -> float:
        """Return the larger share of known words: what one encoder does not know, the other may."""
        return max(encoder.coverage(text) for encoder in self._encoders)
