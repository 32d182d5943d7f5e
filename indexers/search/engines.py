"""The derived parts of an index, on disk or in memory, behind one interface."""

import os
from typing import Protocol

from indexers.catalog.catalog import Catalog
from indexers.catalog.checksums import Checksums, take_checksums
from indexers.search.dense import DenseIndex, rows_of
from indexers.search.layout import Layout
from indexers.search.lexical import LexicalIndex, LexicalWriter, TantivyIndex, TantivyWriter
from indexers.search.lexical_memory import MemoryLexical
from indexers.soundness import check_files


class Engines(Protocol):
    """Opens the lexical and the dense index of a generation, to read or to make the next."""

    def check(self, catalog: Catalog) -> None:
        """Raise `IndexDamaged` if a file of the generation of `catalog` is not what was written."""

    def read_lexical(self, generation: int) -> LexicalIndex:
        """The lexical index of `generation`."""

    def read_dense(self, generation: int, dimensions: int) -> DenseIndex:
        """The dense index of `generation`."""

    def write(self, generation: int, dimensions: int, *, fresh: bool) -> tuple[LexicalWriter, DenseIndex]:
        """Writers of `generation`, starting from the one before it, or from nothing if `fresh`."""

    def write_lexical_anew(self, generation: int) -> LexicalWriter:
        """A writer of the lexical part of `generation` that starts from nothing, instead of the one begun."""

    def save_dense(self, generation: int, dense: DenseIndex) -> None:
        """Keep `dense` as that of `generation`."""

    def checksums(self, generation: int, before: Checksums) -> Checksums:
        """Those of the files of `generation`, given those of the one before it."""

    def forget(self, *, keep: int) -> None:
        """Drop all other generations, and what an unfinished one left."""


class DiskEngines:
    """Files in an index folder."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def check(self, catalog: Catalog) -> None:
        """Look at the small files in full, and at the sizes of the others."""
        check_files(catalog, self._layout)

    def read_lexical(self, generation: int) -> LexicalIndex:
        """The tantivy index of `generation`."""
        return TantivyIndex(self._layout.lexical(generation))

    def read_dense(self, generation: int, dimensions: int) -> DenseIndex:
        """The vectors of `generation`."""
        return DenseIndex.load(self._layout.dense(generation), dimensions)

    def write(self, generation: int, dimensions: int, *, fresh: bool) -> tuple[LexicalWriter, DenseIndex]:
        """Writers into the files of `generation`."""
        previous = None if fresh else generation - 1
        if previous is None:
            dense = DenseIndex.create(dimensions, self._layout.rows(generation))
        else:
            dense = self.read_dense(previous, dimensions)
        source = None if previous is None else self._layout.lexical(previous)
        return TantivyWriter(self._layout.lexical(generation), source), dense

    def write_lexical_anew(self, generation: int) -> LexicalWriter:
        """A writer into the emptied folder of `generation`."""
        return TantivyWriter(self._layout.lexical(generation), None)

    def save_dense(self, generation: int, dense: DenseIndex) -> None:
        """Write the files of `generation`."""
        dense.save(self._layout.dense(generation))

    def checksums(self, generation: int, before: Checksums) -> Checksums:
        """Those of what has been written."""
        return take_checksums(self._layout, generation, rows_of(self._layout.dense(generation)), before)

    def forget(self, *, keep: int) -> None:
        """Delete the files of other generations, and vectors that no generation has."""
        try:
            name, size = rows_of(self._layout.dense(keep))
        except (OSError, ValueError):  # damaged, or not to be read now: whose vectors there are is not known
            self._layout.remove_generations(keep=keep, keep_file=None if keep else "")
            return
        self._layout.remove_generations(keep=keep, keep_file=name)
        rows = self._layout.root / "dense" / name
        if rows.is_file() and rows.stat().st_size > size:
            os.truncate(rows, size)


class MemoryEngines:
    """Objects that live as long as the program; there is only one generation."""

    def __init__(self) -> None:
        self._lexical = MemoryLexical()
        self._dense: DenseIndex | None = None

    def check(self, catalog: Catalog) -> None:
        """Nothing to do: there are no files."""

    def read_lexical(self, generation: int) -> LexicalIndex:
        """The one there is."""
        return self._lexical

    def read_dense(self, generation: int, dimensions: int) -> DenseIndex:
        """The one there is."""
        if self._dense is None:
            self._dense = DenseIndex.create(dimensions)
        return self._dense

    def write(self, generation: int, dimensions: int, *, fresh: bool) -> tuple[LexicalWriter, DenseIndex]:
        """The same objects."""
        if fresh:
            self._lexical, self._dense = MemoryLexical(), None
        return self._lexical, self.read_dense(generation, dimensions)

    def write_lexical_anew(self, generation: int) -> LexicalWriter:
        """An empty one."""
        self._lexical = MemoryLexical()
        return self._lexical

    def save_dense(self, generation: int, dense: DenseIndex) -> None:
        """Nothing to do: it is the same object."""

    def checksums(self, generation: int, before: Checksums) -> Checksums:
        """None: there are no files."""
        return Checksums(generation)

    def forget(self, *, keep: int) -> None:
        """Nothing to do: there is only one."""
