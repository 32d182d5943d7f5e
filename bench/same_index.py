"""Compare two indexes of the same sources: documents, chunks, words and vectors, wherever they were made.

    python -m bench.same_index INDEX INDEX

Each part is told by a hash over all chunks in the order of their places: ids of chunks do not matter. Words
and vectors are compared where both indexes have tables of Lance.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from bench.arguments import argument_parser
from indexers.index import Index
from indexers.search.interfaces import Fields
from indexers.search.lance.vectors import LanceVectors
from indexers.search.lance.words import LanceWords

_AT_ONCE = 20_000


def places(index: Index) -> list[tuple[str, int, int]]:
    """Return path, first byte and id of each chunk, in their order."""
    sql = "SELECT path, start_byte, chunk_id FROM chunks JOIN documents USING (document_id) ORDER BY 1, 2, 3"
    return index.catalog.database.rows(sql)


def documents(index: Index) -> str:
    """Return a hash of the documents: paths, contents, why one was left out or is a near-duplicate."""
    sql = (
        "SELECT d.item, d.content_hash, d.reason, d.method, d.role, d.language, d.licence, "
        "coalesce(t.item, '') AS item FROM documents d "
        "LEFT JOIN documents t ON t.document_id = d.twin_of ORDER BY d.item"
    )
    return _hash(map(repr, index.catalog.database.rows(sql)))


def chunks(index: Index, ordered: list[tuple[str, int, int]]) -> str:
    """Return a hash of all chunks: places, symbols and texts."""
    found = hashlib.sha256()
    for start in range(0, len(ordered), _AT_ONCE):
        ids = [one[2] for one in ordered[start : start + _AT_ONCE]]
        some = index.catalog.chunks(ids)
        for chunk_id in ids:
            chunk = some[chunk_id]
            found.update(repr((chunk.location, chunk.symbol, chunk.signature, chunk.text)).encode())
    return found.hexdigest()[:16]


def rows(dataset: Any, columns: list[str], ordered: list[tuple[str, int, int]]) -> str:
    """Return a hash of some columns of a table, its rows in the order of their chunks."""
    table = dataset.to_table(columns=["chunk_id", *columns])
    place_of = {one[2]: place for place, one in enumerate(ordered)}
    order = np.argsort([place_of[chunk_id] for chunk_id in table["chunk_id"].to_pylist()], kind="stable")
    found = hashlib.sha256(str(table.num_rows).encode())
    for column in columns:
        for start in range(0, len(order), _AT_ONCE):
            some = table[column].take(order[start : start + _AT_ONCE])
            for chunk in some.chunks:
                values = chunk.to_pylist() if column != "vector" else [chunk.flatten().to_numpy().tobytes()]
                found.update(repr(values).encode())
    return found.hexdigest()[:16]


def _hash(lines: Any) -> str:
    found = hashlib.sha256()
    for line in lines:
        found.update(line.encode())
    return found.hexdigest()[:16]


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("indexes", nargs=2, type=Path, metavar="INDEX", help="folder of an index")
    options = parser.parse_args()
    told = []
    for path in options.indexes:
        with Index.open(path) as index:
            ordered = places(index)
            parts = {
                "chunks counted": str(len(ordered)),
                "counted twice": str(len(ordered) - len({one[2] for one in ordered})),
                "documents": documents(index),
                "chunks": chunks(index, ordered),
            }
            if isinstance(index.lexical, LanceWords) and isinstance(index.dense, LanceVectors):
                parts["words"] = rows(index.lexical.dataset, list(Fields._fields), ordered)
                parts["vectors"] = rows(index.dense.dataset, ["vector"], ordered)
            told.append(parts)
            print(path, parts, flush=True)
    one, other = told
    both = one.keys() & other.keys()
    different = sorted(part for part in both if one[part] != other[part])
    print(f"compared: {', '.join(sorted(both))}; different: {', '.join(different) or 'nothing'}")


if __name__ == "__main__":
    main()
