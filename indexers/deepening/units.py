"""The units of documentation that are deepened: their texts by hash, and the most used first."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np

from indexers.catalog.catalog import Catalog
from indexers.chunking.chunk import Chunk
from indexers.encoders import EncoderPassage, Parts
from indexers.encoders.api_popularity import builtin_usage
from indexers.encoders.compact.encoder import passage_text
from indexers.encoders.table import Floats
from indexers.search.deep_index import Hashes
from indexers.search.fields import encoder_text
from indexers.search.interfaces import Ids

_HASH_BYTES: Final = 8
_DOCUMENTS_AT_ONCE: Final = 64


class UnitTexts(NamedTuple):
    """Units of documentation: ids of their chunks, ascending, hashes of their texts, shares of their use."""

    chunks: Ids
    hashes: Hashes
    shares: Floats


def text_hash(text: str) -> int:
    """Return the hash of what the transformer reads of a unit."""
    return int.from_bytes(blake2b(text.encode(), digest_size=_HASH_BYTES).digest(), "little")


def unit_text(chunk: Chunk) -> str:
    """Return what the transformer reads of a unit: its name and the first 200 characters of its text."""
    return passage_text(encoder_text(chunk))


def passages(texts: Sequence[str]) -> list[EncoderPassage]:
    """Return what `unit_text` made as an encoder takes it."""
    return [EncoderPassage(text, Parts()) for text in texts]


def documented_units(catalog: Catalog) -> UnitTexts:
    """Return all units of documentation of an index. Raises `IndexDamaged` if a text cannot be read."""
    usage = builtin_usage()
    chunks: list[int] = []
    hashes: list[int] = []
    shares: list[float] = []
    for units in _units(catalog):
        used = usage.shares(chunk.symbol for chunk in units.values())
        chunks += units
        hashes += [text_hash(unit_text(chunk)) for chunk in units.values()]
        shares += [used[chunk.symbol] for chunk in units.values()]
    order = np.argsort(np.array(chunks, dtype=np.int64))
    return UnitTexts(
        np.array(chunks, dtype=np.int64)[order],
        np.array(hashes, dtype=np.uint64)[order],
        np.array(shares, dtype=np.float32)[order],
    )


def _units(catalog: Catalog) -> Iterator[dict[int, Chunk]]:
    """Yield the chunks of documentation by id, those of some documents at a time."""
    documents = catalog.census.documentation_ids()
    for first in range(0, len(documents), _DOCUMENTS_AT_ONCE):
        some = documents[first : first + _DOCUMENTS_AT_ONCE]
        yield catalog.chunks(catalog.chunk_ids(some).tolist())
