"""The deep part of an index on disk: open it, write the next one, check it, delete what is left of others.

It has numbers of its own, since deepening leaves the other parts as they are: a commit writes the files of
number N+1 and flushes them, then one transaction of the catalog makes N+1 current. The catalog keeps nothing
of it but the number, the checksums of the files, and the id of the encoder.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from corpora.errors import IndexDamaged, RagError
from indexers.catalog.catalog import Catalog
from indexers.catalog.checksums import (
    QUICK_BYTES,
    Checksums,
    file_problems,
    take_deep_checksums,
    unexpected_files,
)
from indexers.catalog.database import Database
from indexers.layout import Layout
from indexers.search.deep_index import DeepIndex
from indexers.search.dense import part_damaged
from indexers.search.dense_files import rows_of
from indexers.status import DeepenedUnits

_CHECKSUMS, _ENCODER = "deep", "deep_encoder"
_PARTS: Final = ("deep",)
_MAX_ID_CHARS: Final = 200


def deep_checksums(database: Database) -> Checksums | None:
    """Return the checksums of the deep part; None if there is none. Raises `IndexDamaged`."""
    stored = database.meta(_CHECKSUMS)
    if stored is None:
        return None
    try:
        return Checksums.from_json(str(stored), _PARTS)
    except ValueError as error:
        raise database.damaged(str(error)) from error


def open_deep(index: Path | None, database: Database, refresh: Callable[[], None]) -> DeepIndex | None:
    """Return the deep part of an index; None if it was never deepened.

    Args:
        index: the folder of the index; None for an index in memory.
        database: that of its catalog.
        refresh: has the database show the newest generation.

    Raises:
        IndexDamaged: a file is missing, or is not as it was written.
    """
    while True:
        known = deep_checksums(database)
        if known is None or index is None:
            return None
        try:
            return _load(Layout(index), database, known)
        except IndexDamaged:
            # A deepening that has committed meanwhile has deleted the files that we were about to open.
            refresh()
            if deep_checksums(database) == known:
                raise


def _load(layout: Layout, database: Database, known: Checksums) -> DeepIndex:
    encoder = database.meta(_ENCODER)
    if not isinstance(encoder, str) or not 0 < len(encoder) <= _MAX_ID_CHARS:
        raise database.damaged("the encoder of its deep part has no name")
    if problem := next(file_problems(layout, known, max_bytes=QUICK_BYTES), ""):
        raise part_damaged(layout.deep(0).parent, problem)
    return DeepIndex.load(layout.deep(known.generation), encoder)


def deepened_units(catalog: Catalog, deep: DeepIndex | None) -> DeepenedUnits | None:
    """Count the units of documentation that have a vector; None if the index was never deepened."""
    known = deep_checksums(catalog.database)
    if known is None or deep is None:
        return None
    units = np.array(catalog.census.unit_ids(), dtype=np.int64)
    done = np.isin(units, deep.places.chunks, assume_unique=True)
    size = sum(one.size for files in known.parts.values() for one in files.values())
    return DeepenedUnits(int(done.sum()), len(units), size)


def new_deep(layout: Layout, database: Database, encoder_id: str, dimensions: int) -> DeepIndex:
    """Return an empty deep part to be written in place of the one there is, if any."""
    layout.deep(0).parent.mkdir(exist_ok=True)
    return DeepIndex.create(encoder_id, dimensions, layout.deep_rows(_next_number(database)))


def write_deep(layout: Layout, database: Database, deep: DeepIndex) -> None:
    """Make `deep` the current deep part, in the transaction that the caller has begun."""
    number = _next_number(database)
    deep.save(layout.deep(number))
    before = deep_checksums(database) or Checksums(0)
    taken = take_deep_checksums(layout, number, rows_of(layout.deep(number)), before)
    database.set_meta(_CHECKSUMS, taken.to_json())
    database.set_meta(_ENCODER, deep.encoder_id)


def drop_deep(layout: Layout, database: Database) -> None:
    """Have the index without a deep part, and delete its files. The caller holds the writer's lock."""
    with database.transaction():
        database.remove_meta([_CHECKSUMS, _ENCODER])
    layout.remove_deep(keep=0, keep_file="")


def clean_deep(index: Path | None, database: Database) -> None:
    """Delete what unfinished deepenings have left. The caller holds the writer's lock."""
    if index is None or not (layout := Layout(index)).deep(0).parent.is_dir():
        return
    with suppress(RagError):
        known = deep_checksums(database)
        if known is None:
            layout.remove_deep(keep=0, keep_file="")
            return
        try:
            name, size = rows_of(layout.deep(known.generation))
        except (OSError, ValueError):  # damaged: nobody knows which vectors are needed
            layout.remove_deep(keep=known.generation, keep_file=None)
            return
        layout.remove_deep(keep=known.generation, keep_file=name)
        rows = layout.deep(0).parent / name
        if rows.is_file() and rows.stat().st_size > size:
            os.truncate(rows, size)


def deep_problems(index: Path | None, database: Database) -> Iterator[str]:
    """Yield what is wrong with the deep part, a line each; every byte is read."""
    try:
        known = deep_checksums(database)
        if known is None or index is None:
            return
        layout = Layout(index)
        yield from file_problems(layout, known)
        yield from unexpected_files(layout, known, is_at_rest=database.is_sealed)
        if not _load(layout, database, known).is_finite():
            yield "the deep part holds vectors whose length is not 1"
    except IndexDamaged as error:
        yield f"{error.what}: {error.why}"


def repair_deep(index: Path | None, database: Database) -> None:
    """Drop the deep part if it is damaged. The caller holds the writer's lock."""
    if index is not None and any(deep_problems(index, database)):
        drop_deep(Layout(index), database)


def _next_number(database: Database) -> int:
    known = deep_checksums(database)
    return known.generation + 1 if known else 1
