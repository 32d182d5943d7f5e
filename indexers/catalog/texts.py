"""The texts of documents: how they are packed into the catalog, and how they and chunks are read from it.

A document's text and the signatures of its chunks are compressed together, because a signature usually
stands in the text a second time.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import zstandard

from corpora.document import Origin
from indexers.catalog.chunk_names import unpack_names
from indexers.catalog.database import Database
from indexers.catalog.schema import SPAN_FIELDS
from indexers.chunking.chunk import Chunk

# Level 6 packs source code 8 % smaller than level 3, at 100 MB/s a core.
_ZSTD_LEVEL = 6

# No document that we index has more: the largest files that are read are half as long.
_MAX_TEXT_BYTES = 64_000_000

_MAX_CHUNK_BYTES = 16_000_000  # of which nearly all would have to be blanks

_SEPARATOR = b"\0"  # ends each signature; signatures are single lines of text and never contain it


class StoredText(NamedTuple):
    """The text of a document and the signatures of its chunks, in UTF-8.

    `first_chunk_id` is the smallest id of its chunks, 0 if it has none: chunk ids of a document are
    consecutive, so `signatures[chunk_id - first_chunk_id]` belongs to `chunk_id`.
    """

    first_chunk_id: int
    signatures: list[bytes]
    text: bytes


class Texts:
    """Reads the texts of documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, document_id: int) -> bytes:
        """Return the text of a document, in UTF-8. Raises `IndexDamaged` if it has none."""
        for _, stored in self.read_many([document_id]):
            return stored.text
        raise self._database.damaged(f"document {document_id} is not there")

    def read_many(self, document_ids: Collection[int]) -> Iterator[tuple[int, StoredText]]:
        """Yield each document that exists with its text, one at a time: together they may be large.

        Raises `IndexDamaged` if a text cannot be unpacked.
        """
        sql = (
            "SELECT document_id, text_and_signatures, first_chunk_id, chunk_count "
            "FROM documents d LEFT JOIN texts USING (document_id) WHERE document_id IN"
        )
        for document_id, packed, first, count in self._database.rows_in(sql, [*document_ids]):
            try:
                stored = StoredText(first or 0, *unpack_text(packed or b"", count or 0))
            except ValueError as error:
                raise self._database.damaged(f"the text of document {document_id}: {error}") from error
            yield document_id, stored

    def put(self, document_id: int, packed: bytes, chunk_ids: Sequence[int] = ()) -> None:
        """Store the text of a document as `pack_text` made it, in place of the one before.

        `chunk_ids` are the ids of its chunks, which are consecutive.
        """
        sql = (
            "INSERT OR REPLACE INTO texts (document_id, first_chunk_id, chunk_count, text_and_signatures) "
            "VALUES (?, ?, ?, ?)"
        )
        first = chunk_ids[0] if chunk_ids else 0
        self._database.rows(sql, (document_id, first, len(chunk_ids), packed))


def pack_text(text: str, signatures: Sequence[str]) -> bytes:
    """Compress a document's text and the signatures of its chunks for storage.

    They are joined by zero bytes before: signature 0 signature 0 ... 0 text.
    """
    parts = [signature.encode().replace(_SEPARATOR, b"") for signature in signatures]
    # With its checksum: a text that was altered on the disk does not unpack.
    compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
    return compressor.compress(_SEPARATOR.join([*parts, text.encode()]))


def unpack_text(blob: bytes, signatures: int) -> tuple[list[bytes], bytes]:
    """Return the signatures and the text that `pack_text` was given, all in UTF-8.

    Args:
        blob: what `pack_text` returned.
        signatures: how many signatures it was given.

    Raises:
        ValueError: `blob` is anything else.
    """
    try:
        size = zstandard.frame_content_size(blob)
        if not 0 <= size <= _MAX_TEXT_BYTES:
            raise ValueError(f"it claims to unpack to {size} bytes")
        data = zstandard.decompress(blob, max_output_size=size)
        data.decode()  # checked once as a whole, so that parts can be decoded where they are needed
        *parts, text = data.split(_SEPARATOR, signatures)
    except (TypeError, MemoryError, zstandard.ZstdError) as error:
        raise ValueError(str(error)) from error
    if len(parts) != signatures:
        raise ValueError(f"{len(parts)} signatures for {signatures} chunks")
    return parts, text


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
