"""Vectors in 8 bits, one after the other, in a file that only grows.

A row is a scale (float32) and its codes (int8): the vector is scale * codes. Generations of an index
share the file: each knows how many rows are its own, and ignores rows that a later one appends.
"""

import os
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpora.outside.files import open_outside
from indexers.encoders.table import Floats

MOST_COSINE = 1.05
"""Above the cosine of two vectors of length 1, one of them in 8 bits."""

_BLOCK_ROWS = 32_768
_SCORE_DECIMALS = 6


def row_type(dimensions: int) -> np.dtype[np.void]:
    """Return the type of a row of a file of vectors."""
    return np.dtype([("scale", np.float32), ("codes", np.int8, (dimensions,))])


class VectorRows:
    """`count` rows of `dimensions` numbers, in the file at `path` or, for None, in memory.

    Raises `ValueError` if the file holds fewer.
    """

    def __init__(self, path: Path | None, dimensions: int, count: int = 0) -> None:
        self.path = path
        self.dimensions = dimensions
        self.count = count
        self._dtype = row_type(dimensions)
        self._held = np.empty(0, dtype=self._dtype)
        self._map: NDArray[np.void] | None = None
        self._descriptor = -1
        if path is None:
            return
        size = 0
        if os.path.lexists(path):
            self._open(path)
            size = os.fstat(self._descriptor).st_size
        if size < count * self._dtype.itemsize:
            raise ValueError(f"{path.name} holds {size} bytes of {count * self._dtype.itemsize}")

    def _open(self, path: Path) -> None:
        """Keep the file open: a writer deletes it once a later generation has one of its own."""
        with open_outside(path, follow_links=False) as file:
            self._descriptor = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._descriptor)

    def append(self, vectors: Floats) -> None:
        """Append vectors, shape (n, dimensions); rows that a killed run left there are overwritten."""
        rows = np.empty(len(vectors), dtype=self._dtype)
        scales = np.maximum(np.abs(vectors).max(axis=1, initial=0), np.finfo(np.float32).tiny) / 127
        rows["scale"] = scales
        rows["codes"] = np.rint(vectors / scales[:, None])
        if self.path is None:
            self._held = np.concatenate([self._held, rows])
        else:
            self._map = None
            self.path.touch()  # `r+b` needs an existing file
            with self.path.open("r+b") as file:
                file.truncate(self.count * self._dtype.itemsize)
                file.seek(0, os.SEEK_END)
                file.write(rows.tobytes())
            if self._descriptor < 0:
                self._open(self.path)
        self.count += len(rows)

    def take(self, numbers: NDArray[np.int64]) -> Floats:
        """Return the vectors in the rows with these numbers, shape (len(numbers), dimensions)."""
        if not len(numbers):
            return np.empty((0, self.dimensions), dtype=np.float32)
        if self.path is None:
            return _vectors(self._held[numbers])
        # Mapped once and kept, as mapping takes longer than reading: a search reads 1,000 of a million rows.
        if self._map is None:
            # As a plain array: a memmap takes as long for what it is beside it as for a few hundred rows.
            with os.fdopen(os.dup(self._descriptor), "rb") as file:
                self._map = np.asarray(np.memmap(file, self._dtype, "r", shape=(self.count,)))
        return _vectors(self._map[numbers])

    def blocks(self, first: int = 0) -> Iterator[tuple[int, Floats]]:
        """Yield the vectors from row `first` on, in blocks, each with the number of its first row."""
        yield from ((start, _vectors(rows)) for start, rows in self._row_blocks(first))

    def _row_blocks(self, first: int) -> Iterator[tuple[int, NDArray[np.void]]]:
        for start in range(first, self.count, _BLOCK_ROWS):
            count = min(_BLOCK_ROWS, self.count - start)
            if self.path is None:
                yield start, self._held[start : start + count]
            else:  # read, not mapped: mapped pages count as memory of this process
                yield start, self._read(start, count)

    def _read(self, start: int, count: int) -> NDArray[np.void]:
        # By its place, which no other thread moves.
        wanted, offset = count * self._dtype.itemsize, start * self._dtype.itemsize
        data = os.pread(self._descriptor, wanted, offset)
        while len(data) < wanted and (
            more := os.pread(self._descriptor, wanted - len(data), offset + len(data))
        ):
            data += more
        return np.frombuffer(data, self._dtype)

    def products(self, vector: Floats) -> Floats:
        """Return the product of each row with `vector`, shape (count,)."""
        found = np.empty(self.count, dtype=np.float32)
        with np.errstate(all="ignore"):  # a damaged scale may be any number; callers check the vectors
            for start, rows in self._row_blocks(0):
                codes = rows["codes"].astype(np.float32)
                found[start : start + len(rows)] = codes @ vector * rows["scale"]
        return found


def _vectors(rows: NDArray[np.void]) -> Floats:
    with np.errstate(all="ignore"):  # a damaged scale may be any number; callers check the vectors
        vectors: Floats = rows["codes"].astype(np.float32) * rows["scale"][:, None]
    return vectors


def cosines_of(rows: Floats, vector: Floats) -> Floats:
    """Return the product of each row with `vector`, equal to the last digit wherever in `rows` a row is.

    A matrix product would not be: it adds in another order at the edges of its blocks. Raises `ValueError`
    for a row that does not have length 1.
    """
    with np.errstate(all="ignore"):  # damaged vectors are found below
        return checked_cosines(np.round(np.einsum("ij,j->i", rows, vector), _SCORE_DECIMALS))


def checked_cosines(cosines: Floats) -> Floats:
    """Return `cosines` if all of them can be those of vectors of length 1. Raises `ValueError`."""
    if not (np.abs(cosines) <= MOST_COSINE).all():  # false for NaN too
        raise ValueError("a vector does not have length 1")
    return cosines
