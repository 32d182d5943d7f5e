"""The catalog: a SQLite database that knows all an index knows. The other files derive from it."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpora.document import Document, Listed, Origin, Skipped
from corpora.errors import IndexDamaged, IndexIncompatible
from corpora.spec import CorpusSpec
from indexers.catalog_schema import (
    ORIGIN_FIELDS,
    SCHEMA,
    SPAN_FIELDS,
    Counts,
    Known,
    decompress,
    read_spec,
    write_spec,
)
from indexers.chunk import Chunk, Chunking
from indexers.filter import Filter
from indexers.layout import FORMAT_VERSION

_VARIABLES = 900  # old builds of SQLite allow 999 in a statement


class Catalog:
    """One connection. What is written counts from `commit` on."""

    def __init__(self, path: Path | None, *, create: bool = False) -> None:
        """Open the file at `path`, or a database in memory for None.

        Raises `IndexDamaged` if it is not a whole database, `IndexIncompatible` if another format
        version wrote it.
        """
        self.path = path
        try:
            # Several threads may use one connection in turn; sqlite3 serializes the calls.
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            if create and not self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
                self._db.executescript(f"BEGIN; {SCHEMA}")
                self.set_meta("format_version", FORMAT_VERSION)
                self._db.execute("COMMIT")
            version = self.meta("format_version")
        except sqlite3.DatabaseError as error:
            raise self.damaged(str(error)) from error
        if version != FORMAT_VERSION:
            raise IndexIncompatible(
                f"the index at {self._folder} has format {version}; this version of rag reads {FORMAT_VERSION}",
                why="another version of docprompting wrote it",
                fix="run: rag index --rebuild (naming the corpora, unless rag.toml does)",
            )

    @property
    def _folder(self) -> str:
        return str(self.path.parent) if self.path else "memory"

    def damaged(self, why: str) -> IndexDamaged:
        """The error to raise when something in the catalog cannot be so."""
        return IndexDamaged(
            f"the catalog of the index at {self._folder} cannot be read",
            why=why,
            fix="run: rag index --rebuild (naming the corpora, unless rag.toml does)",
        )

    def close(self) -> None:
        """Give the file back; what was not committed is gone."""
        self._db.close()

    # -- transactions ---------------------------------------------------------------------------

    def begin(self, *, write: bool = False) -> None:
        """Start a transaction; one that reads sees the catalog as it is now until it ends."""
        self._db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        self._db.execute("SELECT value FROM meta").fetchone()  # the snapshot is taken by the first read

    def commit(self) -> None:
        """Make what was written current, all at once."""
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        """Forget what was written since `begin`, or end reading."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    # -- facts and corpora ----------------------------------------------------------------------

    def meta(self, key: str) -> str | int | None:
        """The fact stored under `key`, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str | int) -> None:
        """Store a fact."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @property
    def generation(self) -> int:
        """The number of the last commit; 0 before the first."""
        return int(self.meta("generation") or 0)

    def corpora(self) -> dict[int, CorpusSpec]:
        """The corpora by their id."""
        rows = self._db.execute("SELECT corpus_id, spec FROM corpora ORDER BY corpus_id")
        return {corpus_id: read_spec(spec) for corpus_id, spec in rows}

    def put_corpus(self, spec: CorpusSpec) -> int:
        """Remember `spec` under its name; the id of the corpus."""
        sql = "INSERT INTO corpora (name, spec) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET spec = excluded.spec"
        self._db.execute(sql, (spec.name, write_spec(spec)))
        row = self._db.execute("SELECT corpus_id FROM corpora WHERE name = ?", (spec.name,)).fetchone()
        return int(row[0])

    def remove_corpus(self, corpus_id: int) -> None:
        """Forget a corpus whose documents have been removed."""
        self._db.execute("DELETE FROM corpora WHERE corpus_id = ?", (corpus_id,))

    # -- documents ------------------------------------------------------------------------------

    def known(self, corpus_id: int) -> dict[str, Known]:
        """What is remembered of each item of a corpus."""
        sql = "SELECT item, document_id, stamp, content_hash, reason FROM documents WHERE corpus_id = ?"
        return {row[0]: Known(*row[1:]) for row in self._db.execute(sql, (corpus_id,))}

    def touch(self, document_id: int, listed: Listed) -> None:
        """Remember a new stamp of an item whose content did not change."""
        self._db.execute("UPDATE documents SET stamp = ? WHERE document_id = ?", (listed.stamp, document_id))

    def put_skipped(self, corpus_id: int, skipped: Skipped, stamp: str = "") -> None:
        """Remember that an item was left out, and why."""
        row = (corpus_id, skipped.path, skipped.size_bytes, stamp, "", skipped.reason, skipped.detail, "")
        self._insert_document(row, Origin("", skipped.path, "", "code"))

    def put_document(
        self, corpus_id: int, listed: Listed, document: Document, chunking: Chunking, text: bytes
    ) -> tuple[int, list[int]]:
        """Store a document, its compressed text and its chunks; the ids of all."""
        row = (corpus_id, listed.path, listed.size_bytes, listed.stamp, document.content_hash, "", chunking.note)
        document_id = self._insert_document((*row, chunking.method), document.origin)
        self._db.execute("INSERT INTO texts VALUES (?, ?)", (document_id, text))
        last = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'").fetchone()
        first = (last[0] if last else 0) + 1
        chunk_ids = list(range(first, first + len(chunking.chunks)))
        sql = f"INSERT INTO chunks VALUES (?, ?{', ?' * len(SPAN_FIELDS)})"
        spans = ([getattr(chunk, name) for name in SPAN_FIELDS] for chunk in chunking.chunks)
        self._db.executemany(sql, ((i, document_id, *span) for i, span in zip(chunk_ids, spans, strict=True)))
        return document_id, chunk_ids

    def _insert_document(self, row: tuple[object, ...], origin: Origin) -> int:
        values = (*row, *astuple(origin)[1:])
        sql = f"INSERT INTO documents VALUES (NULL{', ?' * len(values)})"
        return int(self._db.execute(sql, values).lastrowid or 0)

    def remove_document(self, document_id: int) -> list[int]:
        """Forget a document; the ids that its chunks had."""
        chunk_ids: list[int] = self.chunk_ids([document_id]).tolist()
        for table in ("chunks", "texts", "documents"):
            self._db.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
        return chunk_ids

    # -- searching ------------------------------------------------------------------------------

    def documents_matching(self, wanted: Filter) -> list[int]:
        """Ids of the indexed documents that pass the filter, in order."""
        condition, values = wanted.sql()
        sql = (
            "SELECT document_id, d.path FROM documents d JOIN corpora c USING (corpus_id) "
            f"WHERE reason = '' AND {condition} ORDER BY document_id"
        )
        takes = wanted.path_test()
        return [document_id for document_id, path in self._db.execute(sql, values) if takes(path)]

    def chunk_ids(self, document_ids: Sequence[int] | None = None) -> NDArray[np.int64]:
        """Ids of the chunks of these documents (of all for None), in order."""
        if document_ids is None:
            rows = self._db.execute("SELECT chunk_id FROM chunks")
        else:
            rows = self._select_in("SELECT chunk_id FROM chunks WHERE document_id IN", document_ids)
        return np.sort(np.fromiter((row[0] for row in rows), dtype=np.int64))

    def places(self, chunk_ids: Sequence[int]) -> dict[int, tuple[str, str, int]]:
        """Corpus, path and first byte of each chunk: what decides between hits of equal score."""
        sql = (
            "SELECT chunk_id, c.name, d.path, start_byte FROM chunks "
            "JOIN documents d USING (document_id) JOIN corpora c USING (corpus_id) WHERE chunk_id IN"
        )
        return {row[0]: row[1:] for row in self._select_in(sql, chunk_ids)}

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, Chunk]:
        """The chunks with these ids, as far as they exist.

        Raises `IndexDamaged` when a text cannot be unpacked.
        """
        spans = ", ".join(f"chunks.{name}" for name in SPAN_FIELDS)
        origin = ", ".join(f'd."{name}"' for name in ORIGIN_FIELDS)
        sql = (
            f"SELECT chunk_id, document_id, {spans}, c.name, {origin} FROM chunks "
            "JOIN documents d USING (document_id) JOIN corpora c USING (corpus_id) WHERE chunk_id IN"
        )
        found: dict[int, Chunk] = {}
        texts: dict[int, bytes] = {}
        for chunk_id, document_id, *rest in self._select_in(sql, chunk_ids):
            span = dict(zip(SPAN_FIELDS, rest, strict=False))
            if document_id not in texts:
                texts[document_id] = self._text(document_id)
            text = texts[document_id][span["start_byte"] : span["end_byte"]].decode()
            found[chunk_id] = Chunk(origin=Origin(*rest[len(SPAN_FIELDS) :]), text=text, **span)
        return found

    def _text(self, document_id: int) -> bytes:
        row = self._db.execute("SELECT text FROM texts WHERE document_id = ?", (document_id,)).fetchone()
        try:
            return decompress(row[0] if row else b"")
        except ValueError as error:
            raise self.damaged(f"the text of document {document_id}: {error}") from error

    def chunk_ids_by_document(self) -> Iterator[tuple[int, list[int]]]:
        """Each indexed document and its chunks, to derive the other files anew."""
        documents = self._db.execute("SELECT document_id FROM documents WHERE reason = '' ORDER BY 1").fetchall()
        for (document_id,) in documents:
            yield document_id, self.chunk_ids([document_id]).tolist()

    def _select_in(self, sql: str, values: Sequence[int | str]) -> Iterator[tuple[object, ...]]:
        for start in range(0, len(values), _VARIABLES):
            some = values[start : start + _VARIABLES]
            yield from self._db.execute(f"{sql} ({', '.join('?' * len(some))})", list(some))

    # -- embeddings -----------------------------------------------------------------------------

    def embeddings(self, hashes: Sequence[str], encoder: str) -> dict[str, NDArray[np.float32]]:
        """Vectors made earlier by `encoder` for texts with these hashes."""
        sql = "SELECT content_hash, encoder, vector FROM embeddings WHERE content_hash IN"
        rows = (row for row in self._select_in(sql, hashes) if row[1] == encoder)
        return {row[0]: np.frombuffer(row[2], dtype=np.float16).astype(np.float32) for row in rows}

    def put_embeddings(self, encoder: str, vectors: Iterable[tuple[str, NDArray[np.float32]]]) -> None:
        """Keep vectors (as float16) for texts that come again: renamed files, other branches."""
        rows = ((content_hash, encoder, vector.astype(np.float16).tobytes()) for content_hash, vector in vectors)
        self._db.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)", rows)

    # -- telling --------------------------------------------------------------------------------

    def counts(self) -> Counts:
        """How much there is."""
        sql = "SELECT count(*), coalesce(sum(size_bytes), 0) FROM documents WHERE reason = ''"
        documents, size = self._db.execute(sql).fetchone()
        chunks = self._db.execute("SELECT count(*) FROM chunks").fetchone()[0]
        groups = [self._documents_by(column) for column in ("reason", "method", "language")]
        return Counts(documents, chunks, size, *groups)

    def _documents_by(self, column: str) -> dict[str, int]:
        sql = f"SELECT {column}, count(*) FROM documents WHERE {column} != '' GROUP BY 1 ORDER BY 2 DESC, 1"
        return dict(self._db.execute(sql).fetchall())

    def skipped(self) -> list[Skipped]:
        """All that was left out, in the order of corpus and path."""
        sql = "SELECT item, reason, detail, size_bytes FROM documents WHERE reason != '' ORDER BY corpus_id, item"
        return [Skipped(*row) for row in self._db.execute(sql)]

    def anchors(self) -> Iterator[tuple[str, str]]:
        """Path and anchor of every chunk."""
        return iter(self._db.execute("SELECT path, anchor FROM chunks JOIN documents USING (document_id)"))
