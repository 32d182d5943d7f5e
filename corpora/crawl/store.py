"""Keep what is known of a site in a SQLite database: each URL with its status, each page with its body.

It is written while the crawl runs, so that a kill loses only the pages under way. Many processes may read it.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time
from typing import Any

import zstandard

from corpora.crawl.answer import Answer
from corpora.crawl.record import (
    MAX_BODY_BYTES,
    Reading,
    RecordDamaged,
    Role,
    UrlRecord,
    checked_rows,
    detecting_damage,
    unpack_body,
)
from corpora.document import hash_bytes

_FORMAT = 1
_LONGEST_PAUSE = 24 * 3600.0  # seconds after which an interrupted run is not continued but started over
_TABLES = (
    """CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)""",
    """CREATE TABLE urls (
    number INTEGER PRIMARY KEY,          -- in the order in which they were found
    url TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    depth INTEGER NOT NULL,              -- links from the start
    hops INTEGER NOT NULL,               -- redirects before it
    seen INTEGER NOT NULL,               -- the run that last found a way to it
    checked INTEGER NOT NULL DEFAULT 0,  -- the run that last asked for it
    status INTEGER NOT NULL DEFAULT 0,
    etag TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    content_type TEXT NOT NULL DEFAULT '',
    fetched_at TEXT NOT NULL DEFAULT '',
    content_hash TEXT NOT NULL DEFAULT '',
    size INTEGER NOT NULL DEFAULT 0,
    target TEXT NOT NULL DEFAULT '',
    links BLOB NOT NULL DEFAULT x'',
    unlisted INTEGER NOT NULL DEFAULT 0, -- the page asks not to be indexed
    reason TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT ''
)""",
    """CREATE TABLE bodies (number INTEGER PRIMARY KEY, body BLOB NOT NULL)""",
)
_MADE = "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_autoindex%'"
_NAME = "site.sqlite"
_MAX_CELL_BYTES = 256_000_000
_ROW = (
    "url, role, depth, hops, seen, checked, status, etag, last_modified, content_type, "
    "fetched_at, content_hash, size, target, links, unlisted, reason, detail"
)


class Store:
    """The database of one site in `folder`. The caller makes sure that only one process writes.

    It is a cache of text from outside, so everything read from it is checked.

    Raises:
        RecordDamaged: by any method: the database is not one that this program wrote, or was altered.
        sqlite3.Error: by any method: the disk fails.
        OSError: the folder cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / _NAME
        for path in _files(folder):
            if path.is_symlink() or (path.exists() and not path.is_file()):
                raise RecordDamaged(f"{path} is not a regular file")
        with detecting_damage():
            self._database = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        try:
            with detecting_damage():
                self._set_up()
        except BaseException:
            self._database.close()
            raise

    def _set_up(self) -> None:
        self._database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_CELL_BYTES)
        # WAL with NORMAL: a power failure may lose the last pages, but does not damage the database.
        self._database.executescript(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; "
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        )
        version = self._pragma("user_version")
        made = {row[0] for row in self._all(_MADE)}
        if version == 0 and not made:
            tables = "; ".join(_TABLES)
            self._database.executescript(f"BEGIN; {tables}; PRAGMA user_version = {_FORMAT}; COMMIT;")
        elif version != _FORMAT:
            raise RecordDamaged(f"it has format {version}, this program writes {_FORMAT}")
        elif made != set(_TABLES):  # a trigger or a view in it would run with our rights
            raise RecordDamaged("its tables are not those that this program makes")

    def check(self) -> None:
        """Check the whole record, and forget pages that are damaged, so that they are fetched again.

        Raises:
            RecordDamaged: the damage is not in single pages.
        """
        said = self._all("PRAGMA integrity_check(1)")[0][0]
        if said != "ok":
            raise RecordDamaged(str(said))
        for key in ("run", "finished", "began"):
            try:
                float(self.meta(key) or 0)
            except ValueError as error:
                raise RecordDamaged(f"its {key} is no number") from error
        for row in checked_rows(self._all(f"SELECT {_ROW} FROM urls WHERE content_hash != ''")):
            try:
                row.links  # noqa: B018 (the property unpacks them)
                self.body(row.url)
            except RecordDamaged:
                self._forget(row.url)

    def _forget(self, url: str) -> None:
        sql = "UPDATE urls SET content_hash = '', size = 0, checked = 0, links = x'' WHERE url = ?"
        self._all(sql, (url,))

    def _all(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        with detecting_damage():
            return self._database.execute(sql, values).fetchall()

    def _pragma(self, name: str) -> int:
        return int(self._all(f"PRAGMA {name}")[0][0])

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # -- runs -----------------------------------------------------------------------------------

    @property
    def run(self) -> int:
        """The number of the last run, from 1; 0 before the first."""
        return int(self.meta("run") or 0)

    @property
    def is_finished(self) -> bool:
        """Whether the last run was completed."""
        return self.meta("finished") == self.meta("run")

    def begin(self) -> None:
        """Begin a run, or continue the last one if it was interrupted less than a day ago."""
        if self.is_finished or time() - float(self.meta("began") or 0) > _LONGEST_PAUSE:
            with self._transaction():
                self.set_meta("run", str(self.run + 1))
                self.set_meta("began", str(time()))
            return
        # Pages that failed before the interruption are asked for again.
        sql = (
            "UPDATE urls SET checked = checked - 1 "
            "WHERE checked = ? AND reason = 'unreadable' AND status NOT IN (404, 410)"
        )
        self._all(sql, (self.run,))

    def finish(self) -> None:
        """Complete the run, and forget the URLs that it found no link to."""
        with self._transaction():
            for sql in (
                "DELETE FROM urls WHERE seen < ?",
                "DELETE FROM bodies WHERE number NOT IN (SELECT number FROM urls) AND ? > 0",
            ):
                self._all(sql, (self.run,))
            self.set_meta("finished", str(self.run))

    def meta(self, key: str) -> str:
        """Return the value stored under `key`; empty if there is none."""
        rows = self._all("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else ""

    def set_meta(self, key: str, value: str) -> None:
        """Store `value` under `key`."""
        self._all("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    # -- URLs -----------------------------------------------------------------------------------

    def add(self, urls: Iterable[str], role: Role, depth: int, hops: int = 0) -> list[str]:
        """Note that this run found links to `urls`; return those that it had not found before.

        Args:
            urls: in normal form.
            role: what they are fetched for.
            depth: links from the start page.
            hops: redirects that led to them.
        """
        sql = (
            "INSERT INTO urls (url, role, depth, hops, seen) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (url) DO UPDATE SET seen = excluded.seen, depth = excluded.depth, "
            "hops = excluded.hops WHERE seen < excluded.seen RETURNING url"
        )
        run = self.run
        with self._transaction():
            rows = [self._all(sql, (url, role, depth, hops, run)) for url in urls]
        return [row[0] for found in rows for row in found]

    def row(self, url: str) -> UrlRecord:
        """Return what is known of a URL that was added."""
        sql = f"SELECT {_ROW} FROM urls WHERE url = ?"
        for row in checked_rows(self._all(sql, (url,))):
            return row
        raise RecordDamaged("a URL that was just added is not in it")

    def first_with_body(self, urls: Iterable[str]) -> UrlRecord | None:
        """Return the first of `urls` that has a body; None if none has."""
        sql = f"SELECT {_ROW} FROM urls WHERE url = ? AND content_hash != ''"
        return next((row for url in urls for row in checked_rows(self._all(sql, (url,)))), None)

    def rows(self) -> list[UrlRecord]:
        """Return all URLs in the order in which they were found, without their links, which may be many."""
        columns = _ROW.replace("links", "x''")
        return checked_rows(self._all(f"SELECT {columns} FROM urls ORDER BY number"))

    def waiting(self) -> list[UrlRecord]:
        """Return the pages that this run has found and not asked for yet."""
        sql = f"SELECT {_ROW} FROM urls WHERE role = 'page' AND seen = ? AND checked < seen ORDER BY number"
        return checked_rows(self._all(sql, (self.run,)))

    def asked(self) -> tuple[int, int]:
        """Return how many pages this run has asked for, and the bytes of their bodies together."""
        sql = "SELECT count(*), coalesce(sum(size), 0) FROM urls WHERE role = 'page' AND checked = ?"
        pages, size = self._all(sql, (self.run,))[0]
        return int(pages), int(size)

    def record(self, url: str, answer: Answer, reading: Reading | None = None) -> None:
        """Store the answer to a request for `url`; an earlier body is kept if `answer.keeps_body`."""
        run, reading = self.run, reading or Reading()
        with self._transaction():
            if answer.keeps_body:
                said = (run, answer.status, answer.reason or "", answer.detail if answer.reason else "", url)
                sql = "UPDATE urls SET checked = ?, status = ?, reason = ?, detail = ? WHERE url = ?"
                self._all(sql, said)
                return
            body = answer.body
            new = {
                "checked": run,
                "status": answer.status,
                "etag": answer.validators.etag,
                "last_modified": answer.validators.last_modified,
                "content_type": answer.content_type,
                "fetched_at": answer.fetched_at,
                "content_hash": hash_bytes(body) if body is not None else "",
                "size": len(body or b""),
                "target": answer.target,
                "links": zstandard.compress("\n".join(reading.links).encode()) if reading.links else b"",
                "unlisted": int(reading.is_unlisted),
                "reason": answer.reason or "",
                "detail": answer.detail if answer.reason else "",
            }
            columns = ", ".join(f"{name} = :{name}" for name in new)
            sql = f"UPDATE urls SET {columns} WHERE url = :url RETURNING number"
            number = self._all(sql, {**new, "url": url})[0][0]
            if body is None:
                self._all("DELETE FROM bodies WHERE number = ?", (number,))
            else:
                packed = zstandard.compress(body, 3)
                self._all("INSERT OR REPLACE INTO bodies VALUES (?, ?)", (number, packed))

    def body(self, url: str) -> bytes | None:
        """Return the body of `url`, decompressed; None if there is none."""
        sql = (
            "SELECT body, content_hash FROM urls LEFT JOIN bodies USING (number) "
            "WHERE url = ? AND content_hash != ''"
        )
        for packed, content_hash in self._all(sql, (url,)):
            body = unpack_body(packed, MAX_BODY_BYTES) if isinstance(packed, bytes) else b""
            if hash_bytes(body) != content_hash:
                raise RecordDamaged(f"the body of {url} does not match its checksum")
            return body
        return None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._all("BEGIN IMMEDIATE")
        try:
            yield
            self._all("COMMIT")
        except BaseException:
            if self._database.in_transaction:  # on a full disk SQLite has rolled back by itself
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
            raise


def set_aside(folder: Path) -> None:
    """Rename the files of an unusable record (`site.sqlite.damaged`), so that a new one can be made.

    Raises:
        OSError: a file cannot be renamed.
    """
    for path in _files(folder):
        if path.exists() or path.is_symlink():
            aside = path.with_name(f"{path.name}.damaged")
            if aside.is_dir() or path.is_dir():
                aside = path.with_name(f"{path.name}.damaged-{time():.0f}")
            path.replace(aside)


def _files(folder: Path) -> list[Path]:
    return [folder / f"{_NAME}{end}" for end in ("", "-wal", "-shm")]
