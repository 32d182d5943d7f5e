"""Encoders by name."""

from functools import lru_cache
from pathlib import Path

from corpora.errors import UnknownName
from indexers.encoders.encoder import Encoder

DEFAULT_ENCODER = "builtin"
_PREFIX = "sentence-transformers:"


def full_name(name: str) -> str:
    """The name of an encoder as an index stores it: a folder's does not depend on where one stands."""
    return str(Path(name).resolve()) if name and Path(name).is_dir() else name or DEFAULT_ENCODER


@lru_cache(maxsize=4)
def open_encoder(name: str = DEFAULT_ENCODER) -> Encoder:
    """The encoder called `name`.

    Args:
        name: `builtin`; `sentence-transformers:NAME` for any such model by name or folder; or
            just a folder that holds one.

    Raises:
        UnknownName: nothing goes by that name.
        MissingExtra: it needs a package that is not installed.
    """
    if name == DEFAULT_ENCODER:
        from indexers.encoders.builtin import BuiltinEncoder

        return BuiltinEncoder()
    if name.startswith(_PREFIX) or Path(name).is_dir():
        from indexers.encoders.sentence_transformer import SentenceTransformerEncoder

        return SentenceTransformerEncoder(name.removeprefix(_PREFIX))
    raise UnknownName(
        "encoder",
        name,
        [DEFAULT_ENCODER, f"{_PREFIX}NAME", "a folder with a sentence-transformers model"],
        fix=f"say {_PREFIX}{name} if it is one; for an index: rag index --rebuild --encoder builtin",
    )
