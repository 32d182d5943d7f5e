"""Vectors in a table of Lance, as 16-bit floats.

Few are compared with each question. Many have an index: cells around centres, whose vectors are kept as codes
of one bit a dimension (RaBitQ: Gao and Long, SIGMOD 2024, "RaBitQ: Quantizing High-Dimensional Vectors with a
Theoretical Error Bound for Approximate Nearest Neighbor Search"); what the codes find is compared exactly.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from indexers.encoders.table import Floats
from indexers.search.interfaces import Ids, Scored, scored
from indexers.search.lance.row_numbers import RowNumbers
from indexers.search.lance.tables import LanceTable, TableWriter, conditions, one_of
from indexers.search.usable_vectors import check_question, used_rows
from indexers.search.vector_rows import MOST_COSINE, cosines_of

if TYPE_CHECKING:
    import pyarrow as pa

_EXACT_ROWS: Final = 100_000  # up to which a search reads all of them
_CELL_ROWS: Final = 2_000
_CELLS: Final = "docprompting.cells"  # the key under which the table knows how many there are
_GROWN: Final = 3  # times as many rows need new centres
_CELLS_ASKED, _SHARE_ASKED = 256, 16  # cells, or one of so many: recall by numbers of cells, decision 0054
_CANDIDATES: Final = 300  # that the codes find, and that are compared exactly
_FEW: Final = 20_000  # ids that a condition may list
_SPARE: Final = 4


def _schema(dimensions: int) -> "pa.Schema":
    import pyarrow as pa

    return pa.schema([("chunk_id", pa.int64()), ("vector", pa.list_(pa.float16(), dimensions))])


def _vectors_of(rows: Any, dimensions: int) -> Floats:
    """Return the vectors of rows of a table, shape (n, dimensions)."""
    flat = rows["vector"].combine_chunks()
    values = flat.flatten().to_numpy(zero_copy_only=False)
    found: Floats = values.astype(np.float32).reshape(len(rows), dimensions)
    return found


class LanceVectors:
    """Searches the vectors of one generation."""

    def __init__(self, table: LanceTable, dataset: Any, dimensions: int) -> None:
        self._table, self.dataset, self._dimensions = table, dataset, dimensions
        self._rows = RowNumbers(table, dataset)
        with table.raising_trouble():
            width = dataset.schema.field("vector").type.list_size
            if width != dimensions:
                raise ValueError(f"it holds vectors of {width} dimensions, not {dimensions}")
            self._count = int(dataset.count_rows())
            self.is_approximate = any(one.name == "vector_idx" for one in dataset.describe_indices())
        self._probes = max(_CELLS_ASKED, self._count // _CELL_ROWS // _SHARE_ASKED)

    def __len__(self) -> int:
        return self._count

    def search(self, vector: Floats, k: int, allowed: Ids | None = None) -> list[Scored]:
        """Return the `k` chunks (of those allowed) with the highest cosine, best first, ties by chunk id."""
        check_question(vector)
        if k < 1 or not self._count or not vector.any() or (allowed is not None and not len(allowed)):
            return []
        is_listed = allowed is not None and len(allowed) <= _FEW
        condition = one_of("chunk_id", allowed) if allowed is not None and is_listed else None
        wanted = max(_CANDIDATES, _SPARE * k) if self.is_approximate else k
        while True:
            ids, scores = self._nearest(vector, wanted, condition)
            is_all = len(ids) < wanted or wanted >= self._count
            if allowed is not None and not is_listed:
                here = np.isin(ids, allowed)
                ids, scores = ids[here], scores[here]
            if is_all or is_listed or allowed is None or len(ids) >= k:
                break
            wanted *= _SPARE
        order = np.lexsort((ids, -scores))[:k]
        return scored(ids[order].tolist(), scores[order].tolist())

    def _nearest(self, query: Floats, wanted: int, condition: str | None) -> tuple[Ids, Floats]:
        """Return ids and cosines, both of shape (n,), of the nearest chunks, in any order."""
        nearest: dict[str, Any] = {"column": "vector", "q": query, "k": wanted, "metric": "dot"}
        if self.is_approximate:
            nearest["nprobes"] = self._probes
        with self._table.raising_trouble():
            rows = self.dataset.scanner(
                columns=["chunk_id", "vector"],
                nearest=nearest,
                filter=condition,
                prefilter=condition is not None,
                disable_scoring_autoprojection=True,
            ).to_table()
            cosines = cosines_of(_vectors_of(rows, self._dimensions), query)
        return rows["chunk_id"].to_numpy(), cosines

    def scores(self, vector: Floats, chunk_ids: Sequence[int]) -> dict[int, float]:
        """Return the cosine of `vector` with each of these chunks that has a vector."""
        found: dict[int, float] = {}
        for rows in self._rows.read(["vector"], chunk_ids):
            with self._table.raising_trouble():
                cosines = cosines_of(_vectors_of(rows, self._dimensions), vector)
            found |= zip(rows["chunk_id"].to_pylist(), cosines.tolist(), strict=True)
        return found

    def ids(self) -> Ids:
        """Return the ids of all chunks that can be found, ascending."""
        with self._table.raising_trouble():
            ids: Ids = np.sort(self.dataset.to_table(columns=["chunk_id"])["chunk_id"].to_numpy())
        return ids

    def is_finite(self) -> bool:
        """Return whether all vectors are numbers and have about length 1; reads all of them."""
        with self._table.raising_trouble(), np.errstate(all="ignore"):
            for batch in self.dataset.to_batches(columns=["vector"]):
                values = batch["vector"].flatten().to_numpy(zero_copy_only=False).astype(np.float32)
                lengths = np.linalg.norm(values.reshape(-1, self._dimensions), axis=1)
                if not (np.abs(lengths - 1) <= MOST_COSINE - 1).all():  # false for NaN too
                    return False
        return True

    def exact(self, queries: Floats, k: int) -> list[set[int]]:
        """Return the ids of the true `k` nearest chunks of each of `queries`, shape (n, dimensions)."""
        scores = np.empty((len(queries), 0), dtype=np.float32)
        ids = np.empty((len(queries), 0), dtype=np.int64)
        with self._table.raising_trouble():
            for batch in self.dataset.to_batches(columns=["chunk_id", "vector"]):
                here = batch["vector"].flatten().to_numpy(zero_copy_only=False).astype(np.float32)
                new = queries @ here.reshape(-1, self._dimensions).T
                scores = np.hstack([scores, new])
                ids = np.hstack([ids, np.broadcast_to(batch["chunk_id"].to_numpy(), new.shape)])
                best = np.argpartition(-scores, min(k, scores.shape[1]) - 1, axis=1)[:, :k]
                scores = np.take_along_axis(scores, best, axis=1)
                ids = np.take_along_axis(ids, best, axis=1)
        return [set(found.tolist()) for found in ids]


class LanceVectorsWriter:
    """Writes the vectors of one generation."""

    def __init__(self, table: LanceTable, generation: int, dimensions: int, *, fresh: bool) -> None:
        self._table, self._dimensions = table, dimensions
        self._writer = TableWriter(table, _schema(dimensions), generation, fresh=fresh)
        self._ids = np.empty(0, np.int64) if fresh else self._read().ids()
        self._before = len(self._ids)
        self._removed: set[int] = set()
        self._is_applied = False

    def _read(self) -> LanceVectors:
        return LanceVectors(self._table, self._writer.dataset, self._dimensions)

    def __len__(self) -> int:
        return len(self._ids) - int(np.isin(self._ids, list(self._removed)).sum())

    def add(self, chunk_ids: Sequence[int], vectors: Floats) -> int:
        """Add vectors of length 1, and return how many; rows of zeros are left out.

        Raises what `used_rows` raises.
        """
        import pyarrow as pa

        used = used_rows(vectors, chunk_ids, self._dimensions)
        ids, flat = np.asarray(chunk_ids, np.int64)[used], vectors[used].astype(np.float16).ravel()
        if len(ids):
            rows = pa.FixedSizeListArray.from_arrays(pa.array(flat), self._dimensions)
            self._writer.append({"chunk_id": ids, "vector": rows})
            self._ids = np.concatenate([self._ids, ids])
        return len(ids)

    def remove(self, chunk_ids: Sequence[int]) -> None:
        """Remove vectors; ids that are not there do not matter."""
        self._removed.update(chunk_ids)

    def _apply(self) -> None:
        if self._is_applied:
            return
        self._is_applied = True
        added = set(self._ids[self._before :].tolist())
        gone = conditions("chunk_id", self._removed - added)
        self._writer.apply(gone, conditions("chunk_id", self._removed & added))
        if len(self):
            self._writer.make_index("chunk_id", {"index_type": "BTREE"})
        if len(self) > _EXACT_ROWS:
            cells, known = len(self) // _CELL_ROWS, self._writer.fact(_CELLS)
            make = {"index_type": "IVF_RQ", "metric": "dot", "num_partitions": cells}
            is_outgrown = not known.isdigit() or cells > _GROWN * int(known)
            self._writer.make_index("vector", make, anew=is_outgrown)
            if is_outgrown:
                self._writer.set(_CELLS, str(cells))

    def commit(self) -> None:
        """Make the changes durable; the writer cannot be used afterwards."""
        self._apply()
        self._writer.commit()

    @property
    def is_approximate(self) -> bool:
        """Return whether a search may miss some of the nearest chunks."""
        return len(self) > _EXACT_ROWS

    def recall(self, queries: Floats, k: int = 10) -> float:
        """Return the share of the true `k` nearest chunks of `queries` that a search finds, 0 to 1."""
        self._apply()
        index = self._read()
        exact = index.exact(queries, k)
        found = [{hit.chunk_id for hit in index.search(query, k)} for query in queries]
        return sum(len(a & b) for a, b in zip(found, exact, strict=True)) / max(sum(map(len, exact)), 1)
