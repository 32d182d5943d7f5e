"""The catalog: the SQLite database that everything else in an index can be derived from."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpora.document import ContentKind, Document, FileRole, Listed, Origin, Skipped
from corpora.spec import CorpusSpec
from indexers.catalog.aliases import UNKNOWN, Aliases
from indexers.catalog.bands import Bands
from indexers.catalog.census import Census
from indexers.catalog.chunk_names import unpack_names
from indexers.catalog.database import Database, ReaderNames
from indexers.catalog.embeddings import Embeddings
from indexers.catalog.entry import CatalogEntry
from indexers.catalog.filter import Filter
from indexers.catalog.imports import Imports
from indexers.catalog.schema import (
    BAND_COLUMNS,
    CHUNKS_OF_TEXTS,
    ORIGIN_FIELDS,
    SPAN_FIELDS,
    Known,
    quoted,
    read_spec,
    write_spec,
)
from indexers.catalog.texts import Texts, pack_text, stored_chunk
from indexers.chunking.chunk import Chunk, ChunkName

_ITEM_COLUMNS = ("corpus_id", "item", "size_bytes", "stamp", "content_hash", "reason", "detail", "method")
_DOCUMENT_COLUMNS = (*_ITEM_COLUMNS, *ORIGIN_FIELDS, "line_count", *BAND_COLUMNS)


class ChunkFacts(NamedTuple):
    """The properties of a chunk that ranking needs.

    Facts compare by place, corpus first, which decides between hits of equal score.
    """

    corpus: str
    path: str
    start_byte: int
    document_id: int
    kind: ContentKind
    library: str
    symbol: str
    start_line: int
    end_line: int
    aliases: tuple[str, ...] = ()
    is_bare: bool = False
    role: FileRole = "code"
    names: tuple[ChunkName, ...] = ()
    version: str = ""


class Catalog:
    """The corpora, documents and chunks of an index, in one database.

    `database` holds the connection: its transactions decide what is seen and what is kept. `census`
    counts, `texts` reads texts, `bands` looks up near-duplicates, `embeddings` keeps costly vectors.
    """

    def __init__(self, path: Path | None, *, create: bool = False, names: ReaderNames = None) -> None:
        """Open the catalog at `path`, or one in memory for None; `names` as for a `Database`.

        Raises `IndexDamaged` if it is no whole catalog, `RagError` if the system does not let us read it,
        `IndexIncompatible` if another format version wrote it.
        """
        self.database = Database(path, create=create, names=names)
        self.census = Census(self.database)
        self.texts = Texts(self.database)
        self.bands = Bands(self.database)
        self.embeddings = Embeddings(self.database)
        self.aliases = Aliases(self.database)
        self.imports = Imports(self.database)

    def close(self) -> None:
        """Close the database; what was not committed is lost."""
        self.database.close()

    def remember(self, key: str, value: str) -> None:
        """Store a fact about the index in a transaction of its own."""
        with self.database.transaction():
            self.database.set_meta(key, value)
        self.database.shrink_log()

    # -- corpora --------------------------------------------------------------------------------

    def corpora(self) -> dict[int, CorpusSpec]:
        """Return the specifications of all corpora by their id."""
        rows = self.database.rows("SELECT corpus_id, spec FROM corpora ORDER BY corpus_id")
        try:
            return {corpus_id: read_spec(spec) for corpus_id, spec in rows}
        except ValueError as error:
            raise self.database.damaged(str(error)) from error

    def put_corpus(self, spec: CorpusSpec) -> int:
        """Store `spec` under its name, in place of the one before, and return the id of the corpus."""
        sql = (
            "INSERT INTO corpora (name, spec) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET spec = excluded.spec"
        )
        self.database.rows(sql, (spec.name, write_spec(spec)))
        found = self.database.rows("SELECT corpus_id FROM corpora WHERE name = ?", (spec.name,))
        return int(found[0][0])

    def remove_corpus(self, corpus_id: int) -> None:
        """Delete a corpus whose documents have been removed."""
        for table in ("corpora", "history"):
            self.database.rows(f"DELETE FROM {table} WHERE corpus_id = ?", (corpus_id,))

    # -- documents ------------------------------------------------------------------------------

    def known(self, corpus_id: int) -> dict[str, Known]:
        """Return what is stored of each item of a corpus, by its path in the corpus."""
        sql = "SELECT item, document_id, stamp, content_hash, reason FROM documents WHERE corpus_id = ?"
        return {row[0]: Known(*row[1:]) for row in self.database.rows(sql, (corpus_id,))}

    def indexed_size(self, corpus: str, item: str) -> int | None:
        """Return the size in bytes of an item when it was indexed; None if it is not known."""
        sql = "SELECT size_bytes FROM documents JOIN corpora USING (corpus_id) WHERE name = ? AND item = ?"
        rows = self.database.rows(sql, (corpus, item))
        return int(rows[0][0]) if rows else None

    def touch(self, document_id: int, listed: Listed) -> None:
        """Store the new stamp of an item whose content did not change."""
        self.database.rows(
            "UPDATE documents SET stamp = ? WHERE document_id = ?", (listed.stamp, document_id)
        )

    def put_skipped(self, corpus_id: int, skipped: Skipped, stamp: str = "") -> None:
        """Store that an item was left out, and why."""
        row = (corpus_id, skipped.path, skipped.size_bytes, stamp, "", skipped.reason, skipped.detail, "")
        self._insert_document(row, Origin("", skipped.path, "", "code"))

    def put_document(
        self, corpus_id: int, entry: CatalogEntry, leader: int | None = None
    ) -> tuple[int, list[int]]:
        """Store a document and its chunks, and return the ids of both.

        With `leader`, the document is stored as its near-duplicate, without chunks.
        """
        listed, document, chunking = entry.listed, entry.document, entry.chunking
        row = (
            corpus_id,
            listed.path,
            listed.size_bytes,
            listed.stamp,
            document.content_hash,
            "",
            chunking.note,
            chunking.method,
        )
        document_id = self._insert_document(row, document.origin, entry.bands)
        self.imports.put(document_id, entry.imports)
        if leader is None:
            return document_id, self.put_chunks(document_id, chunking.chunks, entry.text, entry.names)
        self.make_near_duplicate(document_id, leader, entry.unpacked_text())
        return document_id, []

    def put_chunks(
        self, document_id: int, chunks: Sequence[Chunk], text: bytes, names: Sequence[str]
    ) -> list[int]:
        """Store the chunks of a document and return their ids, which are consecutive.

        `text` is the text of the document with the signatures of these chunks, as `pack_text` made it; the
        texts of the chunks themselves are not read. `names` are those of each chunk, as `packed_names` made
        them.
        """
        self.database.rows("UPDATE documents SET twin_of = NULL WHERE document_id = ?", (document_id,))
        last = self.database.rows("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'")
        first = (last[0][0] if last else 0) + 1
        chunk_ids = list(range(first, first + len(chunks)))
        self.texts.put(document_id, text, chunk_ids)
        spans = ([getattr(chunk, name) for name in SPAN_FIELDS] for chunk in chunks)
        rows = (
            (chunk_id, document_id, own, *span)
            for chunk_id, own, span in zip(chunk_ids, names, spans, strict=True)
        )
        self.database.run_many(_insert("chunks", ("chunk_id", "document_id", "names", *SPAN_FIELDS)), rows)
        self.aliases.put(chunk_ids, chunks)
        return chunk_ids

    def make_near_duplicate(self, document_id: int, leader: int, text: str) -> list[int]:
        """Keep a document without chunks, as a near-duplicate of `leader`; return the ids its chunks had."""
        chunk_ids: list[int] = self.chunk_ids([document_id]).tolist()
        self._remove_chunks(chunk_ids)
        self.texts.put(document_id, pack_text(text, []))
        self.database.rows("UPDATE documents SET twin_of = ? WHERE document_id = ?", (leader, document_id))
        return chunk_ids

    def _insert_document(self, item: tuple[object, ...], origin: Origin, bands: tuple[int, ...] = ()) -> int:
        """Insert a row of documents and return its id; `item` are the values of `_ITEM_COLUMNS`."""
        values = (*item, *astuple(origin)[1:], *(bands or (None,) * (1 + len(BAND_COLUMNS))))
        sql = f"{_insert('documents', _DOCUMENT_COLUMNS)} RETURNING document_id"
        return int(self.database.rows(sql, values)[0][0])

    def remove_document(self, document_id: int) -> list[int]:
        """Delete a document and its chunks, and return the ids that these had."""
        chunk_ids: list[int] = self.chunk_ids([document_id]).tolist()
        self._remove_chunks(chunk_ids)
        self.imports.remove(document_id)
        for table in ("texts", "documents"):
            self.database.rows(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
        return chunk_ids

    def _remove_chunks(self, chunk_ids: Sequence[int]) -> None:
        self.aliases.remove(chunk_ids)
        self.database.run_many("DELETE FROM chunks WHERE chunk_id = ?", ((one,) for one in chunk_ids))

    def documents_matching(self, wanted: Filter) -> list[int]:
        """Return the ids of the documents that pass the filter, ascending.

        A document with near-duplicates passes if one of them does.
        """
        condition, values = wanted.sql()
        sql = (
            "SELECT coalesce(twin_of, document_id), c.name, d.path, d.licence "
            "FROM documents d JOIN corpora c USING (corpus_id) "
            f"WHERE reason = '' AND {condition}"
        )
        takes, permits = wanted.path_test(), wanted.licence_test()
        rows = self.database.rows(sql, values)
        passing = {row[0] for row in rows if takes(row[1], row[2]) and permits(row[3])}
        return sorted(passing)

    def chunk_ids(self, document_ids: Sequence[int] | None = None) -> NDArray[np.int64]:
        """Return the ids of the chunks of these documents (of all for None), ascending."""
        if document_ids is None:
            rows: Iterable[tuple[int]] = self.database.rows("SELECT chunk_id FROM chunks")
        else:
            sql = f"SELECT chunk_id FROM {CHUNKS_OF_TEXTS} WHERE document_id IN"
            rows = self.database.rows_in(sql, document_ids)
        return np.sort(np.fromiter((row[0] for row in rows), dtype=np.int64))

    def facts(self, chunk_ids: Collection[int]) -> dict[int, ChunkFacts]:
        """Return what ranking needs of each of these chunks that exists."""
        sql = (
            "SELECT chunk_id, names, role, version, c.name, d.path, start_byte, document_id, d.kind, "
            "library, symbol, start_line, end_line FROM chunks JOIN documents d USING (document_id) "
            "JOIN corpora c USING (corpus_id) WHERE chunk_id IN"
        )
        aliases = self.aliases.of(chunk_ids)
        found: dict[int, ChunkFacts] = {}
        for chunk_id, stored, role, version, *facts in self.database.rows_in(sql, [*chunk_ids]):
            try:
                names = unpack_names(stored, facts[6])
            except ValueError as error:
                raise self.database.damaged(f"chunk {chunk_id}: {error}") from error
            found[chunk_id] = ChunkFacts(*(*facts, *aliases.get(chunk_id, UNKNOWN), role, names, version))
        return found

    def content_hashes(self, chunk_ids: Sequence[int]) -> dict[int, str]:
        """Return, for each chunk, the hash of its file as it was indexed."""
        sql = "SELECT chunk_id, content_hash FROM chunks JOIN documents USING (document_id) WHERE chunk_id IN"
        return dict(self.database.rows_in(sql, chunk_ids))

    def chunks(self, chunk_ids: Collection[int]) -> dict[int, Chunk]:
        """Return those of these chunks that exist. Raises `IndexDamaged` if a text cannot be unpacked."""
        spans = ", ".join(f"chunks.{name}" for name in SPAN_FIELDS)
        sql = (
            f"SELECT chunk_id, document_id, names, {spans}, c.name, {_ORIGIN} FROM chunks "
            "JOIN documents d USING (document_id) JOIN corpora c USING (corpus_id) WHERE chunk_id IN"
        )
        by_document: dict[int, list[tuple[Any, ...]]] = {}
        for row in self.database.rows_in(sql, [*chunk_ids]):
            by_document.setdefault(row[1], []).append(row)
        found: dict[int, Chunk] = {}
        aliases = self.aliases.of(chunk_ids)
        for document_id, stored in self.texts.read_many(by_document):
            for chunk_id, _, *columns in by_document[document_id]:
                try:
                    found[chunk_id] = stored_chunk(chunk_id, columns, stored, aliases.get(chunk_id, UNKNOWN))
                except ValueError as error:
                    raise self.database.damaged(f"chunk {chunk_id}: {error}") from error
        return found

    def near_duplicate_paths(self, chunk_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Return, for each chunk whose document has near-duplicates, their paths, ascending."""
        sql = (
            "SELECT chunk_id, twin.path FROM chunks "
            "JOIN documents twin ON twin.twin_of = chunks.document_id WHERE chunk_id IN"
        )
        found: dict[int, tuple[str, ...]] = {}
        for chunk_id, path in sorted(self.database.rows_in(sql, chunk_ids)):
            found[chunk_id] = (*found.get(chunk_id, ()), path)
        return found

    def document(self, document_id: int) -> Document:
        """Return a document of code as it was read, without its secrets. Raises `IndexDamaged`."""
        sql = (
            f"SELECT content_hash, c.name, {_ORIGIN} FROM documents d JOIN corpora c USING (corpus_id) "
            "WHERE document_id = ?"
        )
        for content_hash, *values in self.database.rows(sql, (document_id,)):
            return Document(Origin(*values), self.text(document_id), content_hash)
        raise self.database.damaged(f"document {document_id} is not there")

    def text(self, document_id: int) -> str:
        """Return the text of a document, without its secrets. Raises `IndexDamaged`."""
        return self.texts.read(document_id).decode()

    def chunk_ids_by_document(self) -> Iterator[tuple[int, list[int]]]:
        """Yield each indexed document that is no near-duplicate, with the ids of its chunks."""
        sql = "SELECT document_id FROM documents WHERE reason = '' AND twin_of IS NULL ORDER BY 1"
        for (document_id,) in self.database.rows(sql):
            yield document_id, self.chunk_ids([document_id]).tolist()


_ORIGIN = ", ".join(f"d.{quoted(name)}" for name in ORIGIN_FIELDS)


def _insert(table: str, columns: Sequence[str]) -> str:
    """Return an INSERT that names its columns: the order of the table's own columns does not matter."""
    return f"INSERT INTO {table} ({', '.join(map(quoted, columns))}) VALUES ({', '.join('?' * len(columns))})"
