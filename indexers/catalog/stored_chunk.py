"""A chunk as the catalog stores it."""

from collections.abc import Sequence
from typing import Any

from corpora.document import Origin
from indexers.catalog.schema import SPAN_FIELDS
from indexers.catalog.texts import StoredText
from indexers.chunking.chunk import Chunk

_MAX_CHUNK_BYTES = 16_000_000  # of which nearly all would have to be blanks


def stored_chunk(
    chunk_id: int, columns: Sequence[Any], stored: StoredText, names: tuple[tuple[str, ...], bool]
) -> Chunk:
    """Make a chunk of its columns (the span, then the origin) and the text of its document.

    Raises `ValueError` if they do not fit together.
    """
    span = dict(zip(SPAN_FIELDS, columns, strict=False))
    start, end = span["start_byte"], span["end_byte"]
    if not 0 <= start <= end <= min(len(stored.text), start + _MAX_CHUNK_BYTES):
        raise ValueError("it is no part of its document")
    number = chunk_id - stored.first_chunk_id
    if not 0 <= number < len(stored.signatures):
        raise ValueError("its document does not know it")
    return Chunk(
        origin=Origin(*columns[len(SPAN_FIELDS) :]),
        text=stored.text[start:end].decode(),
        signature=stored.signatures[number].decode(),
        aliases=names[0],
        is_bare=names[1],
        **span,
    )
