"""A SQLite file opened with care: snapshots, transactions, and errors that say how to mend them."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from corpora.errors import IndexDamaged, IndexIncompatible, RagError
from indexers.catalog_schema import SCHEMA
from indexers.layout import FORMAT_VERSION

_MAGIC = b"SQLite format 3\0"
_WAIT_MS = 5000  # for the moment in which another connection commits
_CACHE_KB = 16_384  # of 2 MB, the default, a query's 200 rows fill most: it read them from the file each time
_VARIABLES = 900  # old builds of SQLite allow 999 in a statement


class Database:
    """One connection. What is written counts from `commit` on."""

    def __init__(self, path: Path | None, *, create: bool = False) -> None:
        """Open the file at `path`, or a database in memory for None.

        Raises `IndexDamaged` if it is not a whole database, `IndexIncompatible` if another format
        version wrote it.
        """
        self.path = path
        if path and not create and not _is_sqlite(path):
            raise self.damaged("catalog.sqlite is not a SQLite database")
        # Several threads may use one connection in turn; sqlite3 serializes the calls.
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self.rows(f"PRAGMA cache_size = -{_CACHE_KB}")
        if create and not self.rows("SELECT 1 FROM sqlite_master"):
            self.rows("PRAGMA journal_mode = WAL")  # readers and the writer do not block each other
            with self._telling():
                self._db.executescript(f"BEGIN; {SCHEMA}")
            self.set_meta("format_version", FORMAT_VERSION)
            self.commit()
        version = self.meta("format_version")
        if version != FORMAT_VERSION:
            raise IndexIncompatible(
                f"the index at {self._folder} has format {version}; this rag reads {FORMAT_VERSION}",
                why="another version of docprompting wrote it",
                fix="run: rag index --rebuild (naming the corpora, unless rag.toml does)",
            )

    @property
    def _folder(self) -> str:
        return str(self.path.parent) if self.path else "memory"

    def damaged(self, why: str) -> IndexDamaged:
        """The error to raise when something in the catalog cannot be so."""
        return IndexDamaged(
            f"the catalog of the index at {self._folder} cannot be read",
            why=why,
            fix="run: rag index --rebuild (naming the corpora, unless rag.toml does)",
        )

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what SQLite complains of into an error with a fix."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if "no such" in str(error):  # a table that every catalog has
                raise self.damaged(str(error)) from error
            raise RagError(
                f"the catalog of the index at {self._folder} cannot be used",
                why=str(error),
                fix="make room on the disk, or the folder writable, and try again",
            ) from error
        except sqlite3.DatabaseError as error:
            raise self.damaged(str(error)) from error

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement; all its rows."""
        with self._telling():
            return self._db.execute(sql, values).fetchall()

    def rows_in(self, sql: str, values: Sequence[int | str]) -> Iterator[tuple[Any, ...]]:
        """Rows of a statement that ends in `IN`, for any number of values."""
        for start in range(0, len(values), _VARIABLES):
            some = values[start : start + _VARIABLES]
            yield from self.rows(f"{sql} ({', '.join('?' * len(some))})", some)

    def run_many(self, sql: str, values: Iterable[Sequence[object]]) -> None:
        """Run a statement once for each of `values`."""
        with self._telling():
            self._db.executemany(sql, values)

    def close(self) -> None:
        """Give the file back; what was not committed is gone."""
        self._db.close()

    def begin(self, *, write: bool = False) -> None:
        """Start a transaction; one that reads sees the catalog as it is now until it ends."""
        self.rows("BEGIN IMMEDIATE" if write else "BEGIN")
        self.rows("SELECT value FROM meta")  # the snapshot is taken by the first read

    def commit(self) -> None:
        """Make what was written current, all at once."""
        self.rows("COMMIT")

    def shrink_log(self) -> None:
        """Move what the write-ahead log holds into the database file, as far as no reader needs it."""
        self.rows("PRAGMA busy_timeout = 0")  # no waiting for readers: the next commit tries again
        with suppress(RagError):  # no room for it: the log is as good
            self.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        self.rows(f"PRAGMA busy_timeout = {_WAIT_MS}")

    def rollback(self) -> None:
        """Forget what was written since `begin`, or end reading."""
        if self._db.in_transaction:
            self.rows("ROLLBACK")

    def meta(self, key: str) -> str | int | float | None:
        """The fact stored under `key`, or None."""
        found = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def set_meta(self, key: str, value: str | float) -> None:
        """Store a fact."""
        self.rows("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def _is_sqlite(path: Path) -> bool:
    # An empty file would pass for a new database, and be written to.
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
