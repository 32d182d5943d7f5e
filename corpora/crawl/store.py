"""What is known of a site, in a SQLite database: each page with its body, each URL with its fate.

It is written as the crawl goes, so a kill costs the pages under way; it is read by many processes.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Literal, NamedTuple, cast

import zstandard

from corpora.crawl.answer import Answer, Validators
from corpora.document import SkipReason, hash_bytes

Role = Literal["page", "robots", "sitemap", "llms", "inventory"]

_FORMAT = 1
_LONGEST_PAUSE = 24 * 3600.0  # seconds after which what a run has asked for is asked for again
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE urls (
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
);
CREATE TABLE bodies (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
"""
_ROW = (
    "url, role, depth, hops, seen, checked, status, etag, last_modified, content_type, "
    "fetched_at, content_hash, size, target, links, unlisted, reason, detail"
)


class Row(NamedTuple):
    """A URL and what is known of it; `content_hash` is empty where there is no body."""

    url: str
    role: str
    depth: int
    hops: int
    seen: int
    checked: int
    status: int
    etag: str
    last_modified: str
    content_type: str
    fetched_at: str
    content_hash: str
    size: int
    target: str
    packed_links: bytes
    unlisted: int
    reason_name: str
    detail: str

    @property
    def validators(self) -> Validators:
        """Those of the body that is kept; empty ones if there is none."""
        return Validators(self.etag, self.last_modified) if self.content_hash else Validators()

    @property
    def is_gone(self) -> bool:
        """Whether the server said that there is no such page (any more)."""
        return Answer(self.status).is_gone

    @property
    def links(self) -> list[str]:
        """The URLs that the page links to."""
        packed = self.packed_links
        return zstandard.decompress(packed).decode().split() if packed else []

    @property
    def reason(self) -> SkipReason | None:
        """Why the page could not be had when it was last asked for."""
        return cast(SkipReason, self.reason_name) if self.reason_name else None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a body: its links, and whether the page asks not to be indexed."""

    links: tuple[str, ...] = ()
    is_unlisted: bool = False


class Store:
    """The database of one site, in `folder`. One process writes, which the caller sees to.

    Raises `sqlite3.DatabaseError` where the file is no sound database.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "site.sqlite"
        self._database = self._open()
        if self._pragma("user_version") not in {0, _FORMAT}:  # it is a cache: fetch anew
            self._database.close()
            for end in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + end).unlink(missing_ok=True)
            self._database = self._open()
        if self._pragma("user_version") == 0:
            self._database.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_FORMAT}; COMMIT;")

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        # A power cut may cost the last pages, never the database.
        database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
        return database

    def _pragma(self, name: str) -> int:
        return int(self._database.execute(f"PRAGMA {name}").fetchone()[0])

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # -- runs -----------------------------------------------------------------------------------

    @property
    def run(self) -> int:
        """The number of the last run; 0 before the first."""
        return int(self.meta("run") or 0)

    @property
    def is_finished(self) -> bool:
        """Whether the last run came to its end."""
        return self.meta("finished") == self.meta("run")

    def begin(self) -> None:
        """Begin a run, or go on with the one that was cut off, unless that was long ago."""
        if self.is_finished or time() - float(self.meta("began") or 0) > _LONGEST_PAUSE:
            with self._transaction():
                self.set_meta("run", str(self.run + 1))
                self.set_meta("began", str(time()))
            return
        # What failed in the part that was cut off has another chance.
        sql = (
            "UPDATE urls SET checked = checked - 1 "
            "WHERE checked = ? AND reason = 'unreadable' AND status NOT IN (404, 410)"
        )
        self._database.execute(sql, (self.run,))

    def finish(self) -> None:
        """End the run; what it found no way to is forgotten."""
        with self._transaction():
            for sql in (
                "DELETE FROM urls WHERE seen < ?",
                "DELETE FROM bodies WHERE number NOT IN (SELECT number FROM urls) AND ? > 0",
            ):
                self._database.execute(sql, (self.run,))
            self.set_meta("finished", str(self.run))

    def meta(self, key: str) -> str:
        """What was noted under `key`; empty if nothing was."""
        row = self._database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def set_meta(self, key: str, value: str) -> None:
        """Note `value` under `key`."""
        self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    # -- URLs -----------------------------------------------------------------------------------

    def add(self, urls: Iterable[str], role: Role, depth: int, hops: int = 0) -> list[str]:
        """Note that there is a way to `urls` in this run; those that it had not found before."""
        sql = (
            "INSERT INTO urls (url, role, depth, hops, seen) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (url) DO UPDATE SET seen = excluded.seen, depth = excluded.depth, "
            "hops = excluded.hops WHERE seen < excluded.seen RETURNING url"
        )
        run = self.run
        with self._transaction():
            rows = [self._database.execute(sql, (url, role, depth, hops, run)).fetchall() for url in urls]
        return [row[0] for found in rows for row in found]

    def row(self, url: str) -> Row:
        """What is known of a URL that was added."""
        sql = f"SELECT {_ROW} FROM urls WHERE url = ?"
        return Row(*self._database.execute(sql, (url,)).fetchone())

    def at(self, urls: Iterable[str]) -> Row | None:
        """The first of `urls` that a body is kept of."""
        sql = f"SELECT {_ROW} FROM urls WHERE url = ? AND content_hash != ''"
        found = (self._database.execute(sql, (url,)).fetchone() for url in urls)
        return next((Row(*row) for row in found if row), None)

    def rows(self) -> Iterator[Row]:
        """All URLs, in the order in which they were found, without their links: those may be many."""
        columns = _ROW.replace("links", "x''")
        return (Row(*row) for row in self._database.execute(f"SELECT {columns} FROM urls ORDER BY number"))

    def waiting(self) -> list[Row]:
        """Pages that this run knows of and has not asked for."""
        sql = f"SELECT {_ROW} FROM urls WHERE role = 'page' AND seen = ? AND checked < seen ORDER BY number"
        return [Row(*row) for row in self._database.execute(sql, (self.run,))]

    def asked(self) -> tuple[int, int]:
        """How many pages this run has asked for, and the bytes of those it has."""
        sql = "SELECT count(*), coalesce(sum(size), 0) FROM urls WHERE role = 'page' AND checked = ?"
        pages, size = self._database.execute(sql, (self.run,)).fetchone()
        return pages, size

    def record(self, url: str, answer: Answer, reading: Reading | None = None) -> None:
        """Note what came of asking for `url`; a body that was fetched before stays where it still stands."""
        run, reading = self.run, reading or Reading()
        with self._transaction():
            if answer.keeps_body:
                said = (run, answer.status, answer.reason or "", answer.detail if answer.reason else "", url)
                sql = "UPDATE urls SET checked = ?, status = ?, reason = ?, detail = ? WHERE url = ?"
                self._database.execute(sql, said)
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
            number = self._database.execute(sql, {**new, "url": url}).fetchone()[0]
            if body is None:
                self._database.execute("DELETE FROM bodies WHERE number = ?", (number,))
            else:
                packed = zstandard.compress(body, 3)
                self._database.execute("INSERT OR REPLACE INTO bodies VALUES (?, ?)", (number, packed))

    def body(self, url: str) -> bytes | None:
        """The body kept for `url`; None if there is none."""
        sql = "SELECT body FROM bodies JOIN urls USING (number) WHERE url = ?"
        row = self._database.execute(sql, (url,)).fetchone()
        return zstandard.decompress(row[0]) if row else None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
