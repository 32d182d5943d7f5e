"""The texts of chunks as regular expressions are matched with them, in the order of their places."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from corpora.document import ContentKind
from indexers.catalog.database import Database
from indexers.catalog.schema import CHUNKS_OF_TEXTS
from indexers.catalog.texts import StoredText, Texts

_AT_ONCE = 32  # documents whose texts are held together, so that they are read in few statements


class ChunkSpan(NamedTuple):
    """Where a chunk stands in the text of its document, in bytes from 0, the end excluded."""

    start: int
    end: int
    chunk_id: int


@dataclass(frozen=True, slots=True)
class DocumentPassages:
    """The text of a document, in UTF-8, and its chunks in their order.

    A unit of documentation has its signature beside its text; a pattern is matched with both.
    """

    stored: StoredText
    spans: tuple[ChunkSpan, ...]
    is_page: bool

    def text(self, span: ChunkSpan) -> bytes:
        """Return what a pattern is matched with: the text of a chunk, below its signature if it has one."""
        text = self.stored.text[span.start : span.end]
        number = span.chunk_id - self.stored.first_chunk_id
        if not self.is_page or not 0 <= number < len(self.stored.signatures):
            return text
        signature = self.stored.signatures[number]
        return signature + b"\n" + text if signature else text


class Passages:
    """Reads the texts of chunks."""

    def __init__(self, database: Database, texts: Texts) -> None:
        self._database, self._texts = database, texts

    def documents(self, among: Collection[int] | None = None) -> dict[int, ContentKind]:
        """Return the documents that have chunks (of these, if given), by corpus and path, and their kinds."""
        sql = (
            "SELECT document_id, d.kind FROM documents d JOIN corpora c USING (corpus_id) "
            "WHERE reason = '' AND twin_of IS NULL ORDER BY c.name, path, document_id"
        )
        wanted = None if among is None else set(among)
        return {one: kind for one, kind in self._database.rows(sql) if wanted is None or one in wanted}

    def documents_of(self, chunk_ids: Sequence[int]) -> set[int]:
        """Return the ids of the documents of these chunks."""
        sql = "SELECT DISTINCT document_id FROM chunks WHERE chunk_id IN"
        return {one for (one,) in self._database.rows_in(sql, chunk_ids)}

    def texts(self, document_ids: Sequence[int]) -> Iterator[tuple[int, StoredText]]:
        """Yield these documents with their texts, in this order. Raises `IndexDamaged`."""
        for first in range(0, len(document_ids), _AT_ONCE):
            some = document_ids[first : first + _AT_ONCE]
            texts = dict(self._texts.read_many(some))
            yield from ((one, texts[one]) for one in some if one in texts)

    def of(self, document_id: int, stored: StoredText) -> DocumentPassages:
        """Return the passages of a document whose text was read."""
        sql = (
            f"SELECT start_byte, end_byte, chunk_id, kind FROM {CHUNKS_OF_TEXTS} "
            "JOIN documents USING (document_id) WHERE document_id = ?"
        )
        rows = self._database.rows(sql, (document_id,))
        spans = sorted(ChunkSpan(*row[:3]) for row in rows)
        return DocumentPassages(stored, tuple(spans), any(row[3] == "docs" for row in rows))
