"""Gather the candidates for an answer: pools whose depths do not depend on how many hits are wanted.

The score of a chunk depends on what it competes with: a deeper pool has another best score, other evidence
for its files and more repetitions. So the first pool always has the same depth, and whoever wants more hits
gets those of deeper pools behind it. The first hits are thus the same, in the same order, however many are
wanted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from indexers.catalog.catalog import ChunkFacts
from indexers.index import Index
from indexers.search.interfaces import Scored
from rag.retrieval.commit_messages import history_fit
from rag.retrieval.libraries_meant import likely_libraries
from rag.retrieval.questions.query import Query
from rag.retrieval.ranking.rank import Candidate, rank
from rag.retrieval.searches import Searches

_DEPTH: Final = (
    100  # hits of each retriever in the first pool: more cost time and change the first ten little
)
_GROWTH: Final = 4  # each further pool is that many times as deep
_BEHIND: Final = "behind"  # share by which a candidate of a deeper pool stays behind those before it


@dataclass(frozen=True, slots=True)
class CandidatePool:
    """What both retrievers returned, best first, and the candidates that no pool before had, ranked."""

    lexical: list[Scored]
    dense: list[Scored]
    ranked: list[Candidate]


def first_pool(index: Index, query: Query, documents: Sequence[int] | None) -> CandidatePool:
    """Return the first pool, in which nearly every search finds enough."""
    return next(candidate_pools(index, query, documents))


def candidate_pools(index: Index, query: Query, documents: Sequence[int] | None) -> Iterator[CandidatePool]:
    """Yield pools, each deeper than the one before, until both retrievers have nothing more.

    Args:
        index: the index to search.
        query: the question.
        documents: ids of the documents that may be found; None for all.
    """
    searches = _searches(index, query, documents)
    seen: set[int] = set()
    lowest = inf
    depth = _DEPTH
    while True:
        found = searches.found(depth)
        facts = index.facts(found.ids)
        signals = searches.signals(found)
        signals.libraries = likely_libraries(index, query, searches.vector, facts)
        signals.history = history_fit(index, query, facts)
        candidates = rank(query, signals, facts)
        new = [candidate for candidate in candidates if candidate.chunk_id not in seen]
        for candidate in new:
            candidate.lower_to(lowest, _BEHIND)
        yield CandidatePool(
            _by_place(found.by_search["words"], facts), _by_place(found.by_search["meaning"], facts), new
        )
        if found.is_all:
            return
        seen.update(candidate.chunk_id for candidate in new)
        lowest = min([lowest, *(candidate.score for candidate in new)])
        depth *= _GROWTH


def _searches(index: Index, query: Query, documents: Sequence[int] | None) -> Searches:
    if not query.patterns:
        return Searches(index, query, documents)
    from rag.retrieval.matching_searches import MatchingSearches  # few questions hold a pattern

    return MatchingSearches(index, query, documents)


def _by_place(found: Sequence[Scored], facts: Mapping[int, ChunkFacts]) -> list[Scored]:
    """Order chunks of equal score by place: their ids only tell in which order they came into the index."""
    known = [hit for hit in found if hit.chunk_id in facts]
    return sorted(known, key=lambda hit: (-hit.score, facts[hit.chunk_id]))
