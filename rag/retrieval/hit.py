"""The record of a retrieved chunk: what was found, how well, and by which retriever."""

from dataclasses import dataclass

from indexers.chunking.document import Chunk


@dataclass(frozen=True, slots=True)
class Signal:
    """What one retriever said of a chunk: its own score, higher is better, and its 1-based rank."""

    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that answers a query, with its final score and 1-based rank.

    `lexical` and `dense` are what the two retrievers said; None where one did not return the chunk.
    `content_hash` is that of the file as it was indexed; `is_stale` says whether the file has changed
    since, None where nobody has looked (see `check_freshness`). `also_at` are the paths of near-duplicates
    of the file: they are not indexed by themselves. `also_in` are other versions of the library whose
    documentation says the same, and `asked_version` is the one that was asked for where this is another.
    `shares` are what each signal gave to the score, or took; they add up to it. `reranked` is what a
    reranker said, None where none was asked (see `rerank`).
    """

    chunk: Chunk
    score: float
    rank: int
    lexical: Signal | None = None
    dense: Signal | None = None
    content_hash: str = ""
    is_stale: bool | None = None
    also_at: tuple[str, ...] = ()
    also_in: tuple[str, ...] = ()
    asked_version: str = ""
    shares: tuple[tuple[str, float], ...] = ()
    reranked: Signal | None = None
