"""One entry of the record of a site, and how it is taken from a database that may be damaged."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, cast, get_args

import zstandard

from corpora.crawl.answer import Answer, Validators
from corpora.document import SkipReason

Role = Literal["page", "robots", "sitemap", "llms", "inventory"]

_REASONS: Final = frozenset(get_args(SkipReason))
MAX_BODY_BYTES: Final = 256_000_000  # of a body, unpacked: no page that was taken is as large
_MAX_LINKS_BYTES: Final = 64_000_000
_SHORT_READ: Final = 522
# What SQLite says of a file that is damaged or not ours, and not of a disk: https://www.sqlite.org/rescode.html
_DAMAGED: Final = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_NOTADB,
    }
)


class RecordDamaged(Exception):
    """The record of a site is not one that this program wrote, or not any more; the message says why."""


@contextmanager
def telling_damage() -> Iterator[None]:
    """Tell a damaged record from a disk that fails, of which `sqlite3.Error` is left as it is."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)  # none if it is the module that cannot read a cell
        if code is None or code == _SHORT_READ or code & 0xFF in _DAMAGED:
            raise RecordDamaged(str(error)) from error
        raise
    except (OverflowError, UnicodeError) as error:
        raise RecordDamaged(str(error)) from error


def unpack(packed: bytes, max_bytes: int) -> bytes:
    """What `zstandard.compress` made small. Raises `RecordDamaged` if it is more than `max_bytes`."""
    try:
        # A frame tells its size, and is believed: so it is looked at first.
        if not 0 <= zstandard.get_frame_parameters(packed).content_size <= max_bytes:
            raise RecordDamaged("a page in it is larger than one can be")
        return zstandard.ZstdDecompressor().decompress(packed, max_output_size=max_bytes)
    except zstandard.ZstdError as error:
        raise RecordDamaged(f"a page in it cannot be unpacked ({error})") from error


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
        return Validators.of(self.etag, self.last_modified) if self.content_hash else Validators()

    @property
    def is_gone(self) -> bool:
        """Whether the server said that there is no such page (any more)."""
        return Answer(self.status).is_gone

    @property
    def links(self) -> list[str]:
        """The URLs that the page links to. Raises `RecordDamaged`."""
        packed = self.packed_links
        return unpack(packed, _MAX_LINKS_BYTES).decode("utf-8", "replace").split() if packed else []

    @property
    def reason(self) -> SkipReason | None:
        """Why the page could not be had when it was last asked for."""
        if not self.reason_name:
            return None
        return cast(SkipReason, self.reason_name) if self.reason_name in _REASONS else "unreadable"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a body: its links, and whether the page asks not to be indexed."""

    links: tuple[str, ...] = ()
    is_unlisted: bool = False


_TYPES: Final = tuple(Row.__annotations__.values())


def checked_rows(rows: Iterable[tuple[Any, ...]]) -> list[Row]:
    """Rows of a database whose cells may hold anything. Raises `RecordDamaged`."""
    found = []
    for row in rows:
        if not all(map(isinstance, row, _TYPES)):
            raise RecordDamaged("a cell in it is of another type than it may be")
        found.append(Row(*row))
    return found
