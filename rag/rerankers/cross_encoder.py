"""Any cross-encoder of sentence-transformers, by name or path. Needs the extra `transformers`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from corpora.errors import MissingExtra, RagError
from indexers.search.fields import searchable
from rag.retrieval.hit import Hit

_MAX_CHARS = 4000  # a model's own limit counts tokens; what it will cut off need not be tokenized
_BATCH = 16


class CrossEncoderReranker:
    """A transformer that reads question and passage together: Nogueira and Cho 2019, arXiv:1901.04085."""

    def __init__(self, name: str) -> None:
        """Load the model `name`: a folder, or what the local model cache knows by that name."""
        try:
            from sentence_transformers import CrossEncoder
            from transformers.utils.logging import disable_progress_bar
        except ImportError as error:
            raise MissingExtra("sentence-transformers", "transformers") from error
        disable_progress_bar()
        try:
            self._model: Any = CrossEncoder(name, local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise RagError(
                f"the cross-encoder {name!r} cannot be loaded",
                why=(str(error) or type(error).__name__).splitlines()[0],
                fix=f"fetch it first (hf download {name}), or name a folder that holds it",
            ) from error

    def __call__(self, query: str, hits: Sequence[Hit]) -> list[float]:
        """A score for each of `hits`, as the model gives it. Raises `RagError` if it gives several."""
        pairs = [(query, searchable(hit.chunk).passage.text[:_MAX_CHARS]) for hit in hits]
        scores = np.asarray(self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False))
        if scores.shape != (len(hits),):
            raise RagError(
                "the cross-encoder is not made for ranking",
                why=f"it returned the shape {scores.shape} for {len(hits)} passages",
                fix="name a model with a single label, such as those trained on MS MARCO",
            )
        return [float(score) for score in scores]
