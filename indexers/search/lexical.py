"""BM25 over fields of tokens, on disk: tantivy.

Scores of terms are Okapi BM25 in Lucene's form, k1 = 1.2 and b = 0.75, summed over fields with weights.
Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond". The body keeps the
positions of its tokens, so that phrases can be found.
"""

import os
import shutil
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from math import inf, log
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from corpora.errors import IndexDamaged
from indexers.engine_errors import disk_trouble, raising_damage
from indexers.layout import sync_to_disk
from indexers.search.interfaces import Fields, Floats64, Ids, Scored, scored
from indexers.search.lexical_files import check_lists, deleted_chunks, share_lists
from indexers.search.lexical_query import LexicalQuery, Name

if TYPE_CHECKING:
    import tantivy

K1, B = 1.2, 0.75

# The last digits depend on the order in which an engine adds; rounded, equal texts score equally.
SCORE_DECIMALS = 5

# What is stored of a token beside the chunks that have it; by default, how often.
_TRIES: Final = 20  # to remove what another thread is writing
_PAUSE_SECONDS: Final = 0.05
_STORED: Final[dict[str, Literal["position", "freq", "basic"]]] = {"body": "position", "defines": "basic"}

_FEW_IDS = 1000  # up to which single queries for each are a quarter of the work of one for the set

_QUERIES_KEPT = 20_000  # for single chunks: questions meet the same ones again; about 10 MB

_WRITER_BYTES = 100_000_000  # tantivy's buffer before it writes a segment: each makes every search longer


