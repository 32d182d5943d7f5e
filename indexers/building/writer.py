"""Write changes to an index, one generation at a time."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import numpy as np

from corpora.document import Listed, Skipped, hash_bytes
from corpora.errors import IndexDamaged
from indexers.building.near_duplicates import NearDuplicates
from indexers.building.prepare import Prepared
from indexers.catalog.bands import DuplicateKey
from indexers.catalog.catalog import Catalog
from indexers.catalog.checksums import Checksums
from indexers.catalog.chunk_names import packed_names
from indexers.catalog.texts import pack_text
from indexers.chunking.document import chunk_document
from indexers.encoders import Encoder, EncoderPassage, Question
from indexers.encoders.table import Floats
from indexers.search.engines import Engines
from indexers.search.fields import searchable
from indexers.search.interfaces import Fields
from indexers.search.soundness import CHECKSUMS, checksums_of
from indexers.tokens import query_tokens

# Vectors that are written together: a document has a dozen, and every write opens their file.
_VECTORS_AT_ONCE = 16_384

# Deleted chunks count in BM25's mean length until the lexical part is written anew, which takes 0.1 ms for
# each chunk of the index. A small index does that at every update, and so answers exactly as one built anew;
# a large one once a fifth of its chunks are dead. The effect on scores: bench/RESULTS.md.
_DEAD_SHARE, _CHUNKS_FOR_DEAD_SHARE = 0.2, 100_000

_RECALL_QUESTIONS = 100  # symbols of chunks, spread over the index: short, as questions are


def rounded(vectors: Floats) -> Floats:
    """Return vectors rounded to 16 bits, as those from a worker or the catalog are: all score alike."""
    return vectors.astype(np.float16).astype(np.float32)


class Writer:
    """Collects changes; `commit` makes them the next generation. Leaving without a commit undoes them.

    The index is whole at any instant of a commit: first the derived files of the new generation are written
    and flushed to the disk, then one transaction makes the generation current.
    """

    def __init__(self, catalog: Catalog, engines: Engines, encoder: Encoder, *, fresh: bool = False) -> None:
        """Start from the current generation, or with empty derived parts if `fresh`."""
        self._catalog, self._engines, self._encoder = catalog, engines, encoder
        self._catalog.database.begin(write=True)
        self.generation = catalog.database.generation + 1
        try:
            first = fresh or self.generation == 1
            self._lexical, self._dense = engines.write(self.generation, encoder.dimensions, fresh=first)
        except BaseException:
            self._catalog.database.rollback()
            raise
        self.encoded = 0
        self._duplicates = NearDuplicates(catalog)
        self._removed: list[int] = []
        self._new_ids: list[int] = []
        self._new_vectors: list[Floats] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._catalog.database.rollback()

    def put(self, corpus_id: int, prepared: Prepared) -> None:
        """Add a document."""
        document_id, chunk_ids = self._catalog.put_document(
            corpus_id, prepared, self._leader_of(corpus_id, prepared)
        )
        self._duplicates.recheck_after(document_id)
        if not chunk_ids:
            return
        if prepared.vectors is None:
            self._derive(document_id, chunk_ids, prepared.fields, self._encode_costly(prepared.passages))
        else:
            self.encoded += len(prepared.vectors)
            self._derive(document_id, chunk_ids, prepared.fields, prepared.vectors.astype(np.float32))

    def _leader_of(self, corpus_id: int, prepared: Prepared) -> int | None:
        """Return the id of the document that a new one is a near-duplicate of; None if it is none."""
        origin = prepared.document.origin
        path, licence = prepared.listed.path, origin.licence
        known = DuplicateKey(corpus_id, path, origin.language, licence, origin.role, prepared.bands)
        return self._duplicates.leader_of(known, prepared.unpacked_text)

    def put_stored(self, document_id: int, chunk_ids: Sequence[int]) -> None:
        """Add a document that the catalog has, with these chunks, to the lexical and the dense part."""
        chunks = self._catalog.chunks(chunk_ids)
        forms = [searchable(chunks[chunk_id]) for chunk_id in chunk_ids]
        passages = [form.passage for form in forms]
        if self._encoder.is_cheap:
            vectors = rounded(self._encoder.encode(passages))
        else:
            vectors = self._encode_costly(passages)
        self._derive(document_id, chunk_ids, [form.fields for form in forms], vectors)

    def _derive(
        self, document_id: int, chunk_ids: Sequence[int], fields: Sequence[Fields], vectors: Floats
    ) -> None:
        for chunk_id, tokens in zip(chunk_ids, fields, strict=True):
            self._lexical.add(chunk_id, document_id, tokens)
        self._new_ids += chunk_ids
        self._new_vectors.append(vectors)
        if len(self._new_ids) >= _VECTORS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if self._new_ids:
            self._dense.add(self._new_ids, np.concatenate(self._new_vectors))
        self._new_ids, self._new_vectors = [], []

    def _encode_costly(self, passages: Sequence[EncoderPassage]) -> Floats:
        """Return the stored vectors of texts that were encoded before, and encode the others."""
        hashes = [hash_bytes(passage.text.encode()) for passage in passages]
        vectors = self._catalog.embeddings.read(hashes, self._encoder.encoder_id)
        new = {key: passage for key, passage in zip(hashes, passages, strict=True) if key not in vectors}
        if new:
            made = dict(zip(new, rounded(self._encoder.encode(list(new.values()))), strict=True))
            self._catalog.embeddings.put(self._encoder.encoder_id, made.items())
            vectors |= made
            self.encoded += len(made)
        rows = [vectors[key] for key in hashes]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self._encoder.dimensions)

    def skip(self, corpus_id: int, skipped: Skipped, stamp: str = "") -> None:
        """Store that an item was left out, and why."""
        self._catalog.put_skipped(corpus_id, skipped, stamp)

    def touch(self, document_id: int, listed: Listed) -> None:
        """Store the new stamp of a document that did not change."""
        self._catalog.touch(document_id, listed)

    def remove(self, document_id: int) -> None:
        """Remove a document."""
        self._duplicates.recheck_after(document_id)
        self._removed += self._catalog.remove_document(document_id)
        self._lexical.remove_document(document_id)

    def _settle_duplicates(self) -> None:
        """Index documents that have lost their leader, and remove the chunks of those that have got one."""
        for document_id, leader in self._duplicates.changes():
            document = self._catalog.document(document_id)
            if leader is not None:
                self._removed += self._catalog.make_near_duplicate(document_id, leader, document.text)
                self._lexical.remove_document(document_id)
                continue
            chunks = chunk_document(document).chunks
            packed = pack_text(document.text, [chunk.signature for chunk in chunks])
            names = packed_names(chunks)
            self.put_stored(document_id, self._catalog.put_chunks(document_id, chunks, packed, names))

    def _measure_recall(self) -> None:
        """Measure and store the recall of an approximate search whenever the index has doubled."""
        count, measured_at = len(self._dense), int(self._catalog.database.meta("recall_measured_at") or 0)
        if not self._dense.is_approximate or count < 2 * measured_at:
            return
        names = self._catalog.census.sample_symbols(_RECALL_QUESTIONS)
        vectors = [self._encoder.encode_query(Question(name, query_tokens(name))) for name in names]
        asked = [vector for vector in vectors if vector.any()]
        if asked:
            self._catalog.database.set_meta("recall_at_10", round(self._dense.recall(np.stack(asked)), 4))
            self._catalog.database.set_meta("recall_measured_at", count)

    def _drop_dead_chunks(self) -> None:
        """Write the lexical part anew once it has too many dead chunks for the size of the index."""
        dead, live = self._lexical.dead + len(self._removed), len(self._dense)
        if dead <= _DEAD_SHARE * live * min(live / _CHUNKS_FOR_DEAD_SHARE, 1.0):
            return
        del self._lexical  # it holds the lock of its folder
        self._lexical = self._engines.write_lexical_anew(self.generation)
        for document_id, chunk_ids in self._catalog.chunk_ids_by_document():
            chunks = self._catalog.chunks(chunk_ids)
            for chunk_id in chunk_ids:
                self._lexical.add(chunk_id, document_id, searchable(chunks[chunk_id]).fields)

    def _checksums_before(self) -> Checksums:
        """Return the checksums of the generation that this one starts from; none if they are not known."""
        try:
            return checksums_of(self._catalog) or Checksums(0)
        except IndexDamaged:
            return Checksums(0)

    def commit(self) -> None:
        """Make the changes the current generation."""
        self._settle_duplicates()
        self._flush()
        self._dense.remove(self._removed)
        self._drop_dead_chunks()
        self._measure_recall()
        self._lexical.commit()
        self._dense.commit()
        before = self._checksums_before()
        self._catalog.database.set_meta("generation", self.generation)
        self._catalog.database.set_meta(CHECKSUMS, self._engines.checksums(self.generation, before).to_json())
        self._catalog.database.commit()
        self._catalog.database.shrink_log()
        # A reader that has read the old number and opened nothing yet will move on to the new one.
        self._engines.delete_all_but(self.generation)
