"""The record of a document that the catalog stores."""

from dataclasses import dataclass

from corpora.document import Document, Listed
from indexers.catalog.texts import unpack_text
from indexers.chunking.chunk import Chunking


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """A document and its chunks, as the catalog stores them.

    The texts of `document` and of the chunks are empty: `text` holds them once, packed by `pack_text`.
    `names` are those of each chunk as `pack_names` made them, for the chunks have none.
    `bands` (see `building.similarity`) serve to find files of code that it may be a near-duplicate of.
    `imports` are the packages that code imports.
    """

    listed: Listed
    document: Document
    chunking: Chunking
    text: bytes
    names: tuple[str, ...]
    bands: tuple[int, ...]
    imports: tuple[str, ...] = ()

    def unpacked_text(self) -> str:
        """Return the text of the document, without its secrets."""
        return unpack_text(self.text, len(self.chunking.chunks))[1].decode()
