"""A chunk as the catalog stores it."""

from collections.abc import Sequence
from typing import Any

from corpora.document import Origin
from indexers.catalog.chunk_names import unpack_names
from indexers.catalog.schema import SPAN_FIELDS
from indexers.catalog.texts import StoredText
from indexers.chunking.chunk import Chunk

_MAX_CHUNK_BYTES = 16_000_000  # of which nearly all would have to be blanks


def stored_chunk(
    chunk_id: int, columns: Sequence[Any], stored: StoredText, aliases: tuple[tuple[str, ...], bool]
) -> Chunk:
    """Make a chunk of its columns (its names, the span, then the origin) and the text of its document.

    Raises `ValueError` if they do not fit together.
    """
    names, *rest = columns
    span = dict(zip(SPAN_FIELDS, rest, strict=False))
    start, end = span["start_byte"], span["end_byte"]
    if not 0 <= start <= end <= min(len(stored.text), start + _MAX_CHUNK_BYTES):
        raise ValueError("it is no part of its document")
    number = chunk_id - stored.first_chunk_id
    if not 0 <= number < len(stored.signatures):
        raise ValueError("its document does not know it")
    return Chunk(
        origin=Origin(*rest[len(SPAN_FIELDS) :]),
        text=stored.text[start:end].decode(),
        signature=stored.signatures[number].decode(),
        aliases=aliases[0],
        is_bare=aliases[1],
        names=unpack_names(names, span["symbol"]),
        **span,
    )
