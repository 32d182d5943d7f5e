"""The other names by which users reach what a chunk documents."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from indexers.catalog.database import Database
from indexers.chunking.chunk import Chunk


class Aliases:
    """Names by the id of their chunk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, chunk_ids: Collection[int]) -> dict[int, tuple[tuple[str, ...], bool]]:
        """Return the names of these chunks, and whether they are bare, for those of which either is known."""
        sql = "SELECT chunk_id, names, is_bare FROM aliases WHERE chunk_id IN"
        rows = self._database.rows_in(sql, [*chunk_ids])
        return {chunk_id: (_unpacked(names), bool(is_bare)) for chunk_id, names, is_bare in rows}

    def put(self, chunk_ids: Iterable[int], chunks: Iterable[Chunk]) -> None:
        """Store the names of chunks, which have none yet, and whether they are bare."""
        rows = [
            (chunk_id, _packed(chunk.aliases), int(chunk.is_bare))
            for chunk_id, chunk in zip(chunk_ids, chunks, strict=True)
            if chunk.aliases or chunk.is_bare
        ]
        if rows:
            sql = "INSERT INTO aliases (chunk_id, names, is_bare) VALUES (?, ?, ?)"
            self._database.run_many(sql, rows)

    def remove(self, chunk_ids: Collection[int]) -> None:
        """Remove the names of chunks."""
        rows = ((chunk_id,) for chunk_id in chunk_ids)
        self._database.run_many("DELETE FROM aliases WHERE chunk_id = ?", rows)


def _packed(names: Sequence[str]) -> str:
    """Return names in one text: each on a line if one of them has blanks, such as `tar -x`."""
    return "".join(f"{name}\n" for name in names) if any(" " in name for name in names) else " ".join(names)


def _unpacked(names: str) -> tuple[str, ...]:
    return tuple(names.split("\n")[:-1] if names.endswith("\n") else names.split())


UNKNOWN: Final[tuple[tuple[str, ...], bool]] = (), False
"""The names of a chunk of which nothing is stored."""
