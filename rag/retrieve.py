"""From a question to the chunks that answer it: BM25 and vectors, fused."""

from collections.abc import Mapping, Sequence

from indexers.catalog import Place
from indexers.encoders import Passage
from indexers.filter import Filter
from indexers.index import Index
from indexers.lexical import Scored
from indexers.tokens import query_tokens
from rag.fuse import reciprocal_rank_fusion
from rag.hit import Hit, Signal

# How deep each retriever is read before fusion. Deeper costs time and changes the first ten little.
_CANDIDATES = 100

# What a rank among the dense results counts, a lexical one counting 1: ablation in bench/RESULTS.md.
# A name is meant to the letter: there the vectors only fill up what the words leave open.
_DENSE_WEIGHT, _DENSE_WEIGHT_FOR_NAMES = 1.0, 0.01


def retrieve(index: Index, query: str, k: int = 10, *, filter: Filter = Filter()) -> list[Hit]:  # noqa: B008
    """The `k` chunks that answer `query` best, best first; ties go by corpus, path and position.

    Args:
        index: where to look.
        query: a question in words, a name, a piece of code or an error message.
        k: how many hits at the most.
        filter: only documents that pass it.
    """
    tokens = query_tokens(query)
    documents = index.documents(filter)
    allowed = None if documents is None else index.catalog.chunk_ids(documents)
    depth = max(_CANDIDATES, k)
    lexical = index.lexical.search(tokens, depth, documents)
    dense = index.dense.search(index.encoder.encode_query(Passage(query, tokens)), depth, allowed)
    places = index.catalog.places([hit.chunk_id for hit in (*lexical, *dense)])
    lexical, dense = in_order(lexical, places), in_order(dense, places)
    weight = _DENSE_WEIGHT_FOR_NAMES if is_name(query) else _DENSE_WEIGHT
    scores = reciprocal_rank_fusion([(ranked(lexical), 1.0), (ranked(dense), weight)])
    best = sorted(scores, key=lambda chunk_id: (-scores[chunk_id], places[chunk_id]))[:k]
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