def _tantivy(folder: Path) -> "tantivy.Index":
    import tantivy  # heavy: only searching and writing need it

    schema = tantivy.SchemaBuilder()
    schema.add_unsigned_field("chunk_id", fast=True, indexed=True)
    schema.add_unsigned_field("document_id", indexed=True)
    for field in Fields._fields:
        schema.add_text_field(field, tokenizer_name="tokens", index_option=_STORED.get(field, "freq"))
    index = tantivy.Index(schema.build(), path=str(folder))
    # Tokens come ready made, joined by blanks: nothing else may be analysed.
    index.register_tokenizer("tokens", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def _make_empty(folder: Path) -> None:
    """Make a folder in place of what a run that was stopped has left under its name.

    A writer that was given up may still be writing there, in a thread of its own: what it writes while the
    folder is removed keeps the folder there.
    """
    for tried in range(_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            if tried == _TRIES - 1:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


class TantivyWriter:
    """Writes one generation into `folder`, starting from the generation in `previous`, if any."""

    def __init__(self, folder: Path, previous: Path | None) -> None:
        import tantivy

        self._tantivy = tantivy
        _make_empty(folder)
        if previous is not None:
            _link_files(previous, folder)
        self._folder = folder
        self.dead = 0
        with self._raising_damage():
            if previous:
                check_lists(folder)
                self.dead = deleted_chunks(folder)
            index = _tantivy(folder)
            self._writer = index.writer(_WRITER_BYTES, num_threads=1)
        self._schema = index.schema

    def _raising_damage(self) -> AbstractContextManager[None]:
        root = self._folder.parent.parent
        return raising_damage(root, lambda why: _damaged(root, why))

    def add(self, chunk_id: int, document_id: int, fields: Fields) -> None:
        """Index a chunk."""
        document = self._tantivy.Document()
        document.add_unsigned("chunk_id", chunk_id)
        document.add_unsigned("document_id", document_id)
        for name, tokens in fields._asdict().items():
            document.add_text(name, tokens)
        with self._raising_damage():
            self._writer.add_document(document)

    def remove_document(self, document_id: int) -> None:
        """Remove the chunks of a document."""
        # By query: `delete_documents_by_term` makes a signed term and deletes nothing here.
        query = self._tantivy.Query.term_query(self._schema, "document_id", document_id)
        self._writer.delete_documents_by_query(query)

    def commit(self) -> None:
        """Write everything to disk; the writer cannot be used afterwards."""
        with self._raising_damage():
            self._writer.commit()
            self._writer.wait_merging_threads()
            share_lists(self._folder)
        sync_to_disk(self._folder)


class TantivyIndex:
    """Searches the generation in `folder`."""

    def __init__(self, folder: Path) -> None:
        """Open the index. Raises `IndexDamaged` if files are missing or cut short."""
        import tantivy

        self._tantivy = tantivy
        self._root = folder.parent.parent
        self._idf_correction = lru_cache(maxsize=10_000)(self._compute_idf_correction)
        self._one = lru_cache(maxsize=_QUERIES_KEPT)(self._make_one)
        with self._raising_damage():
            check_lists(folder)
            try:
                self._open(folder)
            except ValueError as error:
                if not disk_trouble(error):
                    raise
                self._open_by_links(folder)
            self._dead = deleted_chunks(folder)

    def _open(self, folder: Path) -> None:
        index = _tantivy(folder)
        self._schema = index.schema
        self._searcher = index.searcher()

    def _open_by_links(self, folder: Path) -> None:
        """Open the index where nothing can be written, through links in a temporary folder.

        tantivy takes a lock to read, in the folder that it reads.
        """
        with TemporaryDirectory(prefix="rag-", ignore_cleanup_errors=True) as links:
            for file in folder.iterdir():
                if not file.name.endswith(".lock"):
                    Path(links, file.name).symlink_to(file.absolute())
            self._open(Path(links))  # all files are open after that

    def _raising_damage(self) -> AbstractContextManager[None]:
        return raising_damage(self._root, lambda why: _damaged(self._root, why))

    def search(self, query: LexicalQuery, k: int, documents: Sequence[int] | None = None) -> list[Scored]:
        """Return the best `k` chunks of these documents (of all for None), best first, ties by chunk id."""
        if not query or k < 1 or (documents is not None and not documents):
            return []
        with self._raising_damage():
            wanted = self._query(query)
            if documents is not None:
                wanted = self._among(wanted, "document_id", documents)
            ids, scores = self._found(wanted, k)
        order = np.lexsort((ids, -scores))
        return scored(ids[order].tolist(), scores[order].tolist())

    def scores(self, query: LexicalQuery, chunk_ids: Collection[int]) -> dict[int, float]:
        """Return the scores of those of these chunks that match: the scores that `search` gives them."""
        if not query or not chunk_ids:
            return {}
        with self._raising_damage():
            wanted = self._query(query)
            if query.always_scores:
                # The chunks lead, what they are asked for follows: less work than to intersect the two. Those
                # that do not match are found too, with a score of 0.
                make, occur = self._tantivy.Query, self._tantivy.Occur
                parts = [(occur.Must, self._one_of("chunk_id", chunk_ids)), (occur.Should, wanted)]
                ids, scores = self._found(make.boolean_query(parts), len(chunk_ids), least=0.0)
            else:
                ids, scores = self._found(self._among(wanted, "chunk_id", chunk_ids), len(chunk_ids))
        return dict(zip(ids.tolist(), scores.tolist(), strict=True))

    def frequencies(self, field: str, tokens: Iterable[str]) -> dict[str, int]:
        """Return how many chunks have each token in a field; deleted chunks may still count."""
        with self._raising_damage():
            return {token: self._searcher.doc_freq(field, token) for token in set(tokens)}

    def count(self) -> int:
        """Return the number of chunks."""
        return int(self._searcher.num_docs)

    def _found(self, query: "tantivy.Query", k: int, *, least: float = -inf) -> tuple[Ids, Floats64]:
        """Return ids and scores, both of shape (n,), of the best `k` chunks that score above `least`."""
        hits = self._searcher.search(query, limit=k, count=False).hits
        if not hits:
            return np.empty(0, np.int64), np.empty(0)
        found, addresses = zip(*hits, strict=True)
        scores = np.array(found)
        if not np.isfinite(scores).all():
            raise ValueError("a score is not a finite number")
        if scores[-1] <= least:  # the highest come first
            addresses = addresses[: int(np.count_nonzero(scores > least))]
        numbers = self._searcher.fast_field_values("chunk_id", list(addresses))
        ids = np.fromiter([number or 0 for number in numbers], np.int64, len(numbers))
        return ids, np.round(scores[: len(ids)], SCORE_DECIMALS)

    def _query(self, query: LexicalQuery) -> "tantivy.Query":
        make, occur = self._tantivy.Query, self._tantivy.Occur
        parts = [
            make.boost_query(
                make.term_query(self._schema, field, token), weight * self._idf_correction(field, token)
            )
            for field, token, weight in query.terms
        ]
        parts += [make.const_score_query(self._phrase(tokens), weight) for tokens, weight in query.phrases]
        parts += [make.const_score_query(self._name(name), name.weight) for name in query.names]
        required = [
            (occur.Must, make.const_score_query(self._phrase(tokens), 0.0)) for tokens in query.required
        ]
        return make.boolean_query([*((occur.Should, part) for part in parts), *required])

    def _phrase(self, tokens: tuple[str, ...]) -> "tantivy.Query":
        make = self._tantivy.Query
        if len(tokens) == 1:
            return make.term_query(self._schema, "body", tokens[0])
        return make.phrase_query(self._schema, "body", list(tokens))

    def _name(self, name: Name) -> "tantivy.Query":
        make = self._tantivy.Query
        if not name.edits:
            return make.term_query(self._schema, "defines", name.key)
        return make.fuzzy_term_query(
            self._schema, "defines", name.key, distance=name.edits, transposition_cost_one=True
        )

    def _among(self, query: "tantivy.Query", field: str, ids: Collection[int]) -> "tantivy.Query":
        """Return a query for what `query` finds among these chunks or documents."""
        occur = self._tantivy.Occur
        wanted = [(occur.Must, query), (occur.Must, self._one_of(field, ids))]
        return self._tantivy.Query.boolean_query(wanted)

    def _one_of(self, field: str, ids: Collection[int]) -> "tantivy.Query":
        """Return a query for these chunks or documents, all of score 0."""
        make = self._tantivy.Query
        if len(ids) <= _FEW_IDS:
            allowed = make.boolean_query([self._one(field, number) for number in ids])
        else:
            allowed = make.term_set_query(self._schema, field, list(ids))
        return make.const_score_query(allowed, 0.0)

    def _make_one(self, field: str, number: int) -> tuple["tantivy.Occur", "tantivy.Query"]:
        return self._tantivy.Occur.Should, self._tantivy.Query.term_query(self._schema, field, number)

    def _compute_idf_correction(self, field: str, token: str) -> float:
        """Return the factor that corrects tantivy's inverse document frequency for deleted chunks.

        tantivy counts deleted chunks until their segment is merged: with 10 chunks of 100 deleted, of which
        3 had the token, it computes idf(in 20 of 100) where idf(in 17 of 90) is right.
        """
        in_files = self._searcher.doc_freq(field, token) if self._dead else 0
        if not in_files:
            return 1.0
        query = self._tantivy.Query.term_query(self._schema, field, token)
        found: Any = self._searcher.search(query, limit=1, count=True)  # (its stub lacks `count`)
        left = found.count or 0
        return _idf(left, self.count()) / _idf(in_files, self.count() + self._dead)


def _idf(having: int, chunks: int) -> float:
    return log(1 + (chunks - having + 0.5) / (having + 0.5))


def _link_files(source: Path, target: Path) -> None:
    """Link tantivy's files into `target`; tantivy never changes a file in place."""
    for file in source.iterdir():
        if file.name.endswith(".lock"):
            continue
        try:
            os.link(file, target / file.name)
        except OSError:  # a file system without hard links
            shutil.copy2(file, target / file.name)


def _damaged(folder: Path, why: str) -> IndexDamaged:
    return IndexDamaged(
        f"the lexical part of the index at {folder} cannot be read",
        why=why,
        fix="run: rag index --repair",
    )
