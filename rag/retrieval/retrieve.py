"""Retrieve the chunks that answer a question: BM25 and vectors, fused and ranked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from indexers.index import Index
from indexers.search.interfaces import Scored
from rag.cancellation import end_if_cancelled
from rag.retrieval.candidates import CandidatePool, candidate_pools, first_pool
from rag.retrieval.hit import Hit, Signal
from rag.retrieval.questions.patterns import split_patterns
from rag.retrieval.questions.query import Query, read_query
from rag.retrieval.ranking.relation import closest_relation
from rag.retrieval.rerank import RERANK_DEPTH, rerank
from rag.retrieval.search_options import DEFAULT_SEARCH, SearchOptions
from rag.retrieval.unmatched_filter import nothing_passes
from rag.retrieval.versions import OneOfEach, asked_versions, excluded_versions, other_version
from rag.retrieval.wrapped_names import with_wrapped_names

# In the first of two stages: chunks whose scores count for a document, and documents that are kept.
_EVIDENCE, _DOCUMENTS = 3, 5


def retrieve(index: Index, query: str, k: int = 10, options: SearchOptions = DEFAULT_SEARCH) -> list[Hit]:
    """Return the `k` chunks that answer `query` best, best first.

    Chunks of equal score are ordered by corpus, path and position. Fewer hits are the first of more: the
    first ten are the same, in the same order, with the same scores, whether ten or a thousand are wanted.

    Args:
        index: the index to search.
        query: a question in words, a name, a piece of code or an error message; `re:PATTERN` in it is a
            regular expression, whose matches come first.
        k: maximum number of hits.
        options: which documents are searched, and how hits are ordered.

    Raises:
        NothingPasses: no document of the index passes the filter.
        IndexDamaged: a file of the index cannot be read.
        RagError: the reranker failed, or a regular expression is not understood.
        SearchCutShort: as a warning, if a regular expression was not tried on all texts.
    """
    end_if_cancelled()
    query, patterns = split_patterns(query, options.pattern)
    asked = asked_versions(index, query, options.filter)
    excluded = excluded_versions(index, asked, options.versions)
    documents = index.documents(replace(options.filter, excluded=excluded))
    if documents == [] and not options.filter.is_empty and not index.documents(options.filter):
        raise nothing_passes(index, options.filter)
    read = read_query(query, index.versions, coverage=index.encoder.coverage(query))
    read = with_wrapped_names(index, read)
    imports = frozenset(options.imports)
    read = replace(read, patterns=patterns, imports=imports, asks_commits=options.commits)
    if options.two_stage:
        documents = best_documents(index, read, documents)
        read = replace(read, compares_topics=False)  # that has chosen documents, and so their libraries
    depth = max(k, RERANK_DEPTH) if options.reranker else k
    hits = _related(_hits(index, candidate_pools(index, read, documents), depth, asked), read)
    return rerank(query, hits, options.reranker)[:k] if options.reranker else hits


def _hits(index: Index, gathered: Iterable[CandidatePool], k: int, asked: Mapping[str, str]) -> list[Hit]:
    """Make hits of the best `k` chunks; identical text in several versions is one hit."""
    hits: list[Hit] = []
    unique = OneOfEach(index)
    for pool in gathered if k > 0 else ():
        best = unique.first(pool.ranked, k - len(hits))
        hits += _hits_of_pool(index, pool, best, asked, len(hits))
        if len(hits) >= k:  # here, before a deeper pool is searched for
            break
    return hits


def _related(hits: list[Hit], query: Query) -> list[Hit]:
    """Note what each hit is to the name that the question asks for, if it asks for one."""
    names = [asked.name for asked in query.names if asked.is_certain]
    if not names:
        return hits
    return [replace(hit, relation=closest_relation(hit.chunk, names).kind) for hit in hits]


def _hits_of_pool(
    index: Index,
    pool: CandidatePool,
    best: Mapping[int, tuple[str, ...]],
    asked: Mapping[str, str],
    before: int,
) -> list[Hit]:
    """Make hits of chunks of one pool, given with the other versions of each; `before` rank higher."""
    by_id = {candidate.chunk_id: candidate for candidate in pool.ranked}
    lexical, dense = _signals(pool.lexical, best), _signals(pool.dense, best)
    chunks = index.chunks([*best])
    hashes = index.catalog.content_hashes([*best])
    twins = index.catalog.near_duplicate_paths([*best])
    return [
        Hit(
            chunks[chunk_id],
            by_id[chunk_id].score,
            rank,
            lexical.get(chunk_id),
            dense.get(chunk_id),
            hashes[chunk_id],
            also_at=twins.get(chunk_id, ()),
            also_in=elsewhere,
            asked_version=other_version(chunks[chunk_id].origin, asked, elsewhere),
            shares=tuple(by_id[chunk_id].shares.items()),
            similar_at=tuple(dict.fromkeys(by_id[chunk_id].variants)),
        )
        for rank, (chunk_id, elsewhere) in enumerate(best.items(), start=before + 1)
    ]


def best_documents(index: Index, query: Query, documents: Sequence[int] | None = None) -> list[int]:
    """Return the ids of the few documents whose best chunks together answer `query` best, sorted.

    This is the first stage of retrieval from manuals: Zhou et al. 2023, "DocPrompting", section 5.1.

    Args:
        index: the index to search.
        query: the question.
        documents: ids of the documents to choose from; None for all.
    """
    best: dict[int, list[float]] = {}
    for candidate in first_pool(index, query, documents).ranked:
        best.setdefault(candidate.facts.document_id, []).append(candidate.score)
    totals = {document: sum(found[:_EVIDENCE]) for document, found in best.items()}
    # The sort is stable: documents of equal totals keep the order of their best chunks.
    return sorted(sorted(totals, key=lambda document: -totals[document])[:_DOCUMENTS])


def _signals(found: Sequence[Scored], wanted: Collection[int]) -> dict[int, Signal]:
    """Return score and rank of those chunks in `found` that are `wanted`."""
    return {
        hit.chunk_id: Signal(hit.score, rank)
        for rank, hit in enumerate(found, start=1)
        if hit.chunk_id in wanted
    }
