"""Any cross-encoder of sentence-transformers, by name or path. Needs the extra `transformers`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from corpora.errors import RagError
from indexers.encoders.local_model import load_local_model
from indexers.search.fields import searchable
from rag.retrieval.hit import Hit

_MAX_CHARS = 4000  # a model's own limit counts tokens; what it will cut off need not be tokenized
_BATCH = 16


class CrossEncoderReranker:
    """A transformer that reads question and passage together: Nogueira and Cho 2019, arXiv:1901.04085."""

    def __init__(self, name: str) -> None:
        """Load the model `name`: a folder, or a name that the local model cache knows."""
        self._model: Any = load_local_model("CrossEncoder", name)

    def __call__(self, query: str, hits: Sequence[Hit]) -> list[float]:
        """Return a score for each of `hits`, as the model gives it. Raises `RagError` if it gives several."""
        pairs = [(query, searchable(hit.chunk).passage.text[:_MAX_CHARS]) for hit in hits]
        scores = np.asarray(self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False))
        if scores.shape != (len(hits),):
            raise RagError(
                "the cross-encoder is not made for ranking",
                why=f"it returned the shape {scores.shape} for {len(hits)} passages",
                fix="name a model with a single label, such as those trained on MS MARCO",
            )
        return [float(score) for score in scores]
