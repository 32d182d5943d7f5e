"""Read rows of a table by the ids of their chunks."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import numpy as np

from indexers.search.interfaces import Ids
from indexers.search.lance.tables import LanceTable, conditions

_MOST_NUMBERED: Final = 20_000_000  # rows whose ids are kept in memory, 8 bytes each


class RowNumbers:
    """Knows in which row of a table each chunk is, if they are in the order of their ids and not too many.

    To ask the table's own index takes as long as to read the rows.

    Args:
        table: the table, for errors.
        dataset: of one generation.
    """

    def __init__(self, table: LanceTable, dataset: Any) -> None:
        self._table, self._dataset = table, dataset
        self._ids: Ids | None = None
        self._is_known = False

    def read(self, columns: Sequence[str], chunk_ids: Collection[int]) -> Iterator[Any]:
        """Yield tables of the rows of these chunks that are there, with their ids in `chunk_id`."""
        with self._table.raising_trouble():
            ids = self._numbered()
        if ids is None:
            for condition in conditions("chunk_id", chunk_ids):
                with self._table.raising_trouble():
                    yield self._dataset.to_table(columns=["chunk_id", *columns], filter=condition)
            return
        wanted = np.sort(np.fromiter(chunk_ids, np.int64, len(chunk_ids)))
        rows = np.searchsorted(ids, wanted)
        rows = rows[rows < len(ids)]
        rows = rows[np.isin(ids[rows], wanted, assume_unique=True)]
        if len(rows):
            with self._table.raising_trouble():
                yield self._dataset.take(rows, columns=["chunk_id", *columns])

    def _numbered(self) -> Ids | None:
        if not self._is_known:
            ids = None
            if self._dataset.count_rows() <= _MOST_NUMBERED:
                ids = self._dataset.to_table(columns=["chunk_id"])["chunk_id"].to_numpy()
            is_ordered = ids is not None and bool((np.diff(ids) > 0).all())
            self._ids, self._is_known = (ids if is_ordered else None), True
        return self._ids
