"""Near-duplicate files of a code tree: one of them is indexed, the others are listed with it.

A document follows the first one, in the order of paths, that stands for it and follows no other itself. So
who follows whom depends on the content of the tree alone, and never on the order of its changes.
"""

from collections.abc import Callable, Iterator
from functools import partial
from heapq import heappop, heappush
from typing import NamedTuple

from indexers.building.similarity import BANDS, may_resemble, stands_for
from indexers.catalog.catalog import Catalog

# Of files made from one template hundreds may be candidates: what the first do not stand for, none does.
_CANDIDATES = 32

_BAND_COLUMNS = tuple(f"band_{number}" for number in range(1, BANDS + 1))


class Resemblance(NamedTuple):
    """What decides whether a document may be another's near-duplicate; `bands` as `bands` gives them."""

    corpus_id: int
    path: str
    language: str
    licence: str
    bands: tuple[int, ...]


class Twins:
    """Who follows whom, kept while documents come and go."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._pending: list[tuple[int, str, int]] = []

    def leader_of(self, known: Resemblance, text: Callable[[], str]) -> int | None:
        """The document that stands for one whose text `text` gives, among those that are there now."""
        if not known.bands:
            return None
        sql = (
            f"SELECT document_id, line_count FROM documents WHERE ({_any_band()}) AND twin_of IS NULL "
            "AND +corpus_id = ? AND language = ? AND licence = ? AND +item < ? ORDER BY +item"
        )
        lines, *keys = known.bands
        found = self._catalog.rows(sql, (*keys, known.corpus_id, known.language, known.licence, known.path))
        similar = [document_id for document_id, others in found if may_resemble(lines, others)]
        for document_id in similar[:_CANDIDATES]:
            if stands_for(self._catalog.text(document_id), text()):
                return int(document_id)
        return None

    def look_again_after(self, document_id: int) -> None:
        """Note those whose leader may change because this document comes, goes, leads or follows."""
        row = self._row(document_id)
        if row is None or not row.bands:
            return
        sql = (
            f"SELECT item, document_id FROM documents WHERE ({_any_band()}) "
            "AND +corpus_id = ? AND language = ? AND licence = ? AND +item > ?"
        )
        values = (*row.bands[1:], row.corpus_id, row.language, row.licence, row.path)
        for path, other in self._catalog.rows(sql, values):
            heappush(self._pending, (row.corpus_id, path, other))

    def changes(self) -> Iterator[tuple[int, int | None]]:
        """Documents that now follow another one, or none: the caller makes it so before it asks on."""
        while self._pending:
            first = heappop(self._pending)
            while self._pending and self._pending[0] == first:
                heappop(self._pending)
            document_id = first[2]
            row = self._row(document_id)
            if row is None:
                continue  # it has gone meanwhile
            before = self._catalog.rows("SELECT twin_of FROM documents WHERE document_id = ?", (document_id,))
            leader = self.leader_of(row, partial(self._catalog.text, document_id))
            if leader != before[0][0]:
                yield document_id, leader
                if (leader is None) != (before[0][0] is None):
                    self.look_again_after(document_id)

    def _row(self, document_id: int) -> Resemblance | None:
        columns = ", ".join(_BAND_COLUMNS)
        sql = (
            f"SELECT corpus_id, item, language, licence, line_count, {columns} FROM documents "
            "WHERE document_id = ? AND reason = ''"
        )
        found = self._catalog.rows(sql, (document_id,))
        if not found:
            return None
        corpus_id, path, language, licence, *numbers = found[0]
        is_code = numbers[0] is not None
        return Resemblance(corpus_id, path, language, licence, tuple(numbers) if is_code else ())


def _any_band() -> str:
    """A condition that looks up each band in its index.

    The `+` before other columns keeps SQLite from their index, by which it would read the whole corpus.
    """
    return " OR ".join(f"{column} = ?" for column in _BAND_COLUMNS)
