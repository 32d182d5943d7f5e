"""Give the units of documentation of an index the vectors of a transformer: a pass that can be stopped.

The table of token vectors indexes at once; a transformer takes minutes, and so comes later. Texts are encoded
without the right to write, which is held for a moment every 2,000 texts. What is stored then stays: a pass
that is stopped, or killed, goes on where the last commit was.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from types import TracebackType
from typing import Final, Self

import numpy as np

from corpora.errors import IndexDamaged, IndexIncompatible, IndexLocked, IndexNotFound, MissingExtra, RagError
from indexers.catalog.database import Database
from indexers.deepening.units import UnitTexts, documented_units, passages, unit_text
from indexers.encoders import Encoder, open_encoder
from indexers.encoders.open_encoder import COMPACT_ENCODER
from indexers.encoders.table import Floats
from indexers.index import Index
from indexers.layout import Layout
from indexers.search.deep_files import clean_deep, new_deep, open_deep, write_deep
from indexers.search.deep_index import DeepIndex
from indexers.search.interfaces import Ids

_BATCH: Final = 256  # texts: one or two seconds
_COMMIT_AFTER: Final = 2_048  # texts, which are what a kill may cost
_LOCK_SECONDS: Final = 60.0  # another process may be writing when the last texts are to be stored

DeepenProgress = Callable[[int, int], None]
"""Called with the number of units that have a vector, and that of all units."""


@dataclass(frozen=True, slots=True)
class Deepened:
    """What a pass of deepening did.

    Attributes:
        encoded: texts that the transformer has read.
        done: units of documentation that have a vector now.
        units: all units of documentation.
        seconds: how long it took.
    """

    encoded: int
    done: int
    units: int
    seconds: float

    @property
    def left(self) -> int:
        """Return how many units have no vector yet."""
        return self.units - self.done


def deepen(
    index: Index, *, progress: DeepenProgress = lambda done, units: None, stop: Event | None = None
) -> Deepened:
    """Give the units of documentation of an index the vectors of the transformer, most used units first.

    Units that have a vector are not encoded again, and vectors that no unit has are dropped. Searching
    uses the vectors that are there.

    Args:
        index: an index on disk.
        progress: called after every batch.
        stop: ends the pass when it is set, or `KeyboardInterrupt` does; what was encoded is kept.

    Raises:
        MissingExtra: ONNX Runtime is not installed.
        IndexLocked: another process has been writing for a minute.
        RagError: the index is one in memory, has these vectors anyway, or was rebuilt meanwhile.
    """
    start = monotonic()
    with Deepening(index) as run:
        progress(run.done, run.units)
        while not (stop and stop.is_set()) and run.step():
            progress(run.done, run.units)
    return Deepened(run.encoded, run.done, run.units, monotonic() - start)


def check_deepening() -> None:
    """Raise `MissingExtra` if the transformer cannot be run; nothing is loaded."""
    if find_spec("onnxruntime") is None:
        raise MissingExtra("onnxruntime", "compact")


class Deepening:
    """A pass over an index, step by step; leaving it stores what was encoded."""

    def __init__(self, index: Index) -> None:
        """Find out what is to be done. Raises what `deepen` does."""
        self._index, self._layout = index, Layout(_folder_of(index))
        self._encoder: Encoder = open_encoder(COMPACT_ENCODER)
        self._catalog_file = self._inode()
        self.encoded = 0
        self._left: Ids = np.empty(0, dtype=np.int64)
        self._is_behind = False
        self._hashes: list[int] = []
        self._vectors: list[Floats] = []
        self._plan()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or issubclass(kind, KeyboardInterrupt):
            self.finish()

    def finish(self) -> None:
        """Store what was encoded. Raises `IndexLocked` if another process has been writing for a minute."""
        self._commit(patiently=True)

    @property
    def units(self) -> int:
        """Return the number of units of documentation."""
        return len(self._all.chunks)

    @property
    def done(self) -> int:
        """Return how many of the units have a vector, those included that are not stored yet."""
        return self.units - int(np.isin(self._all.hashes, self._all.hashes[self._left]).sum())

    def step(self) -> bool:
        """Encode some texts, storing them now and then; return whether more are left."""
        if self._index.catalog.database.generation != self._generation:
            self._plan()
        if not len(self._left):
            return False
        chosen, self._left = self._left[:_BATCH], self._left[_BATCH:]
        found = self._index.chunks(self._all.chunks[chosen].tolist())
        texts = [unit_text(found[chunk_id]) for chunk_id in self._all.chunks[chosen].tolist()]
        self._vectors.append(self._encoder.encode(passages(texts)))
        self._hashes += self._all.hashes[chosen].tolist()
        self.encoded += len(texts)
        if len(self._hashes) >= _COMMIT_AFTER or not len(self._left):
            self._commit(patiently=not len(self._left))
        return bool(len(self._left))

    def _plan(self) -> None:
        """Find the units of the current generation, and those of them that have no vector."""
        self._generation = self._index.catalog.database.generation
        self._all: UnitTexts = documented_units(self._index.catalog)
        deep = self._current()
        known = np.isin(self._all.hashes, np.array(self._hashes, dtype=np.uint64))
        if deep is not None:
            known |= deep.has(self._all.hashes)
            self._is_behind = deep.is_behind(self._all.chunks, self._all.hashes)
        left = np.flatnonzero(~known)
        left = left[np.lexsort((self._all.chunks[left], -self._all.shares[left]))]
        # A text that several units have, as in versions of a library, is encoded for the first of them.
        _, first = np.unique(self._all.hashes[left], return_index=True)
        self._left = left[np.sort(first)]
        self._commit(patiently=False)

    def _current(self) -> DeepIndex | None:
        """Return the vectors that there are now, unless another version of the transformer made them."""
        deep = open_deep(self._index.path, self._index.catalog.database, self._index.refresh)
        return deep if deep and deep.encoder_id == self._encoder.encoder_id else None

    def _commit(self, *, patiently: bool) -> None:
        """Store what was encoded; what another process has stored meanwhile stays.

        If another process is writing, the next commit stores it, or with `patiently`, this one waits.
        """
        until = monotonic() + _LOCK_SECONDS
        while self._hashes or self._is_behind:
            try:
                with self._index.writing():
                    self._write()
            except IndexLocked:
                if not patiently:
                    return
                if monotonic() > until:
                    raise
                sleep(1)

    def _write(self) -> None:
        if self._inode() != self._catalog_file:
            raise RagError(
                f"the index at {self._layout.root} was not deepened further",
                why="it was rebuilt meanwhile",
                fix="run: rag index --deepen",
            )
        encoder, hashes = self._encoder, np.array(self._hashes, dtype=np.uint64)
        with _committing(self._index) as database:
            deep = self._current()
            if deep is None:
                deep = new_deep(self._layout, database, encoder.encoder_id, encoder.dimensions)
            new = ~deep.has(hashes)
            if new.any():
                deep.add(hashes[new], np.concatenate(self._vectors)[new])
            if database.generation == self._generation:
                deep.place(self._all.chunks, self._all.hashes)
                deep.drop_unplaced()
            else:  # of what was indexed meanwhile nothing is known yet; the next step looks
                there = np.isin(self._all.chunks, self._index.catalog.chunk_ids(), assume_unique=True)
                deep.place(self._all.chunks[there], self._all.hashes[there])
            write_deep(self._layout, database, deep)
        self._hashes, self._vectors, self._is_behind = [], [], False

    def _inode(self) -> tuple[int, int]:
        found = self._layout.catalog.stat()
        return found.st_dev, found.st_ino


@contextmanager
def _committing(index: Index) -> Iterator[Database]:
    """Make what is written to the deep part current at the end. The caller holds the right to write.

    The transaction comes before the files: whoever finds vectors of a killed run finds an open catalog, too.
    """
    layout, database = Layout(_folder_of(index)), index.catalog.database
    with database.transaction():
        yield database
    database.shrink_log()
    clean_deep(layout.root, database)


def carry_over(old: Path, new: Index) -> None:
    """Give a rebuilt index those vectors of the `old` one whose texts it still has; none if that is damaged.

    The new one must be in a folder that nobody else writes.
    """
    try:
        with Index.open(old) as before, new.writing():
            if (known := before.deep) is None or COMPACT_ENCODER in new.encoder_name.split("+"):
                return
            units, layout = documented_units(new.catalog), Layout(_folder_of(new))
            with _committing(new) as database:
                deep = new_deep(layout, database, known.encoder_id, known.dimensions)
                for hashes, vectors in known.vectors_of(units.hashes):
                    deep.add(hashes, vectors)
                deep.place(units.chunks, units.hashes)
                write_deep(layout, database, deep)
    except (IndexDamaged, IndexIncompatible, IndexNotFound):
        return


def _folder_of(index: Index) -> Path:
    if index.path is None:
        raise RagError(
            "an index in memory is not deepened",
            why="the vectors are kept in the folder of an index",
            fix=f'use the transformer at once: Index.in_memory(..., encoder="builtin+{COMPACT_ENCODER}")',
        )
    if COMPACT_ENCODER in index.encoder_name.split("+"):
        raise RagError(
            f"the index at {index.path} has nothing to deepen",
            why=f"its encoder is {index.encoder_name}: all of it has vectors of the transformer",
            fix="nothing: rag search uses them",
        )
    return index.path
