"""A store of vectors made earlier by costly encoders, so that a known text is not encoded again."""

from collections.abc import Iterable, Sequence

import numpy as np

from indexers.catalog.database import Database
from indexers.encoders.table import Floats


class Embeddings:
    """Vectors by the hash of their text and the id of their encoder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, hashes: Sequence[str], encoder_id: str) -> dict[str, Floats]:
        """Return the vectors that the encoder has made for texts with these hashes, by hash."""
        sql = "SELECT content_hash, encoder, vector FROM embeddings WHERE content_hash IN"
        rows = (row for row in self._database.rows_in(sql, hashes) if row[1] == encoder_id)
        return {row[0]: np.frombuffer(row[2], dtype=np.float16).astype(np.float32) for row in rows}

    def put(self, encoder_id: str, vectors: Iterable[tuple[str, Floats]]) -> None:
        """Keep vectors, as float16, for texts that come again: renamed files, other branches."""
        rows = (
            (content_hash, encoder_id, vector.astype(np.float16).tobytes())
            for content_hash, vector in vectors
        )
        sql = "INSERT OR REPLACE INTO embeddings (content_hash, encoder, vector) VALUES (?, ?, ?)"
        self._database.run_many(sql, rows)
