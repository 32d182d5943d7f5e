"""Look up code documents that may be near-duplicates: those that share a band (see `building.similarity`)."""

from collections.abc import Iterator
from typing import NamedTuple

from indexers.catalog.database import Database
from indexers.catalog.schema import BAND_COLUMNS

# A condition that looks up each band in its index. The `+` before other columns in the queries below keeps
# SQLite from using the index of those columns, with which it would read the whole corpus.
_ANY_BAND = " OR ".join(f"{column} = ?" for column in BAND_COLUMNS)


class DuplicateKey(NamedTuple):
    """The properties that decide whether one document can be another's near-duplicate.

    `bands` are the number of distinct lines and the bands of `similarity.bands`; empty unless it is code.
    """

    corpus_id: int
    path: str
    language: str
    licence: str
    role: str
    bands: tuple[int, ...]


class Bands:
    """Queries for candidates of near-duplicates.

    Two documents are candidates of each other if they are of the same corpus, language, licence and role and
    share a band. (With another role, a copy in `examples/` would stand for the code in `src/`.)
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def leaders_before(self, known: DuplicateKey) -> list[tuple[int, int]]:
        """Return the candidates with a smaller path that are no near-duplicate themselves, by path.

        Each is its document id and its number of distinct lines. `known` must have bands.
        """
        sql = (
            f"SELECT document_id, line_count FROM documents WHERE ({_ANY_BAND}) AND twin_of IS NULL "
            "AND +corpus_id = ? AND language = ? AND licence = ? AND role = ? AND +item < ? ORDER BY +item"
        )
        return [(row[0], row[1]) for row in self._database.rows(sql, _values(known))]

    def candidates_after(self, known: DuplicateKey) -> Iterator[tuple[str, int]]:
        """Yield path and document id of the candidates with a greater path. `known` must have bands."""
        sql = (
            f"SELECT item, document_id FROM documents WHERE ({_ANY_BAND}) "
            "AND +corpus_id = ? AND language = ? AND licence = ? AND role = ? AND +item > ?"
        )
        yield from ((row[0], row[1]) for row in self._database.rows(sql, _values(known)))

    def duplicate_key(self, document_id: int) -> DuplicateKey | None:
        """Return the properties of an indexed document; None if there is no such document."""
        sql = (
            f"SELECT corpus_id, item, language, licence, role, line_count, {', '.join(BAND_COLUMNS)} "
            "FROM documents WHERE document_id = ? AND reason = ''"
        )
        for corpus_id, path, language, licence, role, *numbers in self._database.rows(sql, (document_id,)):
            is_code = numbers[0] is not None
            return DuplicateKey(corpus_id, path, language, licence, role, tuple(numbers) if is_code else ())
        return None

    def leader(self, document_id: int) -> int | None:
        """Return the document that is indexed in place of this near-duplicate; None if it is none."""
        sql = "SELECT twin_of FROM documents WHERE document_id = ?"
        (found,) = self._database.rows(sql, (document_id,))[0]
        return None if found is None else int(found)


def _values(known: DuplicateKey) -> tuple[int | str, ...]:
    return (*known.bands[1:], known.corpus_id, known.language, known.licence, known.role, known.path)
