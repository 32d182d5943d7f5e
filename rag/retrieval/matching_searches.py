"""Search for a question with regular expressions: among the chunks that match them first."""

import warnings
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np

from indexers.index import Index
from indexers.search.expression import Expression
from indexers.search.interfaces import Ids, Scored
from indexers.search.lexical_query import LexicalQuery
from indexers.search.scan import Scan, ScanLimits, matching_chunks, scan
from rag.retrieval.questions.patterns import SearchCutShort
from rag.retrieval.questions.query import Query
from rag.retrieval.ranking.signals import Signals
from rag.retrieval.searches import Searches, SearchResults

SCAN_LIMITS: Final = ScanLimits()
"""When a search stops reading: after a few seconds, or with more chunks than anybody looks at."""

_BEST: Final = 1_000  # hits of each search that are tried where not all texts were read


class MatchingSearches(Searches):
    """The searches for a question with regular expressions, one of whose texts must match them all.

    As long as there are more chunks that match than a search is asked for, only these are searched.
    """

    def __init__(self, index: Index, query: Query, documents: Sequence[int] | None) -> None:
        super().__init__(index, query, documents)
        expressions = [Expression(pattern) for pattern in query.patterns]
        self._only: Ids | None = None
        read = scan(index.catalog, index.lexical, expressions, documents, SCAN_LIMITS)
        self._matching = list(read.chunk_ids)
        if read.why_cut:
            best = {hit.chunk_id for hits in super().found(_BEST).by_search.values() for hit in hits}
            self._matching += matching_chunks(
                index.catalog, expressions, [*best.difference(self._matching)], SCAN_LIMITS.seconds
            )
        self._ids = frozenset(self._matching)
        if note := _note(read):
            warnings.warn(SearchCutShort(note), stacklevel=2)

    @cached_property
    def _sorted(self) -> Ids:
        return np.sort(np.array(self._matching, dtype=np.int64))

    def found(self, depth: int) -> SearchResults:
        """Return the best `depth` chunks of each search; none but those that match, if they are as many."""
        is_enough = len(self._matching) >= depth
        self._only = self._sorted if is_enough else None
        by_search = super().found(depth).by_search
        if is_enough:
            by_search = {
                name: [hit for hit in hits if hit.chunk_id in self._ids] for name, hits in by_search.items()
            }
        matching = [Scored(chunk_id, 1.0) for chunk_id in self._matching[:depth]]
        return SearchResults({**by_search, "matched": matching}, depth)

    def _by_words(self, query: LexicalQuery, depth: int) -> list[Scored]:
        if self._only is None:
            return super()._by_words(query, depth)
        scores = self._index.lexical.scores(query, self._only.tolist())
        best = sorted(scores, key=lambda chunk_id: (-scores[chunk_id], chunk_id))[:depth]
        return [Scored(chunk_id, scores[chunk_id]) for chunk_id in best]

    def _by_meaning(self, depth: int) -> list[Scored]:
        if self._only is None:
            return super()._by_meaning(depth)
        return self._index.dense.search(self._vector, depth, self._only)

    def signals(self, found: SearchResults) -> Signals:
        """Return the signals of all chunks that were found, and which of them match."""
        signals = super().signals(found)
        signals.matched = dict.fromkeys(self._ids & found.ids, 1.0)
        return signals


def _note(read: Scan) -> str:
    """Say what was not searched; nothing if everything was."""
    if read.why_cut:
        return (
            f"the regular expression was tried on {read.read:,} of {read.documents:,} files, and on the best "
            f"hits for the other words: {read.why_cut}; a filter narrows the search"
        )
    if read.unread:
        return f"the regular expression was not tried on {read.unread:,} chunks, which are too long for it"
    return ""
