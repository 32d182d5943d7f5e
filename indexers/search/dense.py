"""Search by vectors: FAISS finds candidates, and their stored 8-bit rows decide.

Vectors have length 1, so the inner product is the cosine. Up to `_EXACT_ROWS` rows, FAISS scans all of them
in 8 bits of one scale, and twice as many as are asked for are scored by their rows; the first search of a
process scans the rows themselves. Beyond, it scans 4-bit
product-quantization codes in registers (André et al. 2017, "Accelerated Nearest Neighbor Search with Quick
ADC"), an eighth of the bytes, and the best `_CANDIDATES` are scored by their rows. Figures behind these
numbers: bench/RESULTS.md.
"""

import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from corpora.errors import IndexDamaged
from indexers.encoders.table import Floats
from indexers.engine_errors import raising_damage
from indexers.layout import sync_to_disk
from indexers.search.dense_files import (
    CODES,
    DIMENSIONS_A_CODE,
    IDS,
    REMOVED,
    DenseHeader,
    read_codes,
    read_header,
    read_ids,
    write_ids,
)
from indexers.search.interfaces import Ids, Scored, scored
from indexers.search.nearest import load_faiss, nearest
from indexers.search.usable_vectors import check_question, used_rows
from indexers.search.vector_rows import MOST_COSINE, VectorRows, checked_cosines, cosines_of

_EXACT_ROWS = 100_000
_CANDIDATES = 1000
_SPARE, _LEAST = 2, 100  # a scan of all rows is a little coarser than the rows that decide
_COARSENESS = 0.01  # more than such a scan errs: at most 0.004 in measured indexes
_TRAINING_ROWS = 60_000
_COMPACT_SHARE = 0.25  # share of removed rows above which the file is worth writing anew


