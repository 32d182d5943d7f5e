"""Counts and lists over the whole catalog: how much there is, and of what."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from corpora.document import Skipped
from indexers.catalog.database import Database
from indexers.catalog.schema import Counts, quoted


class Holding(NamedTuple):
    """One version of a library in one corpus of documentation.

    `units` is its number of chunks; `fetched_at` is when its newest page was fetched, empty if none was.
    """

    corpus: str
    library: str
    version: str
    units: int
    fetched_at: str


class Census:
    """Queries that read a whole table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> Counts:
        """Count documents, chunks and bytes, and group the documents."""
        columns = "reason", "method", "language", "role"
        groups: dict[str, Counter[str]] = {column: Counter() for column in columns}
        size = 0
        # One pass over the documents for all of it.
        sql = f"SELECT {', '.join(columns)}, count(*), sum(size_bytes) FROM documents GROUP BY 1, 2, 3, 4"
        for *values, documents, size_bytes in self._database.rows(sql):
            for column, value in zip(columns, values, strict=True):
                if column != "role" or not values[0]:  # what was left out has no role
                    groups[column][value] += documents
            size += 0 if values[0] else size_bytes
        indexed = groups["reason"].pop("", 0)
        twins = self._database.rows("SELECT count(*) FROM documents WHERE twin_of IS NOT NULL")[0][0]
        skipped, methods, languages, roles = (_ranked(counts) for counts in groups.values())
        return Counts(indexed, twins, self.count_chunks(), size, skipped, methods, languages, roles)

    def count_chunks(self) -> int:
        """Return the number of chunks."""
        return int(self._database.rows("SELECT count(*) FROM chunks")[0][0])

    def skipped(self) -> list[Skipped]:
        """Return every item that was left out, by corpus and path."""
        sql = (
            "SELECT item, reason, detail, size_bytes FROM documents WHERE reason != '' ORDER BY corpus_id, 1"
        )
        return [Skipped(*row) for row in self._database.rows(sql)]

    def anchors(self) -> Iterator[tuple[str, str]]:
        """Yield path and anchor of every chunk."""
        sql = "SELECT path, anchor FROM chunks JOIN documents USING (document_id)"
        yield from ((row[0], row[1]) for row in self._database.rows(sql))

    def places(self) -> Iterator[tuple[int, str, str, str]]:
        """Yield id, path, anchor and symbol of every chunk, by id."""
        sql = (
            "SELECT chunk_id, path, anchor, symbol FROM chunks JOIN documents USING (document_id) "
            "ORDER BY chunk_id"
        )
        yield from ((row[0], row[1], row[2], row[3]) for row in self._database.rows(sql))

    def paths(self) -> Iterator[str]:
        """Yield the path of every document that is indexed or is a near-duplicate of one, in its corpus."""
        sql = "SELECT DISTINCT path FROM documents WHERE reason = '' ORDER BY 1"
        yield from (row[0] for row in self._database.rows(sql))

    def documents_at(self, path: str) -> dict[int, str]:
        """Return the indexed documents with this path within their corpus, and the corpus of each."""
        sql = (
            "SELECT document_id, c.name FROM documents d JOIN corpora c USING (corpus_id) "
            "WHERE path = ? AND reason = '' ORDER BY c.name, document_id"
        )
        return dict(self._database.rows(sql, (path,)))

    def versions(self) -> dict[str, tuple[str, ...]]:
        """Return the versions of each documented library."""
        return self._versions("TRUE")

    def page_versions(self) -> dict[str, tuple[str, ...]]:
        """Return the versions of each library of which there are pages, not only what changed to them."""
        return self._versions("role != 'changes'")

    def versions_of_changes(self) -> dict[str, tuple[str, ...]]:
        """Return the versions of each library to which what is known of changes leads."""
        return self._versions("role = 'changes'")

    def _versions(self, condition: str) -> dict[str, tuple[str, ...]]:
        sql = (
            "SELECT DISTINCT library, version FROM documents "
            f"WHERE library != '' AND reason = '' AND {condition} ORDER BY 1, 2"
        )
        found: dict[str, tuple[str, ...]] = {}
        for library, version in self._database.rows(sql):
            found[library] = (*found.get(library, ()), version)
        return found

    def versions_in(self, library: str, language: str) -> tuple[str, ...]:
        """Return the versions of a library that has pages about one language."""
        sql = (
            "SELECT DISTINCT version FROM documents "
            "WHERE library = ? AND language = ? AND reason = '' AND role != 'changes' ORDER BY 1"
        )
        return tuple(row[0] for row in self._database.rows(sql, (library, language)))

    def values(self, column: str) -> list[str]:
        """Return the different values that documents have in a column of text, sorted."""
        sql = f"SELECT DISTINCT {quoted(column)} FROM documents WHERE reason = '' ORDER BY 1"
        return [value for (value,) in self._database.rows(sql) if isinstance(value, str)]

    def sample_symbols(self, count: int) -> list[str]:
        """Return up to `count` symbols of chunks, evenly spread over the index."""
        sql = "SELECT coalesce(min(chunk_id), 0), coalesce(max(chunk_id), 0) FROM chunks"
        low, high = self._database.rows(sql)[0]
        names = []
        for number in range(count):
            sql = "SELECT symbol FROM chunks WHERE chunk_id >= ? AND symbol != '' ORDER BY chunk_id LIMIT 1"
            names += self._database.rows(sql, (low + (high - low) * number // count,))
        return list(dict.fromkeys(name for (name,) in names))

    def first_names(self) -> list[str]:
        """Return the files and folders at the top of all corpora, sorted; folders end in a slash."""
        sql = (
            "SELECT DISTINCT CASE instr(path, '/') WHEN 0 THEN path "
            "ELSE substr(path, 1, instr(path, '/')) END FROM documents WHERE reason = '' ORDER BY 1"
        )
        return [name for (name,) in self._database.rows(sql) if isinstance(name, str)]

    def documentation_ids(self) -> list[int]:
        """Return the ids of all documents of documentation that have chunks, ascending."""
        sql = "SELECT document_id FROM documents WHERE kind = 'docs' AND reason = '' AND twin_of IS NULL"
        return sorted(row[0] for row in self._database.rows(sql))

    def unit_ids(self) -> list[int]:
        """Return the ids of all chunks of documentation, ascending."""
        sql = "SELECT chunk_id FROM chunks JOIN documents USING (document_id) WHERE kind = 'docs'"
        return sorted(row[0] for row in self._database.rows(sql))

    def documentation(self) -> list[Holding]:
        """Return every documented library at every version, by library, version and corpus."""
        sql = (
            "SELECT c.name, d.library, d.version, sum(coalesce(chunk_count, 0)), max(fetched_at) "
            "FROM documents d JOIN corpora c USING (corpus_id) LEFT JOIN texts USING (document_id) "
            "WHERE d.kind = 'docs' AND reason = '' GROUP BY 1, 2, 3 ORDER BY 2, 3, 1"
        )
        return [Holding(*row) for row in self._database.rows(sql)]


def _ranked(counts: Counter[str]) -> dict[str, int]:
    """Return the counts of non-empty names, the highest first, ties by name."""
    return dict(
        sorted(((name, n) for name, n in counts.items() if name), key=lambda item: (-item[1], item[0]))
    )
