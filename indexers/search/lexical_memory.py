"""BM25 in memory, by `rank_bm25`: for small corpora that live as long as the program."""

from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np

from indexers.search.interfaces import Fields, Scored
from indexers.search.lexical import FIELD_WEIGHTS, K1, SCORE_DECIMALS, B


class MemoryLexical:
    """A lexical index and its writer in one; `commit` computes the statistics again."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[int, Fields]] = {}
        self._engines: dict[str, Any] = {}
        self._ids = np.empty(0, dtype=np.int64)

    def add(self, chunk_id: int, document_id: int, fields: Fields) -> None:
        """Index a chunk."""
        self._rows[chunk_id] = (document_id, fields)

    def remove_document(self, document_id: int) -> None:
        """Remove the chunks of a document."""
        self._rows = {chunk_id: row for chunk_id, row in self._rows.items() if row[0] != document_id}

    def commit(self) -> None:
        """Compute the statistics of every field: searches see what was added."""
        rows = sorted(self._rows.items())
        self._ids = np.array([chunk_id for chunk_id, _ in rows], dtype=np.int64)
        self._documents = np.array([document_id for _, (document_id, _) in rows], dtype=np.int64)
        self._engines = {}
        for field in FIELD_WEIGHTS:
            texts = [getattr(fields, field).split() for _, (_, fields) in rows]
            if any(texts):
                self._engines[field] = _bm25(texts)

    @property
    def dead(self) -> int:
        """Return 0: the statistics are those of the chunks that are left."""
        return 0

    def count(self) -> int:
        """Return the number of chunks."""
        return len(self._rows)

    def search(self, tokens: Sequence[str], k: int, documents: Sequence[int] | None = None) -> list[Scored]:
        """Return the best `k` chunks of these documents (of all for None), best first, ties by chunk id."""
        scores = np.zeros(len(self._ids))
        for field, engine in self._engines.items():
            scores += FIELD_WEIGHTS[field] * engine.get_scores(list(tokens))
        if documents is not None and len(self._ids):
            scores[~np.isin(self._documents, np.asarray(documents))] = 0
        order = np.argsort(-scores, kind="stable")[:k]
        return [
            Scored(int(self._ids[i]), round(float(scores[i]), SCORE_DECIMALS)) for i in order if scores[i] > 0
        ]


def _bm25(texts: list[list[str]]) -> Any:
    from rank_bm25 import BM25Okapi

    class LuceneBM25(BM25Okapi):  # type: ignore[misc]
        """BM25 with tantivy's inverse document frequency, which is never negative and needs no floor."""

        def _calc_idf(self, nd: dict[str, int]) -> None:
            for word, n in nd.items():
                self.idf[word] = log(1 + (self.corpus_size - n + 0.5) / (n + 0.5))

    return LuceneBM25(texts, k1=K1, b=B)
