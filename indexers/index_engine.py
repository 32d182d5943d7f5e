"""The engine of an index: chosen before its first documents are indexed, and the same ever after."""

import uuid
from pathlib import Path
from typing import Final

from corpora.errors import IndexDamaged, IndexIncompatible
from indexers.catalog.catalog import Catalog
from indexers.layout import Layout
from indexers.own_corpora import check_engine, name_engine, name_writer
from indexers.search.engines import Engines
from indexers.search.interfaces import DenseIndex, LexicalIndex
from indexers.search.named_engines import EMBEDDED, engines_named

_KEY: Final = "engine"


def stored_engine(catalog: Catalog) -> str:
    """Return the name of the engine of an index."""
    return str(catalog.database.meta(_KEY) or EMBEDDED)


def engines_to_read(catalog: Catalog, index: Path | None) -> Engines:
    """Open the engines of the index in the folder `index`.

    Raises:
        UnknownName: a package that is not here added them.
        RagError: the index was not made here, and names an address that its user has not named.
    """
    assert index is not None  # one in memory is given its engines
    name = stored_engine(catalog)
    check_engine(index, name)
    return engines_named(name)(Layout(index))


def open_parts(
    catalog: Catalog, engines: Engines, dimensions: int, index: Path | None
) -> tuple[LexicalIndex, DenseIndex]:
    """Open both parts of the newest generation.

    Raises:
        IndexDamaged: a file is not as it was written, or there is no generation yet.
    """
    generation = catalog.database.generation
    if generation == 0:
        raise IndexDamaged(
            f"the index at {index} is not finished",
            why="indexing was stopped before the first commit",
            fix="run: rag index (naming the corpora, unless rag.toml does)",
        )
    engines.check(catalog)
    dense = engines.read_dense(generation, dimensions)
    return engines.read_lexical(generation), dense


def choose_engine(catalog: Catalog, index: Path | None, name: str) -> None:
    """Give an index in the folder `index` that holds nothing yet the engine called `name`.

    At an address, the index gets a folder of its own.

    Raises:
        IndexIncompatible: the index has another engine.
        RagError: there is none of this name.
    """
    stored = stored_engine(catalog)
    assert index is not None
    if catalog.database.generation:
        raise IndexIncompatible(
            f"the index at {index} has the engine {stored!r}, not {name!r}",
            why="what one engine has written, another cannot read",
            fix=f"run: rag index --rebuild --engine {name}, or leave out --engine",
        )
    engines_named(name)(Layout(index))
    kind, colon, address = name.partition(":")
    chosen = f"{kind}:{address.rstrip('/')}/{uuid.uuid4().hex}" if colon else kind
    with catalog.database.transaction():
        catalog.database.set_meta(_KEY, chosen)
    name_engine(index, chosen)
    name_writer(index, chosen)


def is_named_again(catalog: Catalog, index: Path | None, name: str) -> bool:
    """Return whether the index has the engine called `name`, whose tables its user then writes from here."""
    stored = stored_engine(catalog)
    if not is_engine(name, stored):
        return False
    name_engine(index, stored)
    name_writer(index, stored)
    return True


def asked_engine(stored: str) -> str:
    """Return what was asked for: a stored address ends with the folder that the index got there."""
    return stored.rpartition("/")[0] if ":" in stored else stored


def is_engine(name: str, stored: str) -> bool:
    """Return whether `name` asks for the engine that is stored."""
    return name == stored or name.rstrip("/") == asked_engine(stored)
