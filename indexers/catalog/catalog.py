"""The catalog: a SQLite database that knows all an index knows. The other files derive from it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpora.document import ContentKind, Document, Listed, Origin, Skipped
from corpora.errors import IndexDamaged
from corpora.spec import CorpusSpec
from indexers.catalog.census import Census
from indexers.catalog.filter import Filter
from indexers.catalog.schema import (
    ORIGIN_FIELDS,
    SPAN_FIELDS,
    Known,
    pack,
    read_spec,
    unpack,
    write_spec,
)
from indexers.chunking.document import Chunk

if TYPE_CHECKING:
    from indexers.building.prepare import Prepared

_MAX_CHUNK_BYTES = 16_000_000  # of which nearly all would have to be blanks

_BAND_COLUMNS = 5  # of the table of documents, for code only


class Facts(NamedTuple):
    """What ranking asks of a chunk. Facts compare by the place, which decides between hits of equal score."""

    corpus: str
    path: str
    start_byte: int
    document_id: int
    kind: ContentKind
    library: str
    symbol: str


class Catalog(Census):
    """What an index knows of its corpora, documents and chunks."""

    # -- corpora --------------------------------------------------------------------------------

    def corpora(self) -> dict[int, CorpusSpec]:
        """The corpora by their id."""
        rows = self.rows("SELECT corpus_id, spec FROM corpora ORDER BY corpus_id")
        try:
            return {corpus_id: read_spec(spec) for corpus_id, spec in rows}
        except ValueError as error:
            raise self.damaged(str(error)) from error

    def put_corpus(self, spec: CorpusSpec) -> int:
        """Remember `spec` under its name; the id of the corpus."""
        sql = (
            "INSERT INTO corpora (name, spec) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET spec = excluded.spec"
        )
        self.rows(sql, (spec.name, write_spec(spec)))
        return int(self.rows("SELECT corpus_id FROM corpora WHERE name = ?", (spec.name,))[0][0])

    def remove_corpus(self, corpus_id: int) -> None:
        """Forget a corpus whose documents have been removed."""
        self.rows("DELETE FROM corpora WHERE corpus_id = ?", (corpus_id,))

    # -- documents ------------------------------------------------------------------------------

    def known(self, corpus_id: int) -> dict[str, Known]:
        """What is remembered of each item of a corpus."""
        sql = "SELECT item, document_id, stamp, content_hash, reason FROM documents WHERE corpus_id = ?"
        return {row[0]: Known(*row[1:]) for row in self.rows(sql, (corpus_id,))}

    def touch(self, document_id: int, listed: Listed) -> None:
        """Remember a new stamp of an item whose content did not change."""
        self.rows("UPDATE documents SET stamp = ? WHERE document_id = ?", (listed.stamp, document_id))

    def put_skipped(self, corpus_id: int, skipped: Skipped, stamp: str = "") -> None:
        """Remember that an item was left out, and why."""
        row = (corpus_id, skipped.path, skipped.size_bytes, stamp, "", skipped.reason, skipped.detail, "")
        self._insert_document(row, Origin("", skipped.path, "", "code"))

    def put_document(
        self, corpus_id: int, prepared: "Prepared", twin_of: int | None = None
    ) -> tuple[int, list[int]]:
        """Store a document and its chunks, none for one that is a near-duplicate; the ids of all."""
        listed, document, chunking = prepared.listed, prepared.document, prepared.chunking
        row = (
            corpus_id,
            listed.path,
            listed.size_bytes,
            listed.stamp,
            document.content_hash,
            "",
            chunking.note,
        )
        document_id = self._insert_document((*row, chunking.method), document.origin, prepared.bands)
        if twin_of is None:
            return document_id, self.put_chunks(document_id, chunking.chunks, prepared.text)
        self.leave_to(document_id, twin_of, prepared.unpacked_text())
        return document_id, []

    def put_chunks(self, document_id: int, chunks: Sequence[Chunk], text: bytes) -> list[int]:
        """Store the packed text of a document and its chunks, whose own texts do not matter; their ids."""
        self.rows("UPDATE documents SET twin_of = NULL WHERE document_id = ?", (document_id,))
        self.rows("INSERT OR REPLACE INTO texts VALUES (?, ?)", (document_id, text))
        last = self.rows("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'")
        first = (last[0][0] if last else 0) + 1
        chunk_ids = list(range(first, first + len(chunks)))
        sql = f"INSERT INTO chunks VALUES (?, ?{', ?' * len(SPAN_FIELDS)})"
        spans = ([getattr(chunk, name) for name in SPAN_FIELDS] for chunk in chunks)
        self.run_many(sql, ((i, document_id, *span) for i, span in zip(chunk_ids, spans, strict=True)))
        return chunk_ids

    def leave_to(self, document_id: int, twin_of: int, text: str) -> list[int]:
        """Keep a document as the near-duplicate of another one, without chunks; the ids that they had."""
        chunk_ids: list[int] = self.chunk_ids([document_id]).tolist()
        self.rows("DELETE FROM chunks WHERE document_id = ?", (document_id,))
        self.rows("INSERT OR REPLACE INTO texts VALUES (?, ?)", (document_id, pack(text, [])))
        self.rows("UPDATE documents SET twin_of = ? WHERE document_id = ?", (twin_of, document_id))
        return chunk_ids

    def _insert_document(self, row: tuple[object, ...], origin: Origin, bands: tuple[int, ...] = ()) -> int:
        values = (*row, *astuple(origin)[1:], None, *(bands or (None,) * _BAND_COLUMNS))
        sql = f"INSERT INTO documents VALUES (NULL{', ?' * len(values)}) RETURNING document_id"
        return int(self.rows(sql, values)[0][0])

    def remove_document(self, document_id: int) -> list[int]:
        """Forget a document; the ids that its chunks had."""
        chunk_ids: list[int] = self.chunk_ids([document_id]).tolist()
        for table in ("chunks", "texts", "documents"):
            self.rows(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
        return chunk_ids

    # -- searching ------------------------------------------------------------------------------

    def documents_matching(self, wanted: Filter) -> list[int]:
        """Ids of the documents that pass the filter, by one of their paths, in order."""
        condition, values = wanted.sql()
        sql = (
            "SELECT coalesce(twin_of, document_id), d.path, d.licence "
            "FROM documents d JOIN corpora c USING (corpus_id) "
            f"WHERE reason = '' AND {condition}"
        )
        takes, permits = wanted.path_test(), wanted.licence_test()
        rows = self.rows(sql, values)
        return sorted({number for number, path, licence in rows if takes(path) and permits(licence)})

    def chunk_ids(self, document_ids: Sequence[int] | None = None) -> NDArray[np.int64]:
        """Ids of the chunks of these documents (of all for None), in order."""
        if document_ids is None:
            rows: Iterable[tuple[int]] = self.rows("SELECT chunk_id FROM chunks")
        else:
            rows = self.rows_in("SELECT chunk_id FROM chunks WHERE document_id IN", document_ids)
        return np.sort(np.fromiter((row[0] for row in rows), dtype=np.int64))

    def facts(self, chunk_ids: Collection[int]) -> dict[int, Facts]:
        """What ranking asks of each chunk, as far as they exist."""
        sql = (
            "SELECT chunk_id, c.name, d.path, start_byte, document_id, d.kind, library, symbol FROM chunks "
            "JOIN documents d USING (document_id) JOIN corpora c USING (corpus_id) WHERE chunk_id IN"
        )
        return {row[0]: Facts(*row[1:]) for row in self.rows_in(sql, [*chunk_ids])}

    def content_hashes(self, chunk_ids: Sequence[int]) -> dict[int, str]:
        """The hash of the file that each chunk stands in, as it was indexed."""
        sql = "SELECT chunk_id, content_hash FROM chunks JOIN documents USING (document_id) WHERE chunk_id IN"
        return dict(self.rows_in(sql, chunk_ids))

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
        by_document: dict[int, list[tuple[Any, ...]]] = {}
        for row in self.rows_in(sql, chunk_ids):
            by_document.setdefault(row[1], []).append(row)
        found: dict[int, Chunk] = {}
        for document_id, unpacked in self._texts(by_document):
            for chunk_id, _, *rest in by_document[document_id]:
                try:
                    found[chunk_id] = _chunk(chunk_id, rest, unpacked)
                except ValueError as error:
                    raise self.damaged(f"chunk {chunk_id}: {error}") from error
        return found

    def twin_paths(self, chunk_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """For each chunk whose document has near-duplicates, their paths, in order."""
        sql = (
            "SELECT chunk_id, twin.path FROM chunks "
            "JOIN documents twin ON twin.twin_of = chunks.document_id WHERE chunk_id IN"
        )
        found: dict[int, tuple[str, ...]] = {}
        for chunk_id, path in sorted(self.rows_in(sql, chunk_ids)):
            found[chunk_id] = (*found.get(chunk_id, ()), path)
        return found

    def document(self, document_id: int) -> Document:
        """A document of code as it was read, without its secrets."""
        origin = ", ".join(f'd."{name}"' for name in ORIGIN_FIELDS)
        sql = (
            f"SELECT content_hash, c.name, {origin} FROM documents d JOIN corpora c USING (corpus_id) "
            "WHERE document_id = ?"
        )
        for content_hash, *values in self.rows(sql, (document_id,)):
            return Document(Origin(*values), self.text(document_id), content_hash)
        raise self.damaged(f"document {document_id} is not there")

    def text(self, document_id: int) -> str:
        """The text of a document, without its secrets."""
        return self._text(document_id).decode()

    def _text(self, document_id: int) -> bytes:
        for _, (_, _, text) in self._texts([document_id]):
            return text
        raise self.damaged(f"document {document_id} is not there")

    def _texts(self, document_ids: Collection[int]) -> Iterator[tuple[int, tuple[int, list[bytes], bytes]]]:
        """Each document with the id of its first chunk, the signatures of all, and its text, in UTF-8.

        One at a time: together they may be large.
        """
        sql = (
            "SELECT document_id, text_and_signatures, "
            "(SELECT min(chunk_id) FROM chunks WHERE document_id = d.document_id), "
            "(SELECT count(*) FROM chunks WHERE document_id = d.document_id) "
            "FROM documents d LEFT JOIN texts USING (document_id) WHERE document_id IN"
        )
        for document_id, packed, first, count in self.rows_in(sql, [*document_ids]):
            try:
                unpacked = (first or 0, *unpack(packed or b"", count))
            except ValueError as error:
                raise self.damaged(f"the text of document {document_id}: {error}") from error
            yield document_id, unpacked

    def chunk_ids_by_document(self) -> Iterator[tuple[int, list[int]]]:
        """Each indexed document and its chunks, to derive the other files anew."""
        documents = self.rows(
            "SELECT document_id FROM documents WHERE reason = '' AND twin_of IS NULL ORDER BY 1"
        )
        for (document_id,) in documents:
            yield document_id, self.chunk_ids([document_id]).tolist()

    def some_symbols(self, count: int) -> list[str]:
        """Up to `count` names of what chunks define, evenly spread over the index."""
        low, high = self.rows("SELECT coalesce(min(chunk_id), 0), coalesce(max(chunk_id), 0) FROM chunks")[0]
        names = []
        for number in range(count):
            sql = "SELECT symbol FROM chunks WHERE chunk_id >= ? AND symbol != '' ORDER BY chunk_id LIMIT 1"
            names += self.rows(sql, (low + (high - low) * number // count,))
        return list(dict.fromkeys(name for (name,) in names))

    def text_problems(self) -> list[str]:
        """Documents whose text is missing, does not unpack, or is shorter than a chunk says."""
        sql = (
            "SELECT d.item, d.document_id, max(end_byte) FROM documents d "
            "LEFT JOIN chunks USING (document_id) WHERE reason = '' GROUP BY d.document_id"
        )
        problems = []
        for item, document_id, end in self.rows(sql):
            try:
                if len(self._text(document_id)) < (end or 0):
                    problems.append(f"the text of {item} ends before its last chunk")
            except IndexDamaged as error:
                problems.append(f"{item}: {error.why}")
        return problems

    # -- embeddings -----------------------------------------------------------------------------

    def embeddings(self, hashes: Sequence[str], encoder: str) -> dict[str, NDArray[np.float32]]:
        """Vectors made earlier by `encoder` for texts with these hashes."""
        sql = "SELECT content_hash, encoder, vector FROM embeddings WHERE content_hash IN"
        rows = (row for row in self.rows_in(sql, hashes) if row[1] == encoder)
        return {row[0]: np.frombuffer(row[2], dtype=np.float16).astype(np.float32) for row in rows}

    def put_embeddings(self, encoder: str, vectors: Iterable[tuple[str, NDArray[np.float32]]]) -> None:
        """Keep vectors (as float16) for texts that come again: renamed files, other branches."""
        rows = (
            (content_hash, encoder, vector.astype(np.float16).tobytes()) for content_hash, vector in vectors
        )
        self.run_many("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)", rows)


def _chunk(chunk_id: int, values: Sequence[Any], unpacked: tuple[int, list[bytes], bytes]) -> Chunk:
    """A chunk from its columns and the text it stands in. Raises `ValueError` if they do not fit."""
    first, signatures, text = unpacked
    span = dict(zip(SPAN_FIELDS, values, strict=False))
    start, end = span["start_byte"], span["end_byte"]
    if not 0 <= start <= end <= min(len(text), start + _MAX_CHUNK_BYTES):
        raise ValueError("it is no part of its document")
    if not 0 <= chunk_id - first < len(signatures):
        raise ValueError("its document does not know it")
    return Chunk(
        origin=Origin(*values[len(SPAN_FIELDS) :]),
        text=text[start:end].decode(),
        signature=signatures[chunk_id - first].decode(),
        **span,
    )
