"""Open a SQLite file that somebody else may have made, or that is in a folder where nothing can be written.

A catalog is data: before its first table is read, its schema must be word for word the one that we write
(no view, no trigger, no virtual table), and every statement is bounded. Reading does not need to write: if
the index of the write-ahead log cannot be made (a full disk, a read-only mount, another user's folder), the
file is read without one.
"""

import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from indexers.catalog.schema import SCHEMA

_CACHE_KB = 16_384  # the 200 rows of a query nearly fill the default of 2 MB: each query would read the file
_SCHEMA_BYTES, _VALUE_BYTES = 1_000_000, 128_000_000  # no row that we write comes near them
_SCHEMA_ROWS, _SCHEMA_STEPS = 100, 1_000_000  # ours has two dozen entries
# The errors of SQLite that are not the fault of the file.
_SYSTEM_ERRORS = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)


@dataclass(frozen=True, slots=True)
class Connection:
    """An open database. One that `is_frozen` does not see what others write to the file meanwhile."""

    database: sqlite3.Connection
    is_frozen: bool = False


def is_system_error(error: sqlite3.Error) -> bool:
    """Return whether the system, and not the file, caused an error."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _SYSTEM_ERRORS


def connect(path: Path | None) -> Connection:
    """Open the database at `path`, or one in memory for None. Its schema has yet to be checked.

    Raises `sqlite3.Error` if it cannot be read in any way.
    """
    if path is None:
        return Connection(_open(":memory:"))
    try:
        return Connection(_open_file(path, "mode=rw"))
    except sqlite3.Error as error:
        if not is_system_error(error):
            raise
        return _connect_without_writing(path)


def create_database(path: Path | None) -> Connection:
    """Create a database at `path`, or in memory for None."""
    return Connection(_open(path or ":memory:"))


def _connect_without_writing(path: Path) -> Connection:
    """Open a database in a folder where SQLite cannot make the files that it shares with others."""
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or not log.stat().st_size:
        return Connection(_open_file(path, "mode=ro&immutable=1"), is_frozen=True)
    with suppress(sqlite3.Error):  # with exclusive access, SQLite keeps in memory what it would share
        return Connection(_open_file(path, "mode=rw", alone=True))
    # The log holds the last commits: read a copy of both files.
    try:
        with tempfile.TemporaryDirectory(prefix="rag-") as folder:
            for file in (path, log):
                shutil.copyfile(file, Path(folder, file.name), follow_symlinks=False)
            memory = _open(":memory:")
            with closing(_open_file(Path(folder, path.name), "mode=rw")) as copy:
                copy.backup(memory)
            return Connection(memory, is_frozen=True)
    except (OSError, sqlite3.Error) as error:
        why = "its write-ahead log can neither be used in place nor be copied elsewhere"
        raise sqlite3.OperationalError(f"{why}: {error}") from error


def _open_file(path: Path, how: str, *, alone: bool = False) -> sqlite3.Connection:
    return _open(f"file:{quote(str(path.absolute()))}?{how}", alone=alone)


def _open(name: str | Path, *, alone: bool = False) -> sqlite3.Connection:
    """Open a connection that trusts nothing in the file, and have it read the schema."""
    # Several threads may use one connection; sqlite3 serializes their calls.
    is_uri = str(name).startswith("file:")
    database = sqlite3.connect(name, isolation_level=None, check_same_thread=False, uri=is_uri)
    try:
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _SCHEMA_BYTES)
        database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        database.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 0)
        if hasattr(database, "setconfig"):  # from Python 3.12 on
            database.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # type: ignore[attr-defined,unused-ignore]
        database.set_progress_handler(lambda: 1, _SCHEMA_STEPS)
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
            database.execute(f"PRAGMA {pragma}")
        if alone:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
    except BaseException:
        database.close()
        raise
    return database


def allow_values(database: sqlite3.Connection) -> None:
    """Allow rows as long as texts are, in a database whose schema has been checked."""
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_BYTES)


def schema_problem(database: sqlite3.Connection) -> str:
    """Return how the tables and indexes differ from those that we make; empty if they do not."""
    entries = _schema(database)
    tables = {entry for entry in _expected_schema() if entry[0] == "table"}
    wrong = (entries - _expected_schema()) | (tables - entries)  # an index may be missing: it is only slower
    names = sorted(ascii(entry[1]) for entry in wrong)
    return f"its tables are not those of an index: {', '.join(names)[:200]}" if names else ""


def has_facts(database: sqlite3.Connection) -> bool:
    """Return whether the table of facts, which holds the version of the format, is as we make it."""
    return any(entry[1] == "meta" and entry in _expected_schema() for entry in _schema(database))


def _schema(database: sqlite3.Connection) -> set[tuple[str, str, str, str | None]]:
    sql = f"SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT {_SCHEMA_ROWS}"
    return set(database.execute(sql).fetchall())


@lru_cache(maxsize=1)
def _expected_schema() -> frozenset[tuple[str, str, str, str | None]]:
    with sqlite3.connect(":memory:") as database:
        database.executescript(SCHEMA)
        rows = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    database.close()
    return frozenset(rows)
