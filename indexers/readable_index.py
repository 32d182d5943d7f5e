"""An index as somebody sees it who may not read all of its corpora."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import NoReturn

import numpy as np

from corpora.errors import RagError
from indexers.catalog.catalog import Catalog
from indexers.catalog.filter import Filter
from indexers.encoders import Encoder
from indexers.index import Index
from indexers.layout import Layout
from indexers.readable_parts import ReadableVectors, ReadableWords
from indexers.search.interfaces import DenseIndex, LexicalIndex


class ReadableIndex(Index):
    """The corpora of an index that somebody may read; nothing of others is returned or counted.

    It has a catalog of its own, which shows no others (see `hiding`), and shares the open
    engines of `index`, which must stay open. Both show one generation.

    Args:
        index: the index, in a folder.
        names: of the reader: their own, and those of their groups.

    Raises:
        RagError: somebody has written to the index since `index` was opened; or it is in memory.
    """

    def __init__(self, index: Index, names: Collection[str]) -> None:
        if index.path is None:
            raise RagError(
                "an index in memory is not limited to readers",
                why="only its folder can be opened a second time",
                fix="build it in a folder: Index.build(PATH, SOURCES)",
            )
        super().__init__(index.path, Catalog(Layout(index.path).catalog, names=names))
        self._all = index
        if self.catalog.database.generation != index.catalog.database.generation:
            self.close()
            raise RagError(
                f"the index at {index.path} was written to meanwhile",
                why="what may be read of it is that of another generation",
                fix="open it anew",
            )

    @cached_property
    def encoder(self) -> Encoder:
        """Return the encoder of the index."""
        return self._all.encoder

    @cached_property
    def _parts(self) -> tuple[LexicalIndex, DenseIndex]:
        documents = np.array(self.catalog.documents_matching(Filter()), np.int64)
        chunks = self.catalog.chunk_ids()
        words = ReadableWords(self._all.lexical, documents, chunks)
        return words, ReadableVectors(self._all.dense, chunks)

    def documents(self, wanted: Filter) -> list[int] | None:
        """Return the ids of the documents that pass the filter and may be read, ascending."""
        return self.catalog.documents_matching(wanted)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Raise `RagError`: whoever may not read everything does not write."""
        raise RagError(
            f"the index at {self.path} is not written",
            why="it was opened for somebody who may not read all of it",
            fix="open it without names",
        )
        yield

    def __reduce__(self) -> NoReturn:
        """Raise `TypeError`: another process would open the whole index by its path."""
        raise TypeError("an index that is limited to a reader is only here")

    def refresh(self) -> None:
        """Raise `RagError`: the index that it is made of shows one generation."""
        raise RagError(
            f"the index at {self.path} is not shown anew",
            why="it is a part of another, for some readers",
            fix="open that one anew",
        )
