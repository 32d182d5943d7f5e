"""Show a connection only the corpora that somebody may read: each table is seen through a view.

SQLite looks for a table among those of the connection before those of the file. So whatever is asked of the
catalog, by whatever part of the program, finds nothing of other corpora and counts none.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

_OF_DOCUMENT: Final = "(SELECT corpus_id FROM main.documents d WHERE d.document_id = t.document_id)"
_OF_CHUNK: Final = (
    "(SELECT corpus_id FROM main.documents d JOIN main.chunks c ON c.document_id = d.document_id "
    "WHERE c.chunk_id = t.chunk_id)"
)
_CORPUS_OF: Final = {
    "corpora": "t.corpus_id",
    "documents": "t.corpus_id",
    "history": "t.corpus_id",
    "texts": _OF_DOCUMENT,
    "chunks": _OF_DOCUMENT,
    "imports": _OF_DOCUMENT,
    "aliases": _OF_CHUNK,
    # They count over all corpora, or say which texts there are.
    "importers": "NULL",
    "embeddings": "NULL",
}
"""By table, an expression for the id of the corpus that a row `t` belongs to."""


def may_read(readers: Collection[str], names: Collection[str]) -> bool:
    """Return whether somebody with these names may read what has these readers; for no readers, all may."""
    return not readers or not set(readers).isdisjoint(names)


def views(corpora: Sequence[int]) -> Iterator[str]:
    """Yield the statements that hide what belongs to no corpus of these ids."""
    allowed = ", ".join(map(str, map(int, corpora)))
    for table, corpus in _CORPUS_OF.items():
        yield f"DROP VIEW IF EXISTS temp.{table}"
        yield f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} t WHERE {corpus} IN ({allowed})"
