"""Any cross-encoder of sentence-transformers, by name or path. Needs the extra `transformers`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from corpora.errors import MissingExtra, RagError
from indexers.search.fields import searchable
from rag.retrieval.hit import Hit

_MAX_CHARS = 4000  # of a passage: models cut off more than that, so it need not be tokenized
_BATCH = 16


class CrossEncoderReranker:
    """A transformer that reads question and passage together: Nogueira and Cho 2019, arXiv:1901.04085."""

    def __init__(self, name: str) -> None:
        """Load the model `name`: a folder, or a model in the local cache of Hugging Face."""
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
        """Return the model's score for each of `hits`. Raises `RagError` if it gives several for one."""
        pairs = [(query, searchable(hit.chunk).passage.text[:_MAX_CHARS]) for hit in hits]
        scores = np.asarray(self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False))
        if scores.shape != (len(hits),):
            raise RagError(
                "this cross-encoder cannot rank",
                why=f"for {len(hits)} passages it returned scores of the shape {scores.shape}",
                fix="name a model with a single label, such as those trained on MS MARCO",
            )
        return [float(score) for score in scores]
