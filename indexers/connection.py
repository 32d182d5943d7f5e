"""Open a SQLite file that somebody else may have made, or that lies where nothing can be written.

A catalog is data: before its first table is read, its schema must be, word for word, the one that we write
(no view, no trigger, no virtual table), and every statement has a bound. Reading needs no writing: where the
index of the write-ahead log cannot be made (a full disk, a read-only mount, another user's folder), the file
is read without one.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from indexers.catalog_schema import SCHEMA

_CACHE_KB = 16_384  # of 2 MB, the default, a query's 200 rows fill most: it read them from the file each time
_SCHEMA_BYTES, _VALUE_BYTES = 1_000_000, 128_000_000  # no row that we write comes near them
_SCHEMA_ROWS, _SCHEMA_STEPS = 100, 1_000_000  # ours has two dozen entries
# What SQLite complains of where it is not the file that is at fault.
_TROUBLE = frozenset(
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
    """An open database; `is_frozen` if it is read as it is, without a look at what others write to it."""

    database: sqlite3.Connection
    is_frozen: bool = False


def is_trouble(error: sqlite3.Error) -> bool:
    """Whether the system, and not the file, is what SQLite complains of."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _TROUBLE


def connect(path: Path | None) -> Connection:
    """Open the database at `path`, or one in memory for None. What it holds is yet to be looked at.

    Raises `sqlite3.Error` if it cannot be read in any way.
    """
    if path is None:
        return Connection(_open(":memory:"))
    database = _open_file(path, "mode=rw")
    try:
        _touch(database)
    except sqlite3.Error as error:
        database.close()
        if not is_trouble(error):
            raise
        return _connect_without_writing(path)
    return Connection(database)


def create_database(path: Path | None) -> Connection:
    """Make a new database at `path`, or in memory for None."""
    return Connection(_open(path or ":memory:"))


def _connect_without_writing(path: Path) -> Connection:
    """Read a database for which SQLite cannot make the files that it shares with others."""
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or not log.stat().st_size:
        database = _open_file(path, "mode=ro&immutable=1")
        _touch(database)
        return Connection(database, is_frozen=True)
    database = _open_file(path, "mode=rw")
    try:  # alone, SQLite keeps what it would share in memory
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        _touch(database)
        return Connection(database)
    except sqlite3.Error:
        database.close()
    # What was committed last stands in the log: a copy of both, where there is room.
    with tempfile.TemporaryDirectory(prefix="rag-") as folder, _told_as_sqlite_error():
        for file in (path, log):
            shutil.copyfile(file, Path(folder, file.name), follow_symlinks=False)
        copy = _open_file(Path(folder, path.name), "mode=rw")
        with suppress(BaseException):
            _touch(copy)
            memory = _open(":memory:")
            copy.backup(memory)
            copy.close()
            return Connection(memory, is_frozen=True)
        copy.close()
    raise sqlite3.OperationalError("its write-ahead log can neither be used where it is nor be copied")


@contextmanager
def _told_as_sqlite_error() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise sqlite3.OperationalError(str(error)) from error


def _touch(database: sqlite3.Connection) -> None:
    database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()


def _open_file(path: Path, how: str) -> sqlite3.Connection:
    return _open(f"file:{quote(str(path.absolute()))}?{how}")


def _open(name: str | Path) -> sqlite3.Connection:
    """A connection that trusts nothing in the file."""
    # Several threads may use one connection in turn; sqlite3 serializes the calls.
    is_uri = str(name).startswith("file:")
    database = sqlite3.connect(name, isolation_level=None, check_same_thread=False, uri=is_uri)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _SCHEMA_BYTES)
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    database.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 0)
    if hasattr(database, "setconfig"):  # from Python 3.12 on
        database.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # type: ignore[attr-defined,unused-ignore]
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
        database.execute(f"PRAGMA {pragma}")
    database.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    # Reading the schema is the first thing that any statement does.
    database.set_progress_handler(lambda: 1, _SCHEMA_STEPS)
    return database


def allow_values(database: sqlite3.Connection) -> None:
    """Let rows be as long as texts are, in a database whose schema has been looked at."""
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_BYTES)


def schema_problem(database: sqlite3.Connection) -> str:
    """How the tables and indexes differ from those that we make; empty if they do not."""
    entries = _schema(database)
    tables = {entry for entry in _expected_schema() if entry[0] == "table"}
    wrong = (entries - _expected_schema()) | (tables - entries)  # (an index only makes it faster)
    names = sorted(ascii(entry[1]) for entry in wrong)
    return f"its tables are not those of an index: {', '.join(names)[:200]}" if names else ""


def has_facts(database: sqlite3.Connection) -> bool:
    """Whether the table of facts, which tells the version of the format, is one of ours."""
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
