"""The record of one URL of a site, and how it is read from a database that may be damaged."""

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
MAX_BODY_BYTES: Final = 256_000_000
"""The largest body that is unpacked, in bytes; no page that a crawl accepts is as large."""
_MAX_LINKS_BYTES: Final = 64_000_000
_SHORT_READ: Final = 522
# Result codes for a file that is damaged or not ours; the others are about the disk.
# https://www.sqlite.org/rescode.html
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
    """The record of a site was not written by this program, or was altered; the message says why."""


@contextmanager
def detecting_damage() -> Iterator[None]:
    """Turn the errors of a damaged database into `RecordDamaged`; those of a failing disk pass unchanged."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)  # None: Python's module could not decode a cell
        if code is None or code == _SHORT_READ or code & 0xFF in _DAMAGED:
            raise RecordDamaged(str(error)) from error
        raise
    except (OverflowError, UnicodeError) as error:
        raise RecordDamaged(str(error)) from error


def unpack_body(packed: bytes, max_bytes: int) -> bytes:
    """Return what `zstandard.compress` packed.

    Raises:
        RecordDamaged: it is damaged, or more than `max_bytes` once unpacked.
    """
    try:
        # The decompressor reserves the size that the header of a frame claims, so that is checked first.
        if not 0 <= zstandard.get_frame_parameters(packed).content_size <= max_bytes:
            raise RecordDamaged("a page in it is larger than one can be")
        return zstandard.ZstdDecompressor().decompress(packed, max_output_size=max_bytes)
    except zstandard.ZstdError as error:
        raise RecordDamaged(f"a page in it cannot be unpacked ({error})") from error


class UrlRecord(NamedTuple):
    """A URL and what is known of it: a row of the table `urls`; its columns are explained in `store`.

    `content_hash` is empty if there is no body.
    """

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
        """The validators of the stored body; empty ones if there is none."""
        return Validators.of(self.etag, self.last_modified) if self.content_hash else Validators()

    @property
    def is_gone(self) -> bool:
        """Whether the server said that the page does not exist (any more)."""
        return Answer(self.status).is_gone

    @property
    def links(self) -> list[str]:
        """The URLs that the page links to. Raises `RecordDamaged`."""
        packed = self.packed_links
        return unpack_body(packed, _MAX_LINKS_BYTES).decode("utf-8", "replace").split() if packed else []

    @property
    def reason(self) -> SkipReason | None:
        """Why the last request for the page failed; None if it did not."""
        if not self.reason_name:
            return None
        return cast(SkipReason, self.reason_name) if self.reason_name in _REASONS else "unreadable"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body says.

    Attributes:
        links: in normal form.
        is_unlisted: whether the page asks not to be indexed.
        redirect: where the page leads that says nothing itself, in normal form; empty for any other page.
    """

    links: tuple[str, ...] = ()
    is_unlisted: bool = False
    redirect: str = ""


_TYPES: Final = tuple(UrlRecord.__annotations__.values())


def checked_rows(rows: Iterable[tuple[Any, ...]]) -> list[UrlRecord]:
    """Make records of rows of a database whose cells may hold anything.

    Raises:
        RecordDamaged: a cell has the wrong type.
    """
    found = []
    for row in rows:
        if not all(map(isinstance, row, _TYPES)):
            raise RecordDamaged("a cell in it has the wrong type")
        found.append(UrlRecord(*row))
    return found
