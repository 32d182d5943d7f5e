"""The searchable forms of a chunk: its tokens by field, and the text that an encoder reads."""

from pathlib import PurePosixPath
from typing import NamedTuple

from indexers.chunking.chunk import Chunk
from indexers.encoders import EncoderPassage, Parts
from indexers.search.interfaces import Fields
from indexers.search.lexical_query import name_keys
from indexers.search.literals import literals_in
from indexers.tokens import tokenize

_MAX_ALIASES = 64  # of a chunk whose words are searched; the names of more classes would say nothing


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
    literals = tokenize("\n".join(literals_in(chunk.text))) if origin.kind == "code" else []
    fields = Fields(
        name=" ".join(name + _more_tokens(chunk)),
        path=" ".join(path),
        body=" ".join(signature + text),
        literals=" ".join(literals),
        defines=" ".join(name_keys(_defined(chunk))),
    )
    return Searchable(fields, EncoderPassage(encoder_text(chunk), Parts(name, path, signature, text)))


def encoder_text(chunk: Chunk) -> str:
    """Return what an encoder may read of `chunk`: a line with its name and signature, and its text."""
    origin = chunk.origin
    header = f"{origin.library} {chunk.symbol or chunk.scope or origin.path} {chunk.signature}".strip()
    return f"{header}\n{chunk.text}"


def _defined(chunk: Chunk) -> list[str]:
    """Return the names that the chunk defines or declares, or if it is documentation, documents."""
    if chunk.origin.kind == "docs":
        return [chunk.symbol, *chunk.aliases[:_MAX_ALIASES]]
    return [name for name, _ in chunk.names]


def _more_tokens(chunk: Chunk) -> list[str]:
    """Return the tokens that aliases add to the name of a chunk.

    A class of `pandas.Series.fillna` for `pandas.DataFrame.fillna` adds one word. Attributes of a class
    (`Point.x` for `Point`) add none: its text has them.
    """
    known = set(tokenize(chunk.symbol))
    inner = f"{chunk.symbol}."
    added: dict[str, None] = {}
    for alias in [one for one in chunk.aliases if not one.startswith(inner)][:_MAX_ALIASES]:
        added.update(dict.fromkeys(token for token in tokenize(alias) if token not in known))
    return list(added)
