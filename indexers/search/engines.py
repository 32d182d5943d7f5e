"""The lexical and the dense part of an index, on disk or in memory, behind one interface."""

import os
from collections.abc import Callable, Iterator
from typing import Protocol

from indexers.catalog.catalog import Catalog
from indexers.catalog.checksums import Checksums, take_checksums
from indexers.layout import Layout
from indexers.search.dense import FaissIndex
from indexers.search.dense_files import rows_of
from indexers.search.interfaces import DenseIndex, DenseStore, DenseWriter, LexicalIndex, LexicalWriter
from indexers.search.lexical import TantivyIndex, TantivyWriter
from indexers.search.lexical_memory import MemoryLexical
from indexers.search.soundness import all_file_problems, check_files


class Engines(Protocol):
    """Opens the lexical and the dense index of a generation, to read it or to write the next."""

    def check(self, catalog: Catalog) -> None:
        """Raise `IndexDamaged` if a file of the catalog's generation is not as it was written."""

    def problems(self, catalog: Catalog) -> Iterator[str]:
        """Yield the files of the catalog's generation that are not as they were written, a line each."""

    def read_lexical(self, generation: int) -> LexicalIndex:
        """Open the lexical index of `generation`."""

    def read_dense(self, generation: int, dimensions: int) -> DenseIndex:
        """Open the dense index of `generation`, whose vectors have so many dimensions."""

    def write(self, generation: int, dimensions: int, *, fresh: bool) -> tuple[LexicalWriter, DenseWriter]:
        """Start writing `generation`, from the one before it, or from nothing if `fresh`."""

    def write_lexical_anew(self, generation: int) -> LexicalWriter:
        """Start writing the lexical part of `generation` from nothing, in place of the writer begun."""

    def checksums(self, generation: int, before: Checksums) -> Checksums:
        """Return the checksums of `generation`, both of whose writers have committed.

        `before` are those of the generation before it.
        """

    def delete_all_but(self, generation: int) -> None:
        """Delete all generations but this one, and the remains of an unfinished one."""

    def discard(self) -> None:
        """Delete what is outside of the folder of the index, which is going to be deleted."""


OpenEngines = Callable[[Layout], Engines]
"""Opens the engines of the index with this layout."""


class DiskEngines:
    """tantivy and FAISS, with files in the folder of the index."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def check(self, catalog: Catalog) -> None:
        """Check small files in full, and the sizes of the others."""
        check_files(catalog, self._layout)

    def problems(self, catalog: Catalog) -> Iterator[str]:
        """Read every byte of the files."""
        return all_file_problems(catalog, self._layout)

    def read_lexical(self, generation: int) -> LexicalIndex:
        """Open the tantivy index of `generation`."""
        return TantivyIndex(self._layout.lexical(generation))

    def read_dense(self, generation: int, dimensions: int) -> DenseIndex:
        """Open the FAISS index of `generation`."""
        return self._load_dense(generation, dimensions)

    def _load_dense(self, generation: int, dimensions: int) -> FaissIndex:
        return FaissIndex.load(self._layout.dense(generation), dimensions)

    def write(self, generation: int, dimensions: int, *, fresh: bool) -> tuple[LexicalWriter, DenseWriter]:
        """Start writing the files of `generation`."""
        if fresh:
            dense = FaissIndex.create(dimensions, self._layout.rows(generation))
            lexical = self.write_lexical_anew(generation)
        else:
            dense = self._load_dense(generation - 1, dimensions)
            lexical = TantivyWriter(self._layout.lexical(generation), self._layout.lexical(generation - 1))
        return lexical, dense.writing_to(self._layout.dense(generation))

    def write_lexical_anew(self, generation: int) -> LexicalWriter:
        """Start writing into the emptied folder of `generation`."""
        return TantivyWriter(self._layout.lexical(generation), None)

    def checksums(self, generation: int, before: Checksums) -> Checksums:
        """Return the checksums of the files of `generation`; unchanged files are not read again."""
        return take_checksums(self._layout, generation, rows_of(self._layout.dense(generation)), before)

    def delete_all_but(self, generation: int) -> None:
        """Delete the files of other generations, and vectors that belong to none."""
        try:
            name, size = rows_of(self._layout.dense(generation))
        except (OSError, ValueError):  # damaged or not readable now: nobody knows which vectors are needed
            self._layout.remove_generations(keep=generation, keep_file=None if generation else "")
            return
        self._layout.remove_generations(keep=generation, keep_file=name)
        rows = self._layout.root / "dense" / name
        if rows.is_file() and rows.stat().st_size > size:
            os.truncate(rows, size)

    def discard(self) -> None:
        """Do nothing: all files are in the folder of the index."""


class MemoryEngines:
    """Objects that live as long as the program; there is only one generation.

    Args:
        dense: makes an empty dense index for vectors of so many dimensions.
    """

    def __init__(self, dense: Callable[[int], DenseStore] = FaissIndex.create) -> None:
        self._lexical = MemoryLexical()
        self._make_dense = dense
        self._dense: DenseStore | None = None

    def check(self, catalog: Catalog) -> None:
        """Do nothing: there are no files."""

    def problems(self, catalog: Catalog) -> Iterator[str]:
        """Yield nothing: there are no files."""
        return iter(())

    def read_lexical(self, generation: int) -> LexicalIndex:
        """Return the only lexical index."""
        return self._lexical

    def read_dense(self, generation: int, dimensions: int) -> DenseIndex:
        """Return the only dense index."""
        return self._only_dense(dimensions)

    def _only_dense(self, dimensions: int) -> DenseStore:
        if self._dense is None:
            self._dense = self._make_dense(dimensions)
        return self._dense

    def write(self, generation: int, dimensions: int, *, fresh: bool) -> tuple[LexicalWriter, DenseWriter]:
        """Return the objects that are read too, emptied if `fresh`."""
        if fresh:
            self._lexical, self._dense = MemoryLexical(), None
        return self._lexical, self._only_dense(dimensions)

    def write_lexical_anew(self, generation: int) -> LexicalWriter:
        """Start with an empty lexical index."""
        self._lexical = MemoryLexical()
        return self._lexical

    def checksums(self, generation: int, before: Checksums) -> Checksums:
        """Return no checksums: there are no files."""
        return Checksums(generation)

    def delete_all_but(self, generation: int) -> None:
        """Do nothing: there is only one generation."""

    def discard(self) -> None:
        """Do nothing: there are no files."""
