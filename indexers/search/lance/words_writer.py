"""Write the words of chunks into a table of Lance."""

import json
from typing import TYPE_CHECKING, Final

import numpy as np

from indexers.search.interfaces import Fields
from indexers.search.lance.tables import LanceTable, TableWriter, conditions

if TYPE_CHECKING:
    import pyarrow as pa

MEAN_LENGTHS: Final = "docprompting.mean_lengths"
"""The key in the settings of the table under which the mean length of each field is, in tokens, as JSON."""

LENGTHS: Final = "lengths"
"""The column of the lengths of all fields, in tokens."""

TEXTS: Final = "texts"
"""The column of all fields, a line each: read together, they take a fifth of the requests to a store."""

_ROWS_AT_ONCE: Final = 65_536

_INDEX: Final = {
    "index_type": "INVERTED",
    "base_tokenizer": "whitespace",  # tokens come ready made, joined by blanks: nothing else may be analysed
    "lower_case": False,
    "stem": False,
    "remove_stop_words": False,
    "ascii_folding": False,
    "max_token_length": None,
}


def _schema() -> "pa.Schema":
    import pyarrow as pa

    packed = {"lance-encoding:compression": "zstd"}
    return pa.schema(
        [
            pa.field("chunk_id", pa.int64()),
            pa.field("document_id", pa.int64()),
            *(pa.field(name, pa.string(), metadata=packed) for name in Fields._fields),
            pa.field(TEXTS, pa.string(), metadata=packed),
            pa.field(LENGTHS, pa.list_(pa.int32(), len(Fields._fields))),
        ]
    )


class LanceWordsWriter:
    """Writes the words of one generation."""

    def __init__(self, table: LanceTable, generation: int, *, fresh: bool) -> None:
        self._writer = TableWriter(table, _schema(), generation, fresh=fresh)
        self._rows: list[tuple[int, int, Fields]] = []
        self._added: dict[int, list[int]] = {}
        self._removed: set[int] = set()
        self._removed_again: list[int] = []
        self.dead = 0 if fresh else self._writer.count_deleted()

    def add(self, chunk_id: int, document_id: int, fields: Fields) -> None:
        """Index a chunk."""
        self._rows.append((chunk_id, document_id, fields))
        self._added.setdefault(document_id, []).append(chunk_id)
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._flush()

    def remove_document(self, document_id: int) -> None:
        """Remove the chunks of a document."""
        self._removed.add(document_id)
        self._removed_again += self._added.pop(document_id, [])

    def _flush(self) -> None:
        if self._rows:
            chunk_ids, document_ids, fields = zip(*self._rows, strict=True)
            texts = dict(zip(Fields._fields, zip(*fields, strict=True), strict=True))
            lengths = [[text.count(" ") + 1 if text else 0 for text in one] for one in fields]
            ids = {"chunk_id": chunk_ids, "document_id": document_ids}
            self._writer.append(ids | texts | {TEXTS: ["\n".join(one) for one in fields], LENGTHS: lengths})
        self._rows = []

    def commit(self) -> None:
        """Make the changes durable; the writer cannot be used afterwards."""
        self._flush()
        self._writer.apply(
            conditions("document_id", self._removed), conditions("chunk_id", self._removed_again)
        )
        if self._writer.count():
            for column in ("chunk_id", "document_id"):
                self._writer.make_index(column, {"index_type": "BTREE"})
            for field in Fields._fields:
                self._writer.make_index(field, _INDEX | {"with_position": field == "body"})
            self._writer.set(MEAN_LENGTHS, json.dumps(self._mean_lengths()))
        self._writer.commit()

    def _mean_lengths(self) -> dict[str, float]:
        """Return the mean length of each field of the chunks that are left, in tokens."""
        total, count = np.zeros(len(Fields._fields), np.int64), 0
        for batch in self._writer.batches(LENGTHS):
            total += batch.flatten().to_numpy().reshape(-1, len(total)).sum(axis=0, dtype=np.int64)
            count += len(batch)
        return dict(zip(Fields._fields, (total / max(count, 1)).tolist(), strict=True))
