"""What of a chunk is searched: its tokens by field, and the text that an encoder reads."""

from pathlib import PurePosixPath
from typing import NamedTuple

from indexers.chunking.document import Chunk
from indexers.encoders import Parts, Passage
from indexers.search.lexical import Fields
from indexers.tokens import tokenize


class Searchable(NamedTuple):
    """The two forms of a chunk that indexes take."""

    fields: Fields
    passage: Passage


def searchable(chunk: Chunk) -> Searchable:
    """The forms of `chunk`; its text is tokenized once for both."""
    origin = chunk.origin
    name = tokenize(chunk.symbol or chunk.scope)
    path = tokenize(f"{origin.library} {PurePosixPath(origin.path).with_suffix('')}")
    # The text of code holds its signature; that of a documentation unit does not.
    signature = tokenize(chunk.signature) if origin.kind == "docs" else []
    text = tokenize(chunk.text)
    header = f"{origin.library} {chunk.symbol or chunk.scope or origin.path} {chunk.signature}".strip()
    fields = Fields(" ".join(name), " ".join(path), " ".join(signature + text))
    return Searchable(fields, Passage(f"{header}\n{chunk.text}", Parts(name, path, signature, text)))
