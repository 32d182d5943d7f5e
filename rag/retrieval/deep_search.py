"""Search for one question by the vectors of the transformer, in an index that was deepened."""

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np

from corpora.errors import MissingExtra
from indexers.bulk_cache import BulkCache
from indexers.encoders import Encoder, open_encoder
from indexers.encoders.open_encoder import COMPACT_ENCODER
from indexers.encoders.table import Floats
from indexers.index import Index
from indexers.search.interfaces import Ids, Scored
from indexers.search.vector_rows import cosines_of
from rag.retrieval.questions.query import Query

# Units without a vector that are encoded while the question waits: up to 10 ms of a processor each.
_AT_ONCE: Final = 24
_CACHED: Final = 4_096  # vectors of such units; about 6 MB


class DeepSearch:
    """The deep part of an index, asked one question. Use `of`."""

    def __init__(self, index: Index, vector: Floats) -> None:
        self._index, self._vector = index, vector

    @classmethod
    def of(cls, index: Index, query: Query) -> "DeepSearch | None":
        """Ask an index; None if it was not deepened, or its transformer cannot be run here."""
        if index.deep is None:
            return None
        try:
            encoder: Encoder = open_encoder(COMPACT_ENCODER)
        except MissingExtra:
            return None
        if encoder.encoder_id != index.deep.encoder_id or encoder.dimensions != index.deep.dimensions:
            return None  # another version made the vectors, as `rag status` says
        return cls(index, encoder.encode_query(query.question))

    def found(self, depth: int, allowed: Ids | None) -> list[Scored]:
        """Return the best `depth` units (of those allowed), best first."""
        return self._index.deep.search(self._vector, depth, allowed) if self._index.deep else []

    def scores(self, chunk_ids: Collection[int], likely: Mapping[int, float]) -> dict[int, float]:
        """Return the cosine of the question with each of these chunks that has a vector.

        Of the units of documentation that have none yet, the most `likely` ones are encoded.
        """
        if self._index.deep is None:
            return {}
        scores = self._index.deep.scores(self._vector, [*chunk_ids])
        facts = self._index.facts(chunk_ids)
        missing = [one for one in facts if one not in scores and facts[one].kind == "docs"]
        missing.sort(key=lambda chunk_id: (-likely.get(chunk_id, 0.0), facts[chunk_id]))
        chunks = self._index.chunks(missing[:_AT_ONCE])
        if chunks:
            from indexers.deepening.units import unit_text  # only an index that was deepened needs it

            texts = {chunk_id: unit_text(chunk) for chunk_id, chunk in chunks.items()}
            vectors = _vectors(texts.values())
            rows = np.stack([vectors[text] for text in texts.values()])
            scores |= zip(texts, cosines_of(rows, self._vector).tolist(), strict=True)
        return scores


def _encoded(texts: Collection[str]) -> dict[str, Floats]:
    from indexers.deepening.units import passages  # as above

    return dict(zip(texts, open_encoder(COMPACT_ENCODER).encode(passages([*texts])), strict=True))


_vectors = BulkCache(_encoded, _CACHED)
