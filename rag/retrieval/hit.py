"""Records of retrieved chunks: what was found, with which score, by which retriever."""

from dataclasses import dataclass

from indexers.chunking.chunk import Chunk


@dataclass(frozen=True, slots=True)
class Signal:
    """Score and rank that one retriever gave to a chunk: higher scores are better, ranks start at 1."""

    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was retrieved for a query.

    Args:
        chunk: the chunk, with its source.
        score: final score, higher is better; comparable only among the hits of one search.
        rank: 1 for the best hit.
        lexical: score and rank of BM25; None if it did not return the chunk.
        dense: score and rank of the vector search; None if it did not return the chunk.
        content_hash: hash of the file when it was indexed.
        is_stale: whether the file has changed since; None if nobody looked (see `check_freshness`).
        also_at: paths of near-duplicates of the file, which are not indexed themselves.
        similar_at: places of its variants, named by what differs, such as `v3/` (see `siblings`).
        also_in: other versions of the library whose documentation has the same text.
        asked_version: the version that was asked for, if this is the documentation of another.
        shares: what each signal added to the score, or took from it; they sum to the score.
        reranked: score and rank of the reranker; None if there was none (see `rerank`).
        relation: what the chunk is to the name that the question asks for (`defines`, `declares`,
            `re-exports`, `documents`, `uses`); empty if it asks for none, or the chunk does not have it.
    """

    chunk: Chunk
    score: float
    rank: int
    lexical: Signal | None = None
    dense: Signal | None = None
    content_hash: str = ""
    is_stale: bool | None = None
    also_at: tuple[str, ...] = ()
    similar_at: tuple[str, ...] = ()
    also_in: tuple[str, ...] = ()
    asked_version: str = ""
    shares: tuple[tuple[str, float], ...] = ()
    reranked: Signal | None = None
    relation: str = ""
