"""BM25 in memory, by `rank_bm25`: for small corpora that live as long as the program."""

from collections.abc import Collection, Iterable, Sequence
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexers.search.interfaces import Fields, Scored
from indexers.search.lexical import K1, SCORE_DECIMALS, B
from indexers.search.lexical_query import LexicalQuery, Name, is_near_name


class MemoryLexical:
    """A lexical index and its writer in one; `commit` computes the statistics again."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[int, Fields]] = {}
        self._engines: dict[str, Any] = {}
        self._ids = self._documents = np.empty(0, dtype=np.int64)
        self._texts: dict[str, list[str]] = {field: [] for field in Fields._fields}

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
        self._texts = {field: [getattr(row, field) for _, (_, row) in rows] for field in Fields._fields}
        for field, texts in self._texts.items():
            tokens = [text.split() for text in texts]
            if any(tokens):
                self._engines[field] = _bm25(tokens)

    @property
    def dead(self) -> int:
        """Return 0: the statistics are those of the chunks that are left."""
        return 0

    def count(self) -> int:
        """Return the number of chunks."""
        return len(self._rows)

    def search(self, query: LexicalQuery, k: int, documents: Sequence[int] | None = None) -> list[Scored]:
        """Return the best `k` chunks of these documents (of all for None), best first, ties by chunk id."""
        scores, found = self._match(query)
        if documents is not None:
            found &= np.isin(self._documents, np.asarray(documents, dtype=np.int64))
        rows = np.flatnonzero(found)
        order = rows[np.argsort(-scores[rows], kind="stable")][: max(k, 0)]
        return [Scored(int(self._ids[row]), round(float(scores[row]), SCORE_DECIMALS)) for row in order]

    def scores(self, query: LexicalQuery, chunk_ids: Collection[int]) -> dict[int, float]:
        """Return the scores of those of these chunks that match: the scores that `search` gives them."""
        scores, found = self._match(query)
        rows = np.flatnonzero(found & np.isin(self._ids, np.fromiter(chunk_ids, np.int64, len(chunk_ids))))
        return {int(self._ids[row]): round(float(scores[row]), SCORE_DECIMALS) for row in rows}

    def frequencies(self, field: str, tokens: Iterable[str]) -> dict[str, int]:
        """Return how many chunks have each token in a field."""
        return {token: int(self._having(field, (token,)).sum()) for token in set(tokens)}

    def _match(self, query: LexicalQuery) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the score of each chunk, and whether it is found."""
        scores = np.zeros(len(self._ids))
        found = np.zeros(len(self._ids), dtype=bool)
        for field, token, weight in query.terms:
            if field in self._engines:
                scores += weight * self._engines[field].get_scores([token])
                found |= self._having(field, (token,))
        for tokens, weight in query.phrases:
            having = self._having("body", tokens)
            scores += weight * having
            found |= having
        for name in query.names:
            having = self._named(name)
            scores += name.weight * having
            found |= having
        if query.required:
            found = np.ones(len(self._ids), dtype=bool)
        for tokens in query.required:
            found &= self._having("body", tokens)
        return scores, found

    def _having(self, field: str, tokens: tuple[str, ...]) -> NDArray[np.bool_]:
        """Return which chunks hold these tokens in a row."""
        wanted = f" {' '.join(tokens)} "
        return np.array([wanted in f" {text} " for text in self._texts[field]], dtype=bool)

    def _named(self, name: Name) -> NDArray[np.bool_]:
        keys = [text.split() for text in self._texts["defines"]]
        return np.array([any(is_near_name(key, name) for key in some) for some in keys], dtype=bool)


def _bm25(texts: list[list[str]]) -> Any:
    from rank_bm25 import BM25Okapi

    class LuceneBM25(BM25Okapi):  # type: ignore[misc]
        """BM25 with tantivy's inverse document frequency, which is never negative and needs no floor."""

        def _calc_idf(self, nd: dict[str, int]) -> None:
            for word, n in nd.items():
                self.idf[word] = log(1 + (self.corpus_size - n + 0.5) / (n + 0.5))

    return LuceneBM25(texts, k1=K1, b=B)
