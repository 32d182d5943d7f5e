"""The encoder of an index: chosen when the first corpus is indexed, and the same ever after."""

from pathlib import Path

from corpora.errors import IndexIncompatible
from indexers.catalog.catalog import Catalog
from indexers.encoders import DEFAULT_ENCODER, NamedEncoder, full_name, open_encoder
from indexers.own_corpora import check_encoder, name_encoder


def encoder_to_read(catalog: Catalog, index: Path | None) -> NamedEncoder:
    """Open the encoder that made the vectors of an index; the built-in one if there are none yet.

    Args:
        catalog: the catalog of the index.
        index: its folder; None for an index in memory.

    Raises:
        IndexIncompatible: the encoder of that name gives other vectors now.
        RagError: the index was not made here, and its encoder would be loaded from a file.
    """
    name, encoder_id = stored_name(catalog), catalog.database.meta("encoder_id")
    check_encoder(index, name)
    model = open_encoder(name)
    if model.encoder_id != encoder_id and not (encoder_id is None and not catalog.census.count_chunks()):
        raise IndexIncompatible(
            f"the index at {index} was made with another version of the encoder {name!r}",
            why=f"it holds vectors of {encoder_id}; this is {model.encoder_id}",
            fix="run: rag index --rebuild (naming the corpora, unless rag.toml does)",
        )
    return NamedEncoder(name, model)


def stored_name(catalog: Catalog) -> str:
    """Return the name of the encoder of an index; the default for one that was interrupted at its start."""
    return str(catalog.database.meta("encoder") or DEFAULT_ENCODER)


def encoder_to_write(catalog: Catalog, index: Path | None, name: str) -> NamedEncoder:
    """Open the encoder of an index; one that has none yet gets the encoder called `name`.

    Args:
        catalog: the catalog of the index.
        index: its folder; None for an index in memory.
        name: see `open_encoder`; empty for the encoder of the index, or the built-in one.

    Raises:
        IndexIncompatible: the index has another encoder, or what `encoder_to_read` says.
    """
    stored = catalog.database.meta("encoder")
    if stored is None:
        return _set_encoder(catalog, index, full_name(name))
    if name and full_name(name) != stored:
        raise IndexIncompatible(
            f"the index at {index} was made with the encoder {stored!r}, not {name!r}",
            why="vectors of two encoders cannot be compared",
            fix=f"run: rag index --rebuild --encoder {name}, or leave out --encoder",
        )
    return encoder_to_read(catalog, index)


def _set_encoder(catalog: Catalog, index: Path | None, name: str) -> NamedEncoder:
    model = open_encoder(name)
    with catalog.database.transaction():
        catalog.database.set_meta("encoder_id", model.encoder_id)
        catalog.database.set_meta("encoder", name)
        name_encoder(index, name)
    return NamedEncoder(name, model)
