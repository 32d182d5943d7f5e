"""Retrieve the chunks that answer a question: BM25 and vectors, fused and ranked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from indexers.index import Index
from indexers.search.interfaces import Scored
from rag.retrieval.hit import Hit, Signal
from rag.retrieval.query import Query, read_query
from rag.retrieval.rank import Candidate, rank
from rag.retrieval.rerank import RERANK_DEPTH, rerank
from rag.retrieval.search_options import DEFAULT_SEARCH, SearchOptions
from rag.retrieval.versions import asked_versions, excluded_versions, one_of_each, other_version

# Hits taken from each retriever before fusion: more cost time and change the first ten little.
_CANDIDATES = 100

# In the first of two stages: chunks whose scores count for a document, and documents that are kept.
_EVIDENCE, _DOCUMENTS = 3, 5


@dataclass(frozen=True, slots=True)
class _Found:
    """The chunks that each retriever returned, best first, and all of them ranked."""

    lexical: list[Scored]
    dense: list[Scored]
    ranked: list[Candidate]


def retrieve(index: Index, query: str, k: int = 10, options: SearchOptions = DEFAULT_SEARCH) -> list[Hit]:
    """Return the `k` chunks that answer `query` best, best first.

    Chunks of equal score are ordered by corpus, path and position.

    Args:
        index: the index to search.
        query: a question in words, a name, a piece of code or an error message.
        k: maximum number of hits.
        options: which documents are searched, and how hits are ordered.

    Raises:
        IndexDamaged: a file of the index cannot be read.
        RagError: the reranker failed.
    """
    asked = asked_versions(index, query, options.filter)
    excluded = excluded_versions(index, asked, options.versions)
    documents = index.documents(replace(options.filter, excluded=excluded))
    read = read_query(query, index.versions, coverage=index.encoder.coverage(query))
    if options.two_stage:
        documents = best_documents(index, read, documents)
    depth = max(k, RERANK_DEPTH) if options.reranker else k
    found = _search(index, read, documents, max(_CANDIDATES, depth))
    hits = _hits(index, found, depth, asked)
    return rerank(query, hits, options.reranker)[:k] if options.reranker else hits


def _hits(index: Index, found: _Found, k: int, asked: Mapping[str, str]) -> list[Hit]:
    """Make hits of the best `k` chunks; identical text in several versions is one hit."""
    several = {library for library, known in index.versions.items() if len(known) > 1}
    ranked = [candidate.chunk_id for candidate in found.ranked]
    best, elsewhere = ranked[:k], dict[int, tuple[str, ...]]()
    if any(candidate.facts.library in several for candidate in found.ranked[:k]):
        best, elsewhere = one_of_each(index, ranked, k)
    by_id = {candidate.chunk_id: candidate for candidate in found.ranked}
    lexical, dense = _signals(found.lexical, set(best)), _signals(found.dense, set(best))
    chunks = index.chunks(best)
    hashes = index.catalog.content_hashes(best)
    twins = index.catalog.near_duplicate_paths(best)
    return [
        Hit(
            chunks[chunk_id],
            by_id[chunk_id].score,
            rank,
            lexical.get(chunk_id),
            dense.get(chunk_id),
            hashes[chunk_id],
            also_at=twins.get(chunk_id, ()),
            also_in=elsewhere.get(chunk_id, ()),
            asked_version=other_version(chunks[chunk_id].origin, asked),
            shares=tuple(by_id[chunk_id].shares.items()),
        )
        for rank, chunk_id in enumerate(best, start=1)
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
    for candidate in _search(index, query, documents, _CANDIDATES).ranked:
        best.setdefault(candidate.facts.document_id, []).append(candidate.score)
    totals = {document: sum(found[:_EVIDENCE]) for document, found in best.items()}
    # The sort is stable: documents of equal totals keep the order of their best chunks.
    return sorted(sorted(totals, key=lambda document: -totals[document])[:_DOCUMENTS])


def _search(index: Index, query: Query, documents: Sequence[int] | None, depth: int) -> _Found:
    """Search both engines, each to `depth`, and rank what they found."""
    allowed = None if documents is None else index.catalog.chunk_ids(documents)
    vector = index.encoder.encode_query(query.question)
    lexical = index.lexical.search(query.tokens, depth, documents)
    dense = index.dense.search(vector, depth, allowed)
    facts = index.facts({hit.chunk_id for hit in (*lexical, *dense)})
    meaning = {hit.chunk_id: hit.score for hit in dense}
    # Chunks that only BM25 found need a cosine, too.
    meaning |= index.dense.scores(vector, [hit.chunk_id for hit in lexical if hit.chunk_id not in meaning])
    candidates = rank(query, {hit.chunk_id: hit.score for hit in lexical}, meaning, facts)

    def known(found: Sequence[Scored]) -> list[Scored]:
        # Ties are ordered by place: chunk ids only tell in which order chunks came into the index.
        return sorted(
            (hit for hit in found if hit.chunk_id in facts), key=lambda hit: (-hit.score, facts[hit.chunk_id])
        )

    return _Found(known(lexical), known(dense), candidates)


def _signals(found: Sequence[Scored], wanted: Collection[int]) -> dict[int, Signal]:
    """Return score and rank of those chunks in `found` that are `wanted`."""
    return {
        hit.chunk_id: Signal(hit.score, rank)
        for rank, hit in enumerate(found, start=1)
        if hit.chunk_id in wanted
    }
