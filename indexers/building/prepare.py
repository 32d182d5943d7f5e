"""What worker processes do: read, cut, tokenize and, where the encoder is cheap, encode."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpora.document import Corpus, Document, Listed, Skipped, join_sections
from corpora.redaction.credentials import without_credentials
from corpora.redaction.redact import redact
from corpora.spec import CorpusSpec, open_corpus
from corpora.syntax.parse import in_time
from indexers.building.similarity import bands
from indexers.catalog.texts import pack_text, unpack_text
from indexers.chunking.document import Chunking, chunk_document
from indexers.encoders import Parts, Passage, open_encoder
from indexers.search.fields import searchable
from indexers.search.lexical import Fields

# One more with each change by which files give other chunks: what was read by another number is read again.
READING = 2


class Task(NamedTuple):
    """An item to read. `known_hash` is that of its content when last indexed, or empty."""

    listed: Listed
    known_hash: str = ""


class Batch(NamedTuple):
    """Items of one corpus. `encoder` is the name of a cheap encoder, or empty."""

    spec: CorpusSpec
    tasks: tuple[Task, ...]
    encoder: str = ""


class Unchanged(NamedTuple):
    """An item whose content is what it was."""

    listed: Listed


class LeftOut(NamedTuple):
    """An item that turned out not to be indexable when it was read."""

    listed: Listed
    skipped: Skipped


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document, ready to be written.

    The texts of `document` and of the chunks are empty: `text` holds them once, compressed.
    `vectors`, shape (n_chunks, dimensions), come from a cheap encoder; for others `passages`
    holds what is to be encoded. `redacted` counts the secrets that were taken out of the text.
    `bands` (see `resemblance`) tells of which files of code it may be a near-duplicate.
    """

    listed: Listed
    document: Document
    chunking: Chunking
    text: bytes
    fields: tuple[Fields, ...]
    vectors: NDArray[np.float16] | None
    passages: tuple[Passage, ...]
    redacted: int
    bands: tuple[int, ...]

    def unpacked_text(self) -> str:
        """The text of the document, without its secrets."""
        return unpack_text(self.text, len(self.chunking.chunks))[1].decode()


Outcome = Unchanged | LeftOut | Prepared


def prepare_batch(batch: Batch) -> list[Outcome]:
    """Prepare every item of the batch, in its order."""
    corpus = open_corpus(batch.spec)
    outcomes: list[Outcome] = []
    for task in batch.tasks:
        with in_time(task.listed.size_bytes):
            outcomes.append(_prepare_item(corpus, task, batch.encoder))
    return outcomes


def _prepare_item(corpus: Corpus, task: Task, encoder: str) -> Outcome:
    document = corpus.read(task.listed)
    if isinstance(document, Skipped):
        return LeftOut(task.listed, document)
    if document.content_hash == task.known_hash:
        return Unchanged(task.listed)
    return prepare(document, task.listed, encoder)


def prepare(document: Document, listed: Listed, encoder: str) -> Prepared:
    """Take the secrets out of one document, cut it, tokenize and, with a cheap encoder, encode it."""
    document, redacted = _redacted(document)
    chunking = chunk_document(document)
    forms = [searchable(chunk) for chunk in chunking.chunks]
    passages = tuple(form.passage for form in forms)
    return Prepared(
        listed,
        replace(document, text="", sections=()),
        replace(chunking, chunks=tuple(replace(chunk, text="") for chunk in chunking.chunks)),
        pack_text(document.text, [chunk.signature for chunk in chunking.chunks]),
        tuple(form.fields for form in forms),
        _encode(passages, encoder) if encoder else None,
        () if encoder else tuple(Passage(passage.text, Parts()) for passage in passages),
        redacted,
        bands(document.text) if document.origin.kind == "code" else (),
    )


def _redacted(document: Document) -> tuple[Document, int]:
    """The document without secrets, and how many it had: every corpus passes here before it is stored."""
    origin = document.origin
    if origin.url:
        origin = replace(origin, url=without_credentials(origin.url))
        document = replace(document, origin=origin)
    text, count = redact(document.text)
    told = "\n".join(f"{section.name}\n{section.signature}" for section in document.sections)
    if not count and not redact(told)[1]:
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
    return replace(document, text=join_sections(sections) if sections else text, sections=sections), max(
        count, 1
    )


def _encode(passages: Sequence[Passage], encoder: str) -> NDArray[np.float16]:
    vectors = open_encoder(encoder).encode(passages)
    return vectors.astype(np.float16)
