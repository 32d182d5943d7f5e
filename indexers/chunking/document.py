"""The record of a chunk, and the function that cuts a document into chunks."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from corpora.document import Document, Origin
from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.parse import NotParsed
from indexers.chunking.code import cut_code
from indexers.chunking.headings import cut_headings
from indexers.chunking.lines import Piece, Text, cut_lines
from indexers.chunking.sections import cut_sections

ChunkingMethod = Literal["syntax", "headings", "sections", "lines"]

MAX_CHUNK_CHARS = 1500
"""The largest number of non-whitespace characters in a chunk.

cAST counts size so (Zhang et al. 2025, arXiv:2506.15655): indentation and blank lines do not push a function
over the limit.
"""

HEADING_LANGUAGES = frozenset({"markdown", "rst"})


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a document, with all that is needed to find it, show it and cite it.

    Lines are 1-based and inclusive; bytes are offsets into the UTF-8 form of the document's text, 0-based
    and end-exclusive.

    Attributes:
        origin: where the document comes from.
        text: the text of the span.
        start_line: its first line.
        end_line: its last line.
        start_byte: where it begins.
        end_byte: where it ends.
        symbol: the qualified name of what the chunk defines (`Parser.parse`, `numpy.sum`), or empty.
        scope: what encloses it (`Parser`), or empty.
        signature: its declaration on one line, or empty.
        anchor: the fragment of its page, or empty.
    """

    origin: Origin
    text: str
    start_line: int
    end_line: int
    start_byte: int
    end_byte: int
    symbol: str = ""
    scope: str = ""
    signature: str = ""
    anchor: str = ""

    @property
    def location(self) -> str:
        """Return the place to cite: `src/app.py:10-24`, or for documentation `time.html#time.strptime`."""
        if self.origin.kind == "docs":
            return f"{self.origin.path}#{self.anchor}" if self.anchor else self.origin.path
        return f"{self.origin.path}:{self.start_line}-{self.end_line}"

    @property
    def chunk_id(self) -> str:
        """Return a hash of the place and the text of the chunk, the same in every build."""
        place = f"{self.origin.corpus}\0{self.origin.path}\0{self.anchor}\0{self.start_byte}\0"
        return hashlib.blake2b((place + self.text).encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Chunking:
    """The chunks of one document and how they were cut; `note` says why a fallback was used."""

    chunks: tuple[Chunk, ...]
    method: ChunkingMethod
    note: str = ""


def chunk_document(document: Document, *, max_chars: int = MAX_CHUNK_CHARS) -> Chunking:
    """Cut `document` along its structure, or by lines if it has none.

    No chunk has more than `max_chars` non-whitespace characters. If the document has no sections, the texts
    of its chunks join to its text exactly. A document without visible text has no chunks.
    """
    text = Text(document.text)
    pieces, method, note = _cut(document, text, max_chars)
    return Chunking(tuple(_chunks(document, text, list(_join_invisible(text, pieces)))), method, note)


def _cut(document: Document, text: Text, max_chars: int) -> tuple[Iterable[Piece], ChunkingMethod, str]:
    language = document.origin.language
    if document.sections:
        return cut_sections(text, document.sections, max_chars), "sections", ""
    if language in HEADING_LANGUAGES:
        return cut_headings(text, language, max_chars), "headings", ""
    note = ""
    if language in GRAMMARS:
        try:
            return cut_code(text, language, max_chars), "syntax", ""
        except NotParsed as error:
            note = str(error)
        except (ImportError, AttributeError, ValueError) as error:
            note = f"not cut by syntax: {error}"
    spans = cut_lines(text, 0, len(text.data), max_chars)
    return (Piece(start, end) for start, end in spans), "lines", note


def _join_invisible(text: Text, pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Join pieces of nothing but whitespace to the piece before, or if there is none to the piece after."""
    last: Piece | None = None
    for piece in pieces:
        if last is not None and last.end == piece.start and not text.size(piece.start, piece.end):
            last = last._replace(end=piece.end)
        elif last is not None and last.end == piece.start and not text.size(last.start, last.end):
            last = piece._replace(start=last.start)
        else:
            if last is not None:
                yield last
            last = piece
    if last is not None and text.size(last.start, last.end):
        yield last


def _chunks(document: Document, text: Text, pieces: list[Piece]) -> Iterator[Chunk]:
    feeds = np.flatnonzero(np.frombuffer(text.data, dtype=np.uint8) == ord("\n"))
    first = (np.searchsorted(feeds, [piece.start for piece in pieces]) + 1).tolist()
    # The line of the last byte: a chunk that ends with a line feed ends on that line, not on the next.
    last = (np.searchsorted(feeds, [piece.end - 1 for piece in pieces]) + 1).tolist()
    for piece, start_line, end_line in zip(pieces, first, last, strict=True):
        yield Chunk(
            origin=document.origin,
            text=text.data[piece.start : piece.end].decode(),
            start_line=start_line,
            end_line=end_line,
            start_byte=piece.start,
            end_byte=piece.end,
            symbol=piece.symbol,
            scope=piece.scope,
            signature=piece.signature,
            anchor=piece.anchor,
        )
