"""The histories of corpora, as bytes (see `indexers.history`)."""

from collections.abc import Collection, Iterator

from indexers.catalog.database import Database


class Histories:
    """The history of each corpus that has one, and the commit that was checked out when it was read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def head(self, corpus_id: int) -> str:
        """Return the commit at which the history of a corpus was read; empty if it has none."""
        rows = self._database.rows("SELECT head FROM history WHERE corpus_id = ?", (corpus_id,))
        return str(rows[0][0]) if rows else ""

    def put(self, corpus_id: int, head: str, packed: bytes | None) -> None:
        """Store the history of a corpus in place of the one before; None if it has too few commits."""
        sql = "INSERT OR REPLACE INTO history (corpus_id, head, packed) VALUES (?, ?, ?)"
        self._database.rows(sql, (corpus_id, head, packed))

    def remove(self, corpus_id: int) -> None:
        """Remove the history of a corpus, if it has one."""
        self._database.rows("DELETE FROM history WHERE corpus_id = ?", (corpus_id,))

    def of(self, corpora: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the history of each of these corpora that has one."""
        sql = (
            "SELECT name, packed FROM history JOIN corpora USING (corpus_id) "
            "WHERE packed IS NOT NULL AND name IN"
        )
        yield from self._database.rows_in(sql, sorted(corpora))

    def all(self) -> Iterator[tuple[str, str, bytes | None]]:
        """Yield the name of the corpus, the commit and the history of each; a corpus may be unknown."""
        sql = (
            "SELECT coalesce(name, '') AS name, head, packed FROM history LEFT JOIN corpora USING (corpus_id)"
        )
        yield from self._database.rows(sql)
