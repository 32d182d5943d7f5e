"""A connection to a SQLite file that is not trusted: snapshots, transactions, and errors with a fix."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any

from corpora.errors import IndexDamaged, IndexIncompatible, RagError
from indexers.catalog.connection import (
    allow_values,
    connect,
    create_database,
    has_facts,
    is_system_error,
    schema_problem,
)
from indexers.catalog.schema import SCHEMA, check_types, hiding, may_read, read_spec
from indexers.catalog.seal import Seal
from indexers.layout import FORMAT_VERSION

_MAGIC = b"SQLite format 3\0"
_WAIT_MS = 5000  # for the moment in which another connection commits
_VARIABLES = 900  # old builds of SQLite allow 999 in a statement

# Pages that refer to each other in circles yield endless rows: the size of the file is their bound.
_BYTES_A_ROW, _STEPS_A_BYTE = 4, 100
_SOME_ROWS, _SOME_STEPS, _STEPS_AT_ONCE = 1000, 5_000_000, 100_000
_MOST_ROWS = (1 << 31) - 2  # that `fetchmany` takes
_GROWTH = 1 << 36  # bytes that a write may add before its next commit

ReaderNames = Collection[str] | None
"""The names of a reader: their own, and those of their groups; None for whoever may read everything."""


class Database:
    """One connection. Changes become visible to others with `commit`."""

    def __init__(self, path: Path | None, *, create: bool = False, names: ReaderNames = None) -> None:
        """Open the file at `path`, or a database in memory for None.

        With `names`, it shows only the corpora that somebody with these names may read, and is not written.

        Raises:
            IndexDamaged: it is not a whole database of ours.
            IndexIncompatible: another format version wrote it.
            RagError: the system does not let us read it.
        """
        self.path, self._names = path, names
        self._seal = Seal(path) if path else None
        self._max_rows = self._max_steps = self._steps = 0
        # Threads take turns, as in SQLite itself, where closing it while it is asked ends the program.
        self._turn, self._is_closed = RLock(), False
        # SQLite would take an empty file for a new database, and write to it.
        if self._seal and not create and not self._seal.begins_with(_MAGIC):
            self._seal.close()
            raise self.damaged("catalog.sqlite is not a SQLite database")
        self._open(create=create)
        try:
            self._check(create=create)
        except BaseException:
            self.close()
            raise

    def _open(self, *, create: bool = False) -> None:
        with self._raising_ours():
            self._connection = create_database(self.path) if create else connect(self.path)
        self._db = self._connection.database
        self._seen = self._signature()

    def _check(self, *, create: bool) -> None:
        if create:
            self._db.set_progress_handler(None, 0)
            self._max_rows = _SOME_ROWS
            self.rows("PRAGMA journal_mode = WAL")  # readers and the writer do not block each other
            with self._raising_ours():
                self._db.executescript(f"BEGIN; {SCHEMA}")
            self.set_meta("format_version", FORMAT_VERSION)
            self.commit()
        else:
            self._check_schema()
        self._bound()
        if self._names is not None:  # outside of a transaction, such as after one was rolled back: nothing
            self._hide_all_but(())
        # The log is moved into the file by `shrink_log` only, which also seals the file.
        self.rows("PRAGMA wal_autocheckpoint = 0")

    def _check_schema(self) -> None:
        """Check the schema and the format version of the file before anything in it is used."""
        with self._raising_ours():
            why = schema_problem(self._db)
        if why and not has_facts(self._db):
            raise self.damaged(why)
        self._max_rows = _SOME_ROWS
        version = self.meta("format_version")
        if version != FORMAT_VERSION:
            raise IndexIncompatible(
                f"the index at {self._folder} has format {version!s:.20}; this rag reads {FORMAT_VERSION}",
                why="another version of docprompting wrote it",
                fix="run: rag index --rebuild (naming the corpora, unless rag.toml does)",
            )
        if why:
            raise self.damaged(why)

    def _bound(self, *, growth: int = 0) -> None:
        """Limit the rows and the steps of each statement by the size of the file."""
        allow_values(self._db)
        if self.path is None:
            self._max_rows = _MOST_ROWS
            return
        log = self.path.with_name(f"{self.path.name}-wal")
        size = self.path.stat().st_size + (log.stat().st_size if log.exists() else 0) + growth
        self._max_rows = min(_SOME_ROWS + size // _BYTES_A_ROW, _MOST_ROWS)
        self._max_steps = _SOME_STEPS + size * _STEPS_A_BYTE
        self._db.set_progress_handler(self._count_steps, _STEPS_AT_ONCE)

    def _count_steps(self) -> int:
        self._steps += _STEPS_AT_ONCE
        return self._steps > self._max_steps

    @property
    def _folder(self) -> str:
        return str(self.path.parent) if self.path else "memory"

    def damaged(self, why: str) -> IndexDamaged:
        """Return the error to raise when something in the catalog cannot be right."""
        return IndexDamaged(
            f"the catalog of the index at {self._folder} cannot be read",
            why=why,
            fix="run: rag index --rebuild (naming the corpora, unless rag.toml does)",
        )

    @contextmanager
    def _raising_ours(self) -> Iterator[None]:
        """Turn errors of SQLite into errors with a fix."""
        try:
            yield
        except sqlite3.Error as error:
            if not is_system_error(error):
                raise self.damaged(str(error)) from error
            raise RagError(
                f"the catalog of the index at {self._folder} cannot be used",
                why=str(error),
                fix="make room on the disk, or make the folder writable, and try again",
            ) from error
        except (OverflowError, MemoryError, UnicodeError) as error:  # numbers or texts that we do not write
            raise self.damaged(str(error) or "it asks for more memory than there is") from error

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows.

        Raises:
            IndexDamaged: a value is not of the type of its column, or there are impossibly many rows.
            RagError: the system does not let us read, or the file was changed while it was read.
        """
        with self._turn, self._raising_ours():
            self._check_open()
            self._steps = 0
            cursor = self._db.execute(sql, values)
            found = cursor.fetchmany(self._max_rows + 1)
        if len(found) > self._max_rows:
            raise self.damaged("it claims more rows than fit into its file")
        if found:
            try:
                check_types([column[0] for column in cursor.description], found)
            except ValueError as error:
                raise self.damaged(str(error)) from error
        if self._connection.is_frozen and self._signature() != self._seen:
            raise RagError(
                f"the index at {self._folder} was changed while it was read",
                why="its folder is read-only, so that the two processes could not see each other",
                fix="run the same command again",
            )
        return found

    def rows_in(self, sql: str, values: Sequence[int | str]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a statement that ends in `IN`, for any number of values."""
        for start in range(0, len(values), _VARIABLES):
            some = values[start : start + _VARIABLES]
            yield from self.rows(f"{sql} ({', '.join('?' * len(some))})", some)

    def run_many(self, sql: str, values: Iterable[Sequence[object]]) -> None:
        """Run a statement once for each of `values`."""
        with self._turn, self._raising_ours():
            self._db.executemany(sql, values)

    def close(self) -> None:
        """Close the file; what was not committed is lost."""
        with self._turn:
            self._is_closed = True
            self._db.close()
            if self._seal:
                self._seal.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise RagError(
                f"the index at {self._folder} is closed",
                why="it was closed before this, or by another thread while it was asked",
                fix="ask it inside of its `with` block, and take the results of a batch there",
            )

    def begin(self, *, write: bool = False) -> None:
        """Start a transaction; one that reads sees the catalog as it is now until it ends."""
        if write and self._names is not None:
            raise RagError(
                f"the index at {self._folder} is not written",
                why="it was opened for somebody who may not read all of it",
                fix="open it without names",
            )
        if self._connection.is_frozen:  # the folder may be writable by now
            self._db.close()
            self._open()
            self._check(create=False)
        self.rows("BEGIN IMMEDIATE" if write else "BEGIN")
        self.rows("SELECT value FROM meta")  # the snapshot is taken by the first read
        if self._names is not None:
            self._hide(self._names)
        self._bound(growth=_GROWTH if write else 0)
        if write and self._seal:
            self._seal.break_()

    def _hide(self, names: Collection[str]) -> None:
        try:
            specs = {
                key: read_spec(text) for key, text in self.rows("SELECT corpus_id, spec FROM main.corpora")
            }
        except ValueError as error:
            raise self.damaged(str(error)) from error
        self._hide_all_but([key for key, spec in specs.items() if may_read(spec.readers, names)])

    def _hide_all_but(self, corpora: Sequence[int]) -> None:
        for statement in hiding(corpora):
            self.rows(statement)

    def commit(self) -> None:
        """Make the changes visible to others, all at once."""
        self.rows("COMMIT")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write in a transaction, which is committed at the end of the block and undone by an exception."""
        self.begin(write=True)
        try:
            yield
        except BaseException:
            self.rollback()
            raise
        self.commit()

    def shrink_log(self) -> None:
        """Move the write-ahead log into the database file, unless a reader still needs it."""
        self.rows("PRAGMA busy_timeout = 0")  # not waiting for readers: the next commit tries again
        if self._seal:
            self._seal.note_changes()
        with suppress(RagError):  # no room on the disk: the log serves as well
            is_busy = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
            if self._seal and not is_busy:
                self._seal.renew(self.generation)
        self.rows(f"PRAGMA busy_timeout = {_WAIT_MS}")

    def seal_problem(self, *, max_bytes: int | None = None) -> str:
        """Return how the file differs from what was written last; empty if it does not or has no checksums.

        Of a file of more than `max_bytes`, only the size is checked.
        """
        if self._seal is None:
            return ""
        try:
            return self._seal.problem(self.generation, max_bytes=max_bytes)
        except (OSError, ValueError) as error:
            return str(error)

    @property
    def is_sealed(self) -> bool:
        """Return whether there are checksums of the file as it is now."""
        with suppress(OSError, ValueError):
            sealed = self._seal.read() if self._seal else None
            return sealed is not None and sealed.generation == self.generation
        return False

    @property
    def generation(self) -> int:
        """Return the number of the last commit; 0 before the first."""
        number = self.meta("generation") or 0
        if not isinstance(number, int) or number < 0:
            raise self.damaged("the number of its generation is not a number")
        return number

    def rollback(self) -> None:
        """Undo what was written since `begin`, or end reading."""
        with self._turn, self._raising_ours():
            if not self._is_closed and self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _signature(self) -> tuple[int, ...]:
        """Return figures that change when another process writes to the file."""
        if self.path is None:
            return ()
        log = self.path.with_name(f"{self.path.name}-wal")
        found = self.path.stat()
        size = log.stat().st_size if log.exists() else 0
        return found.st_ino, found.st_size, found.st_mtime_ns, size

    def meta(self, key: str) -> str | int | float | None:
        """Return the fact stored under `key`, or None."""
        found = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def remove_meta(self, keys: Sequence[str]) -> None:
        """Forget the facts stored under these keys."""
        for key in keys:
            self.rows("DELETE FROM meta WHERE key = ?", (key,))

    def set_meta(self, key: str, value: str | float) -> None:
        """Store a fact under `key`."""
        self.rows("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))
