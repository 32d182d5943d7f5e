"""The records of a chunk and of all chunks of a document."""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from corpora.document import Origin, fragment_of
from corpora.syntax.names.role import NameRole

ChunkingMethod = Literal["syntax", "headings", "sections", "lines"]

MAX_NAMES_OF_CHUNK: Final = 200
"""The largest number of names that a chunk has; what comes after them is generated."""


class ChunkName(NamedTuple):
    """A name, qualified and dotted (`Parser.parse`, `Color.RED`), and what a chunk is to it."""

    name: str
    role: NameRole


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
        aliases: other names by which users reach what it documents (`pandas.Series.fillna`).
        is_bare: whether it is nothing but the declaration of something that nobody documented.
        names: all that code defines, declares or re-exports in the span, in the order of the text. A
            definition that is cut has its name in the chunk that holds its head only.
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
    aliases: tuple[str, ...] = ()
    is_bare: bool = False
    names: tuple[ChunkName, ...] = ()

    @property
    def location(self) -> str:
        """Return the place to cite: `src/app.py:10-24`, or for documentation `time.html#time.strptime`."""
        if self.origin.kind == "docs":
            fragment = fragment_of(self.anchor)
            return f"{self.origin.path}#{fragment}" if fragment else self.origin.path
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
