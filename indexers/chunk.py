"""The record of a chunk, and the one function that cuts a document into chunks."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from corpora.document import Document, Origin

Method = Literal["syntax", "headings", "sections", "lines"]

# Non-whitespace characters in a chunk, as cAST counts size (Zhang et al. 2025, arXiv:2506.15655):
# indentation and blank lines do not push a function over the limit.
MAX_CHUNK_CHARS = 1500


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a document, with what is needed to find it, to show it and to cite it.

    Lines are 1-based and inclusive; bytes are offsets into the UTF-8 form of the document's
    text, 0-based and end-exclusive. `symbol` is the qualified name of what the chunk defines
    (`Parser.parse`, `numpy.sum`; empty where it defines nothing), `scope` what encloses it
    (`Parser`), `signature` its declaration on one line, `anchor` the fragment of a page.
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
        """`src/app.py:10-24` for code, `library/time.html#time.strptime` for documentation."""
        if self.origin.kind == "docs":
            return f"{self.origin.path}#{self.anchor}" if self.anchor else self.origin.path
        return f"{self.origin.path}:{self.start_line}-{self.end_line}"

    @property
    def chunk_id(self) -> str:
        """A hash of where the chunk stands and what it says: the same in every build."""
        place = f"{self.origin.corpus}\0{self.origin.path}\0{self.anchor}\0{self.start_byte}\0"
        return hashlib.blake2b((place + self.text).encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Chunking:
    """The chunks of one document and how they were cut; `note` says why a fallback was used."""

    chunks: tuple[Chunk, ...]
    method: Method
    note: str = ""


def chunk_document(document: Document, *, max_chars: int = MAX_CHUNK_CHARS) -> Chunking:
    """Cut `document` where its structure says so; by lines where it has none.

    The texts of the chunks of a document without sections join to the document's text exactly.
    """
    raise NotImplementedError
