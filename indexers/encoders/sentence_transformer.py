"""Any sentence-transformers model, by name or folder. Needs the extra `transformers`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from indexers.encoders.encoder import EncoderPassage, Question
from indexers.encoders.local_model import load_local_model
from indexers.encoders.table import Floats, normalize

# A model's own limit counts tokens; this one keeps its tokenizer from reading what the model will cut off.
_MAX_CHARS = 8000
_BATCH = 32


class SentenceTransformerEncoder:
    """A transformer that encodes questions and passages. Raises what `load_local_model` raises.

    Args:
        name: the name or folder of the model.
    """

    is_cheap = False

    def __init__(self, name: str) -> None:
        self._model: Any = load_local_model("SentenceTransformer", name)
        self.encoder_id = f"sentence-transformers:{name}"
        self.dimensions = int(self._model.get_embedding_dimension())

    def encode(self, passages: Sequence[EncoderPassage]) -> Floats:
        """Return the vectors of passages, shape (n, dimensions)."""
        return self._encode([passage.text for passage in passages], self._model.encode_document)

    def encode_query(self, query: Question) -> Floats:
        """Return the vector of a question, shape (dimensions,)."""
        vector: Floats = self._encode([query.text], self._model.encode_query)[0]
        return vector

    def coverage(self, text: str) -> float:
        """Return 1: a transformer knows every word by its pieces."""
        return 1.0

    def _encode(self, texts: list[str], encode: Any) -> Floats:
        short = [text[:_MAX_CHARS] for text in texts]
        vectors = encode(short, batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True)
        return normalize(np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimensions))