class FaissIndex:
    """Chunk ids, ascending, and a vector for each. Use `create` or `load`."""

    def __init__(self, rows: VectorRows, ids: Ids, removed: Ids, codes: Any = None) -> None:
        self._rows, self._ids, self._removed = rows, ids, removed
        self._codes = codes
        self._target: Path | None = None
        self._was_searched = False
        self._flat: Any = None
        self._flat_rows: Ids = np.empty(0, dtype=np.int64)
        self._loading = Lock()  # threads share an index: none searches what another has begun to load

    @classmethod
    def create(cls, dimensions: int, rows_file: Path | None = None) -> "FaissIndex":
        """Make an empty index whose rows go to `rows_file`, or for None stay in memory."""
        if rows_file:
            rows_file.unlink(missing_ok=True)
        nothing = np.empty(0, dtype=np.int64)
        return cls(VectorRows(rows_file, dimensions), nothing, nothing)

    @classmethod
    def load(cls, folder: Path, dimensions: int) -> "FaissIndex":
        """Read an index that `save` wrote. Raises `IndexDamaged` if a file is missing or not whole."""
        with _raising_damage(folder.parent):
            header = read_header(folder)
            if header.dimensions != dimensions:
                raise ValueError(f"it holds vectors of {header.dimensions} dimensions, not {dimensions}")
            rows = VectorRows(folder.parent / header.rows_file, dimensions, header.rows)
            ids = read_ids(folder / IDS, count=rows.count)
            removed = read_ids(folder / REMOVED, most=rows.count)
            codes = read_codes(folder / CODES, dimensions, rows.count) if header.has_codes else None
        return cls(rows, ids, removed, codes)

    def writing_to(self, folder: Path) -> "FaissIndex":
        """Have `commit` save to `folder`; returns the index itself."""
        self._target = folder
        return self

    def commit(self) -> None:
        """Save to the folder given by `writing_to`; an index in memory has nothing to save."""
        if self._target is not None:
            self.save(self._target)

    def save(self, folder: Path) -> None:
        """Write the index to `folder` and flush it to the disk; the rows stay in their file beside it."""
        if len(self._removed) > _COMPACT_SHARE * len(self._ids):
            self._compact(folder.parent / f"rows-{folder.name}.bin")
        shutil.rmtree(folder, ignore_errors=True)  # an unfinished one of a killed run
        folder.mkdir()
        assert self._rows.path is not None
        self._rows.path.touch()  # an empty index has written no rows
        write_ids(folder / IDS, self._ids)
        write_ids(folder / REMOVED, self._removed)
        codes = self._current_codes()
        if codes is not None:
            load_faiss().write_index(codes, str(folder / CODES))
        header = DenseHeader(self._rows.path.name, self._rows.count, self._rows.dimensions, codes is not None)
        header.write(folder)
        sync_to_disk(folder)
        sync_to_disk(self._rows.path)

    def _raising_damage(self) -> AbstractContextManager[None]:
        path = self._rows.path
        return _raising_damage(path.parent) if path else nullcontext()

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""
        return self._rows.dimensions

    def __len__(self) -> int:
        return len(self._ids) - len(self._removed)

    def ids(self) -> Ids:
        """Return the ids of all chunks that can be found, ascending."""
        return np.setdiff1d(self._ids, self._removed, assume_unique=True)

    def add(self, chunk_ids: Sequence[int], vectors: Floats) -> int:
        """Add vectors of length 1 under ids greater than all before, and return how many were added.

        Rows of zeros are left out. Raises what `used_rows` raises.
        """
        used = used_rows(vectors, chunk_ids, self._rows.dimensions)
        self._rows.append(vectors[used])
        self._ids = np.concatenate([self._ids, np.asarray(chunk_ids, dtype=np.int64)[used]])
        self._flat = None
        return int(used.sum())

    def remove(self, chunk_ids: Sequence[int]) -> None:
        """Remove vectors; ids that are not there do not matter."""
        gone = self._ids[self._rows_of(np.asarray(chunk_ids, dtype=np.int64))]
        self._removed = np.union1d(self._removed, gone)
        self._flat = None

    def search(self, vector: Floats, k: int, allowed: Ids | None = None) -> list[Scored]:
        """Return the `k` chunks (of those allowed) with the highest cosine, best first, ties by chunk id.

        `vector` has the shape (dimensions,) and length 1; all zeros finds nothing.
        """
        check_question(vector)
        if k < 1 or not len(self) or not vector.any():
            return []
        with self._raising_damage():
            return self._search(vector, k, allowed)

    def _search(self, vector: Floats, k: int, allowed: Ids | None) -> list[Scored]:
        rows = self._candidates(vector, k) if allowed is None else self._rows_of(allowed)
        best, scores = self._best(rows, vector, k)
        is_sample = allowed is None and not self.is_approximate and len(rows) < len(self._ids)
        if is_sample and len(best) == k and scores[k - 1] - scores.min() < _COARSENESS:
            # More rows are nearly as near than a scan tells apart, such as many copies of one text.
            near = checked_cosines(self._rows.products(vector)) > scores[k - 1] - _COARSENESS
            best, scores = self._best(np.flatnonzero(near), vector, k)
        return scored(self._ids[best].tolist(), scores[:k].tolist())

    def _best(self, rows: Ids, vector: Floats, k: int) -> tuple[Ids, Floats]:
        """Return the numbers of the best `k` of these rows, ties by row, and the scores of all, falling."""
        if len(self._removed):
            rows = rows[~np.isin(self._ids[rows], self._removed)]
        scores = cosines_of(self._rows.take(rows), vector)
        order = np.lexsort((rows, -scores))
        return rows[order[:k]], scores[order]

    def scores(self, vector: Floats, chunk_ids: Sequence[int]) -> dict[int, float]:
        """Return the cosine of `vector` with each of these chunks that has a vector."""
        with self._raising_damage():
            rows = self._rows_of(np.asarray(sorted(chunk_ids), dtype=np.int64))
            cosines = cosines_of(self._rows.take(rows), vector)
        return dict(zip(self._ids[rows].tolist(), cosines.tolist(), strict=True))

    def vectors(self, chunk_ids: Ids) -> Floats:
        """Return the vectors of these chunks, shape (n, dimensions).

        The ids ascend, and all of them must have a vector.
        """
        return self._rows.take(self._rows_of(chunk_ids))

    def _rows_of(self, chunk_ids: Ids) -> Ids:
        """Return the row numbers of these chunks, ascending; chunks without a row are left out."""
        places = np.searchsorted(self._ids, chunk_ids)  # a few look-ups among a million sorted ids
        inside = places < len(self._ids)
        places = places[inside]
        found: Ids = np.sort(places[self._ids[places] == chunk_ids[inside]])
        return found

    def _candidates(self, vector: Floats, k: int) -> Ids:
        """Return the numbers of rows that contain the best `k`, ascending."""
        query = np.ascontiguousarray(vector[None], dtype=np.float32)
        with self._loading:
            codes = self._current_codes()
        if codes is not None:
            wanted = max(_CANDIDATES, 2 * k) * (2 if len(self._removed) else 1)
            numbers: Ids = nearest(codes, query, wanted)
            return np.sort(numbers[(numbers >= 0) & (numbers < len(self._ids))])
        wanted = _SPARE * k + _LEAST
        with self._loading:
            is_first, self._was_searched = not self._was_searched, True
            if self._flat is None and not is_first:
                self._make_flat()
        if is_first:
            return self._scan(vector, wanted)
        numbers = nearest(self._flat, query, wanted)
        return np.sort(self._flat_rows[numbers[numbers >= 0]])  # -1 where it found fewer

    def _scan(self, vector: Floats, wanted: int) -> Ids:
        """Return the numbers of the best rows, ascending, without FAISS, which takes longer to load."""
        products = checked_cosines(self._rows.products(vector))
        products[np.isin(self._ids, self._removed)] = -np.inf
        if wanted >= len(products):
            return np.arange(len(products))
        return np.sort(np.argpartition(-products, wanted)[:wanted])

    def is_finite(self) -> bool:
        """Return whether all vectors have about length 1, as those that were added; reads all of them."""
        with self._raising_damage(), np.errstate(all="ignore"):
            lengths = (np.linalg.norm(block, axis=1) for _, block in self._rows.blocks())
            return all(bool((np.abs(some - 1) <= MOST_COSINE - 1).all()) for some in lengths)

    @property
    def is_approximate(self) -> bool:
        """Return whether candidates come from codes, so that a search may miss some of the nearest."""
        return len(self._ids) > _EXACT_ROWS

    def exact(self, queries: Floats, k: int) -> list[set[int]]:
        """Return the ids of the true `k` nearest chunks of each of `queries`, shape (n, dimensions)."""
        live = ~np.isin(self._ids, self._removed)
        scores = np.empty((len(queries), 0), dtype=np.float32)
        ids = np.empty((len(queries), 0), dtype=np.int64)
        for start, block in self._rows.blocks():
            here = live[start : start + len(block)]
            block_scores = queries @ block[here].T
            scores = np.hstack([scores, block_scores])
            ids = np.hstack(
                [ids, np.broadcast_to(self._ids[start : start + len(block)][here], block_scores.shape)]
            )
            best = np.argpartition(-scores, min(k, scores.shape[1]) - 1, axis=1)[:, :k]
            scores, ids = np.take_along_axis(scores, best, axis=1), np.take_along_axis(ids, best, axis=1)
        return [set(found.tolist()) for found in ids]

    def recall(self, queries: Floats, k: int = 10) -> float:
        """Return the share of the true `k` nearest chunks that `search` finds, 0 to 1.

        `queries` has the shape (n, dimensions).
        """
        exact = self.exact(queries, k)
        found = [{hit.chunk_id for hit in self.search(query, k)} for query in queries]
        return sum(len(a & b) for a, b in zip(found, exact, strict=True)) / max(sum(map(len, exact)), 1)

    def _make_flat(self) -> None:
        """Load the rows that are left in 8 bits of one scale: half as many bytes to scan as 16-bit floats."""
        faiss = load_faiss()
        self._flat = faiss.IndexScalarQuantizer(
            self._rows.dimensions, faiss.ScalarQuantizer.QT_8bit_uniform, faiss.METRIC_INNER_PRODUCT
        )
        live = ~np.isin(self._ids, self._removed)
        self._flat_rows = np.flatnonzero(live)
        number = min(_TRAINING_ROWS, self._rows.count)
        some = np.random.default_rng(0).choice(self._rows.count, number, replace=False)
        self._flat.train(self._rows.take(np.sort(some)))
        for start, block in self._rows.blocks():
            self._flat.add(block[live[start : start + len(block)]])

    def _current_codes(self) -> Any:
        """Return the 4-bit codes of all rows, or None for few rows; missing codes are added."""
        if len(self._ids) <= _EXACT_ROWS:
            return None
        if self._codes is None:
            faiss, dimensions = load_faiss(), self._rows.dimensions
            factory = f"PQ{dimensions // DIMENSIONS_A_CODE}x4fs"
            self._codes = faiss.index_factory(dimensions, factory, faiss.METRIC_INNER_PRODUCT)
            some = np.random.default_rng(0).choice(self._rows.count, _TRAINING_ROWS, replace=False)
            self._codes.train(self._rows.take(np.sort(some)))
        for _, block in self._rows.blocks(self._codes.ntotal):
            self._codes.add(block)
        return self._codes

    def _compact(self, path: Path) -> None:
        """Write the rows that are left to `path`: a new file, or that of rows that were never saved."""
        live = np.flatnonzero(~np.isin(self._ids, self._removed))
        part = path.with_name(f"{path.stem}-part.bin")
        part.unlink(missing_ok=True)
        rows = VectorRows(part, self._rows.dimensions)
        for start in range(0, len(live), _EXACT_ROWS):
            rows.append(self._rows.take(live[start : start + _EXACT_ROWS]))
        part.touch()  # no row may be left
        part.replace(path)
        self._rows, self._ids = VectorRows(path, rows.dimensions, rows.count), self._ids[live]
        self._removed, self._codes = np.empty(0, dtype=np.int64), None


def _raising_damage(part: Path) -> AbstractContextManager[None]:
    return raising_damage(part.parent, lambda why: part_damaged(part, why))


def part_damaged(part: Path, why: str) -> IndexDamaged:
    """Return the error to raise when the dense or deep part of an index, a folder, cannot be right."""
    return IndexDamaged(
        f"the {part.name} part of the index at {part.parent} cannot be read",
        why=why,
        fix="run: rag index --repair",
    )
