"""The searchable forms of a chunk: its tokens by field, and the text that an encoder reads."""

from pathlib import PurePosixPath
from typing import NamedTuple

from indexers.chunking.chunk import Chunk
from indexers.encoders import EncoderPassage, Parts
from indexers.search.interfaces import Fields
from indexers.tokens import tokenize


class Searchable(NamedTuple):
    """A chunk as the lexical index takes it, and as an encoder does."""

    fields: Fields
    passage: EncoderPassage


def searchable(chunk: Chunk) -> Searchable:
    """Return both forms of `chunk`; its text is tokenized once for both."""
    origin = chunk.origin
    name = tokenize(chunk.symbol or chunk.scope)
    path = tokenize(f"{origin.library} {PurePosixPath(origin.path).with_suffix('')}")
    # The text of code holds its signature; that of a documentation unit does not.
    signature = tokenize(chunk.signature) if origin.kind == "docs" else []
    text = tokenize(chunk.text)
    header = f"{origin.library} {chunk.symbol or chunk.scope or origin.path} {chunk.signature}".strip()
    fields = Fields(" ".join(name), " ".join(path), " ".join(signature + text))
    return Searchable(fields, EncoderPassage(f"{header}\n{chunk.text}", Parts(name, path, signature, text)))
