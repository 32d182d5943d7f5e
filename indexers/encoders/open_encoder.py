"""Open encoders by name."""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from corpora.errors import UnknownName
from corpora.registry import Registry
from indexers.encoders.encoder import Encoder
from indexers.encoders.table import holds_table, stamp_of_table

DEFAULT_ENCODER, COMPACT_ENCODER = "builtin", "compact"
_MODEL, _TABLE = "sentence-transformers:", "table:"
_JOINED = f"{DEFAULT_ENCODER}+"

ENCODERS: Final = Registry[Callable[[str], Encoder]]("encoder", "docprompting.encoders", {})
"""Functions of other packages that open an encoder; each is called with what follows a colon in its name."""


def full_name(name: str) -> str:
    """Return the name of an encoder as an index stores it: paths are absolute."""
    if name.startswith(_JOINED):
        return _JOINED + full_name(name.removeprefix(_JOINED))
    if name.startswith(_TABLE):
        return _TABLE + os.path.realpath(os.path.expanduser(name.removeprefix(_TABLE)))  # noqa: PTH111 (raises nothing)
    if name not in {"", DEFAULT_ENCODER, COMPACT_ENCODER} and Path(name).is_dir():
        folder = Path(os.path.realpath(name))
        return f"{_TABLE}{folder}" if holds_table(folder) else str(folder)
    return name or DEFAULT_ENCODER


def is_static(name: str) -> bool:
    """Return whether the encoder with this full name is a token table, for which encoding is cheap."""
    return name == DEFAULT_ENCODER or name.startswith(_TABLE)


def open_encoder(name: str = DEFAULT_ENCODER) -> Encoder:
    """Open the encoder called `name`.

    Args:
        name: one of
            `builtin`, the table that comes with the package;
            `compact`, the transformer that comes with the package;
            `table:FOLDER`, a token table that `rag train` made;
            `sentence-transformers:NAME`, a model by its name or folder;
            a folder that holds a table or a model;
            `builtin+NAME`, one of these joined with the built-in encoder;
            `NAME` or `NAME:ARGUMENT`, an encoder that another package adds.

    Raises:
        UnknownName: no encoder has that name.
        IndexDamaged: the folder of a table is missing, or the table is damaged.
        MissingExtra: the encoder needs a package that is not installed.
        RagError: the model cannot be loaded.
    """
    name = full_name(name)
    # A table that has been trained anew while this process runs is another encoder of the same name.
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
    if name == COMPACT_ENCODER:
        from indexers.encoders.compact import CompactEncoder

        return CompactEncoder.open()
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
            COMPACT_ENCODER,
            f"{_JOINED}{COMPACT_ENCODER}",
            f"{_MODEL}NAME",
            f"{_TABLE}FOLDER",
            f"{_JOINED}{_MODEL}NAME",
            "a folder with a sentence-transformers model",
            *ENCODERS,
        ],
        fix=f"write {_MODEL}{name} if it is a model; for an index: rag index --rebuild --encoder builtin",
    )
