"""Keep what an open index has read of its chunks: questions meet the same ones, again and again."""

from sys import getsizeof
from typing import Final

from indexers.bulk_cache import BulkCache
from indexers.catalog.catalog import Catalog, ChunkFacts
from indexers.chunking.chunk import Chunk

FactsCache = BulkCache[int, ChunkFacts]
ChunkCache = BulkCache[int, Chunk]

_FACTS_KEPT: Final = 50_000  # about 20 MB
_CHUNK_BYTES_KEPT: Final = 20_000_000
_BYTES_BESIDE_TEXT: Final = 1_500  # of a chunk: what is known of it, and of its document


def facts_cache(catalog: Catalog) -> FactsCache:
    """Return a cache of what ranking needs of each chunk."""
    return FactsCache(catalog.facts, _FACTS_KEPT)


def chunk_cache(catalog: Catalog) -> ChunkCache:
    """Return a cache of chunks. It raises `IndexDamaged` if a text is damaged."""
    return ChunkCache(catalog.chunks, _CHUNK_BYTES_KEPT, _bytes_of)


def _bytes_of(chunk: Chunk) -> int:
    return getsizeof(chunk.text) + _BYTES_BESIDE_TEXT
