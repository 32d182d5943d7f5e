"""The other names by which users reach what a chunk documents."""

from collections.abc import Collection, Iterable

from indexers.catalog.database import Database
from indexers.catalog.schema import ALIASES, ALIASES_TABLE


class Aliases:
    """Names by the id of their chunk. An index that was made before there were any has no table for them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, chunk_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
        """Return the names of those of these chunks that have any."""
        if not self._has_table():
            return {}
        sql = "SELECT chunk_id, names FROM aliases WHERE chunk_id IN"
        rows = self._database.rows_in(sql, [*chunk_ids])
        return {chunk_id: tuple(names.split(" ")) for chunk_id, names in rows}

    def put(self, names: Iterable[tuple[int, tuple[str, ...]]]) -> None:
        """Store the names of chunks, which have none yet."""
        rows = [(chunk_id, " ".join(aliases)) for chunk_id, aliases in names if aliases]
        if rows:
            self._database.rows(ALIASES)
            self._database.run_many("INSERT INTO aliases (chunk_id, names) VALUES (?, ?)", rows)

    def remove(self, chunk_ids: Collection[int]) -> None:
        """Remove the names of chunks."""
        if self._has_table():
            rows = ((chunk_id,) for chunk_id in chunk_ids)
            self._database.run_many("DELETE FROM aliases WHERE chunk_id = ?", rows)

    def _has_table(self) -> bool:
        sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?"
        return bool(self._database.rows(sql, (ALIASES_TABLE,))[0][0])
