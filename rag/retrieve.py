"""From a question to the chunks that answer it: BM25 and vectors, fused."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from indexers.catalog import Place
from indexers.encoders import Passage
from indexers.filter import Filter
from indexers.index import Index
from indexers.lexical import Scored
from indexers.tokens import query_tokens
from rag.fuse import reciprocal_rank_fusion
from rag.hit import Hit, Signal
from rag.versions import Versions, asked_versions, excluded_versions, one_of_each, other_version

# How deep each retriever is read before fusion. Deeper costs time and changes the first ten little.
_CANDIDATES = 100

# In the first of two stages: chunks whose scores speak for a document, and documents that are kept.
_EVIDENCE, _DOCUMENTS = 3, 5

# What a rank among the dense results counts, a lexical one counting 1: ablation in bench/RESULTS.md.
# A name is meant to the letter: there the vectors only fill up what the words leave open.
_DENSE_WEIGHT, _DENSE_WEIGHT_FOR_NAMES = 1.0, 0.01


def retrieve(
    index: Index,
    query: str,
    k: int = 10,
    *,
    filter: Filter = Filter(),  # noqa: B008
    two_stage: bool = False,
    versions: Versions = "prefer",
) -> list[Hit]:
    """The `k` chunks that answer `query` best, best first; ties go by corpus, path and position.

    Args:
        index: where to look.
        query: a question in words, a name, a piece of code or an error message.
        k: how many hits at the most.
        filter: only documents that pass it.
        two_stage: first the documents that answer best as a whole, then the chunks of these; for
            manuals, where the command has to be right before its option can be.
        versions: what to do with documentation of other versions than the question, or the last
            `sync_docs`, asks for (see `Versions`).
    """
    asked = asked_versions(index, query, filter)
    documents = index.documents(replace(filter, excluded=excluded_versions(index, asked, versions)))
    if two_stage:
        documents = best_documents(index, query, documents)
    lexical, dense, scores, places = _rank(index, query, documents, max(_CANDIDATES, k))
    best = sorted(scores, key=lambda chunk_id: (-scores[chunk_id], places[chunk_id]))
    has_versions = any(len(known) > 1 for known in index.versions.values())
    best, elsewhere = one_of_each(index, best, k) if has_versions else (best[:k], {})
    chunks = index.chunks(best)
    hashes = index.catalog.content_hashes(best)
    twins = index.catalog.twin_paths(best)
    by_words, by_meaning = signals(lexical), signals(dense)
    return [
        Hit(
            chunks[chunk_id],
            scores[chunk_id],
            rank,
            by_words.get(chunk_id),
            by_meaning.get(chunk_id),
            hashes[chunk_id],
            also_at=twins.get(chunk_id, ()),
            also_in=elsewhere.get(chunk_id, ()),
            asked_version=other_version(chunks[chunk_id].origin, asked),
        )
        for rank, chunk_id in enumerate(best, start=1)
    ]


def is_name(query: str) -> bool:
    """Whether `query` is a single word: `read_csv`, `os.path.join`, `Vec::push`."""
    return len(query.split()) == 1


def in_order(found: Sequence[Scored], places: Mapping[int, Place]) -> list[Scored]:
    """Best first, ties by place: the ids of chunks tell in what order they came into the index.

    A chunk that the catalog does not know is damage, for `rag verify` to tell; it answers nothing.
    """
    known = [hit for hit in found if hit.chunk_id in places]
    return sorted(known, key=lambda hit: (-hit.score, places[hit.chunk_id]))


def ranked(found: Sequence[Scored]) -> list[int]:
    """Chunk ids in order."""
    return [hit.chunk_id for hit in found]


def signals(found: Sequence[Scored]) -> dict[int, Signal]:
    """Score and rank of each chunk."""
    return {hit.chunk_id: Signal(hit.score, rank) for rank, hit in enumerate(found, start=1)}


class _Ranking(NamedTuple):
    """What both retrievers found, in order, the fused scores, and where each chunk stands."""

    lexical: list[Scored]
    dense: list[Scored]
    scores: dict[int, float]
    places: dict[int, Place]


def _rank(index: Index, query: str, documents: Sequence[int] | None, depth: int) -> _Ranking:
    tokens = query_tokens(query)
    allowed = None if documents is None else index.catalog.chunk_ids(documents)
    lexical = index.lexical.search(tokens, depth, documents)
    dense = index.dense.search(index.encoder.encode_query(Passage(query, tokens)), depth, allowed)
    places = index.catalog.places([hit.chunk_id for hit in (*lexical, *dense)])
    lexical, dense = in_order(lexical, places), in_order(dense, places)
    weight = _DENSE_WEIGHT_FOR_NAMES if is_name(query) else _DENSE_WEIGHT
    scores = reciprocal_rank_fusion([(ranked(lexical), 1.0), (ranked(dense), weight)])
    return _Ranking(lexical, dense, scores, places)


def best_documents(index: Index, query: str, documents: Sequence[int] | None = None) -> list[int]:
    """The few of `documents` (of all for None) whose best chunks together answer `query` best.

    The first stage of retrieval from manuals: Zhou et al. 2023, "DocPrompting", section 5.1.
    """
    _, _, scores, places = _rank(index, query, documents, _CANDIDATES)
    document_of = index.catalog.documents_of(list(scores))
    best: dict[int, list[float]] = {}
    for chunk_id in sorted(scores, key=lambda chunk_id: (-scores[chunk_id], places[chunk_id])):
        best.setdefault(document_of[chunk_id], []).append(scores[chunk_id])
    totals = {document: sum(found[:_EVIDENCE]) for document, found in best.items()}
    # (a stable sort: documents of equal totals in the order of their best chunks)
    return sorted(sorted(totals, key=lambda document: -totals[document])[:_DOCUMENTS])
