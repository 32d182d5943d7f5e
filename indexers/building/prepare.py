"""Prepare documents for the writer: read, cut, tokenize and, with a cheap encoder, encode them.

This is the work of the worker processes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpora.document import Corpus, Document, Listed, Skipped, join_sections
from corpora.redaction.credentials import without_credentials
from corpora.redaction.redact import redact
from corpora.source_tree.roles.file_role import role_of
from corpora.spec import CorpusSpec, open_corpus
from corpora.syntax.imported_packages import imported_packages
from corpora.syntax.parse import reading_time_limit
from indexers.building.similarity import bands
from indexers.catalog.chunk_names import packed_names
from indexers.catalog.entry import CatalogEntry
from indexers.catalog.texts import pack_text
from indexers.chunking.document import chunk_document
from indexers.encoders import EncoderPassage, Parts, open_encoder
from indexers.search.fields import searchable
from indexers.search.interfaces import Fields

READING = 6
"""The version of reading and cutting; documents that were prepared by another one are read again.

Raise it with every change after which some file has other chunks.
"""


class ReadTask(NamedTuple):
    """An item to read. `known_hash` is the hash of its content when it was last indexed, or empty."""

    listed: Listed
    known_hash: str = ""


class Batch(NamedTuple):
    """Items of one corpus to prepare. `encoder` is the name of a cheap encoder, or empty."""

    spec: CorpusSpec
    tasks: tuple[ReadTask, ...]
    encoder: str = ""


class Unchanged(NamedTuple):
    """An item whose content has not changed."""

    listed: Listed


class LeftOut(NamedTuple):
    """An item that proved not to be indexable when it was read."""

    listed: Listed
    skipped: Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared(CatalogEntry):
    """A document, ready to be written: its entry in the catalog, and what the engines index.

    `fields` are for the lexical engine. `vectors`, shape (n_chunks, dimensions), come from a cheap encoder;
    for other encoders, `passages` are the texts to encode. `redacted` counts the secrets that were removed
    from the text.
    """

    fields: tuple[Fields, ...]
    vectors: NDArray[np.float16] | None
    passages: tuple[EncoderPassage, ...]
    redacted: int


ItemResult = Unchanged | LeftOut | Prepared
"""What came of reading an item."""


def prepare_batch(batch: Batch) -> list[ItemResult]:
    """Prepare every item of the batch, in order."""
    corpus = open_corpus(batch.spec)
    results: list[ItemResult] = []
    for task in batch.tasks:
        with reading_time_limit(task.listed.size_bytes):
            results.append(_prepare_item(corpus, task, batch.encoder))
    return results


def _prepare_item(corpus: Corpus, task: ReadTask, encoder: str) -> ItemResult:
    document = corpus.read(task.listed)
    if isinstance(document, Skipped):
        return LeftOut(task.listed, document)
    if document.content_hash == task.known_hash:
        return Unchanged(task.listed)
    return prepare(document, task.listed, encoder)


def prepare(document: Document, listed: Listed, encoder: str) -> Prepared:
    """Remove the secrets from one document, cut and tokenize it, and encode it if `encoder` is not empty."""
    document, redacted = _redacted(_with_role(document))
    chunking = chunk_document(document)
    forms = [searchable(chunk) for chunk in chunking.chunks]
    passages = tuple(form.passage for form in forms)
    return Prepared(
        listed=listed,
        document=replace(document, text="", sections=()),
        chunking=replace(
            chunking, chunks=tuple(replace(chunk, text="", names=()) for chunk in chunking.chunks)
        ),
        text=pack_text(document.text, [chunk.signature for chunk in chunking.chunks]),
        names=packed_names(chunking.chunks),
        bands=bands(document.text) if document.origin.kind == "code" else (),
        imports=_imports(document),
        fields=tuple(form.fields for form in forms),
        vectors=_encode(passages, encoder) if encoder else None,
        passages=() if encoder else tuple(EncoderPassage(passage.text, Parts()) for passage in passages),
        redacted=redacted,
    )


def _imports(document: Document) -> tuple[str, ...]:
    """Return what a file of the project imports; what is vendored says nothing about the project."""
    origin = document.origin
    if origin.kind != "code" or origin.role in ("vendored", "generated"):
        return ()
    return imported_packages(document.text, origin.language)


def _with_role(document: Document) -> Document:
    """Return the document with its role. Of documentation, change logs and translations are told apart."""
    origin = document.origin
    if origin.role == "changes":  # its corpus knows
        return document
    role = role_of(origin.path, document.text, origin.language)
    if origin.kind == "docs" and role not in ("changelog", "translation"):
        role = "documentation"
    return replace(document, origin=replace(origin, role=role))


def _redacted(document: Document) -> tuple[Document, int]:
    """Return the document without its secrets, and how many it had.

    Documents of every corpus pass through here before they are stored.
    """
    origin = document.origin
    if origin.url:
        origin = replace(origin, url=without_credentials(origin.url))
        document = replace(document, origin=origin)
    text, count = redact(document.text)
    headings = "\n".join(f"{section.name}\n{section.signature}" for section in document.sections)
    if not count and not redact(headings)[1]:
        return document, 0
    sections = tuple(
        replace(
            section,
            name=redact(section.name)[0],
            text=redact(section.text)[0],
            signature=redact(section.signature)[0],
        )
        for section in document.sections
    )
    redacted = replace(document, text=join_sections(sections) if sections else text, sections=sections)
    return redacted, max(count, 1)


def _encode(passages: Sequence[EncoderPassage], encoder: str) -> NDArray[np.float16]:
    vectors = open_encoder(encoder).encode(passages)
    return vectors.astype(np.float16)
