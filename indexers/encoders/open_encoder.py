"""Encoders by name."""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from corpora.errors import UnknownName
from corpora.registry import Registry
from indexers.encoders.encoder import Encoder
from indexers.encoders.table import holds_table, stamp_of_table

DEFAULT_ENCODER = "builtin"
_MODEL, _TABLE = "sentence-transformers:", "table:"
_JOINED = f"{DEFAULT_ENCODER}+"

ENCODERS: Final = Registry[Callable[[str], Encoder]]("encoder", "docprompting.encoders", {})
"""Functions of other packages that open an encoder; each is called with what follows a colon in its name."""


def full_name(name: str) -> str:
    """The name of an encoder as an index stores it: a folder's does not depend on where one stands."""
    if name.startswith(_JOINED):
        return _JOINED + full_name(name.removeprefix(_JOINED))
    if name.startswith(_TABLE):
        return _TABLE + os.path.realpath(os.path.expanduser(name.removeprefix(_TABLE)))  # noqa: PTH111 (raises nothing)
    if name not in {"", DEFAULT_ENCODER} and Path(name).is_dir():
        folder = Path(os.path.realpath(name))
        return f"{_TABLE}{folder}" if holds_table(folder) else str(folder)
    return name or DEFAULT_ENCODER


def is_static(name: str) -> bool:
    """Whether the encoder of this full name is a table: encoding costs next to nothing."""
    return name == DEFAULT_ENCODER or name.startswith(_TABLE)


def open_encoder(name: str = DEFAULT_ENCODER) -> Encoder:
    """The encoder called `name`.

    Args:
        name: `builtin`; `table:FOLDER` for a table that `rag train` made;
            `sentence-transformers:NAME` for any such model by name or folder; or just a folder that
            holds one or the other; `builtin+NAME` for such a one and the built-in one together;
            `NAME` or `NAME:ARGUMENT` for an encoder that another package adds.

    Raises:
        UnknownName: nothing goes by that name.
        IndexDamaged: the folder of a table is gone, or the table is not whole.
        MissingExtra: it needs a package that is not installed.
    """
    name = full_name(name)
    # A table that was trained anew while this process ran is another encoder by the same name.
    return _open(name, stamp_of_table(Path(name.removeprefix(_TABLE))) if name.startswith(_TABLE) else "")


@lru_cache(maxsize=4)
def _open(name: str, _stamp: str) -> Encoder:
    if is_static(name):
        from indexers.encoders.builtin import TableEncoder

        if name == DEFAULT_ENCODER:
            return TableEncoder.builtin()
        return TableEncoder.open(Path(name.removeprefix(_TABLE)))
    if name.startswith(_JOINED):
        from indexers.encoders.joined import JoinedEncoder

        return JoinedEncoder(open_encoder(), open_encoder(name.removeprefix(_JOINED)))
    if name.startswith(_MODEL) or Path(name).is_dir():
        from indexers.encoders.sentence_transformer import SentenceTransformerEncoder

        return SentenceTransformerEncoder(name.removeprefix(_MODEL))
    part, _, argument = name.partition(":")
    if part in ENCODERS:
        return ENCODERS.get(part)(argument)
    raise UnknownName(
        "encoder",
        name,
        [
            DEFAULT_ENCODER,
            f"{_MODEL}NAME",
            f"{_TABLE}FOLDER",
            f"{_JOINED}{_MODEL}NAME",
            "a folder with a sentence-transformers model",
            *ENCODERS,
        ],
        fix=f"say {_MODEL}{name} if it is one; for an index: rag index --rebuild --encoder builtin",
    )
