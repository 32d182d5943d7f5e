"""Cut a document into chunks."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from corpora.document import Document
from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.names.collector import DefinedName
from corpora.syntax.parse import NotParsed
from indexers.chunking.chunk import MAX_NAMES_OF_CHUNK, Chunk, Chunking, ChunkingMethod, ChunkName
from indexers.chunking.code import cut_code
from indexers.chunking.headings import cut_headings
from indexers.chunking.lines import Piece, Text, cut_lines
from indexers.chunking.sections import cut_sections

MAX_CHUNK_CHARS = 1500
"""The largest number of non-whitespace characters in a chunk.

cAST counts size so (Zhang et al. 2025, arXiv:2506.15655): indentation and blank lines do not push a function
over the limit.
"""

HEADING_LANGUAGES = frozenset({"markdown", "rst"})


def chunk_document(document: Document, *, max_chars: int = MAX_CHUNK_CHARS) -> Chunking:
    """Cut `document` along its structure, or by lines if it has none.

    No chunk has more than `max_chars` non-whitespace characters. If the document has no sections, the texts
    of its chunks join to its text exactly. A document without visible text has no chunks.
    """
    text = Text(document.text)
    pieces, names, method, note = _cut(document, text, max_chars)
    whole = list(_join_invisible(text, pieces))
    return Chunking(tuple(_chunks(document, text, whole, names)), method, note)


def _cut(
    document: Document, text: Text, max_chars: int
) -> tuple[Iterable[Piece], Sequence[DefinedName], ChunkingMethod, str]:
    language = document.origin.language
    if document.sections:
        return cut_sections(text, document.sections, max_chars), (), "sections", ""
    if language in HEADING_LANGUAGES:
        return cut_headings(text, language, max_chars), (), "headings", ""
    note = ""
    if language in GRAMMARS:
        try:
            return *cut_code(text, language, max_chars, document.origin.path), "syntax", ""
        except NotParsed as error:
            note = str(error)
        except (ImportError, AttributeError, ValueError) as error:
            note = f"not cut by syntax: {error}"
    spans = cut_lines(text, 0, len(text.data), max_chars)
    return (Piece(start, end) for start, end in spans), (), "lines", note


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


def _chunks(
    document: Document, text: Text, pieces: list[Piece], names: Sequence[DefinedName]
) -> Iterator[Chunk]:
    feeds = np.flatnonzero(np.frombuffer(text.data, dtype=np.uint8) == ord("\n"))
    first = (np.searchsorted(feeds, [piece.start for piece in pieces]) + 1).tolist()
    # The line of the last byte: a chunk that ends with a line feed ends on that line, not on the next.
    last = (np.searchsorted(feeds, [piece.end - 1 for piece in pieces]) + 1).tolist()
    held = _names_of_pieces(pieces, names)
    for piece, start_line, end_line, own in zip(pieces, first, last, held, strict=True):
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
            aliases=piece.aliases,
            is_bare=piece.is_bare,
            names=own,
        )


def _names_of_pieces(
    pieces: Sequence[Piece], names: Sequence[DefinedName]
) -> Iterator[tuple[ChunkName, ...]]:
    """Yield what each piece defines, declares and re-exports, each name once for each role."""
    at = 0
    for piece in pieces:
        first = at
        while at < len(names) and names[at].place < piece.end:
            at += 1
        if at == first:
            yield ()
            continue
        if at == first + 1:
            yield (ChunkName(*names[first][1:]),)
            continue
        held = dict.fromkeys(ChunkName(name, role) for _, name, role in names[first:at])
        yield tuple(islice(held, MAX_NAMES_OF_CHUNK))
