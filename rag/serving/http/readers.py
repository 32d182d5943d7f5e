"""Who may read what, of a service for many: readers by their tokens, with their groups and quotas.

A file names them:

    [[reader]]
    name = "ada"
    groups = ["compilers", "staff"]
    token_sha256 = "..."            # printf %s "$TOKEN" | sha256sum
    requests_per_minute = 120       # both are optional
    requests_at_once = 4

A corpus with `readers` in `rag.toml` is shown to those alone who are named there, or are in a group that is.
"""

import hashlib
import hmac
import re
import tomllib
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from corpora.errors import RagError, reason_of
from corpora.outside.files import read_outside

_MOST_BYTES: Final = 10_000_000
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_KEYS: Final = {
    "name": str,
    "groups": list,
    "token_sha256": str,
    "requests_per_minute": int,
    "requests_at_once": int,
}

asking_names: ContextVar[frozenset[str] | None] = ContextVar("asking_names", default=None)
"""The names of the reader that this request is of; None for whoever may read everything."""


@dataclass(frozen=True, slots=True)
class IndexReader:
    """Somebody who may ask.

    Args:
        name: their own.
        groups: in which they are.
        digest: of their token, SHA-256.
        per_minute: requests that they may make in a minute; None for any number.
        at_once: requests of theirs that are worked on at a time; None for any number.
    """

    name: str
    groups: frozenset[str]
    digest: bytes = field(repr=False)
    per_minute: int | None = None
    at_once: int | None = None

    @property
    def names(self) -> frozenset[str]:
        """Return all names by which they may read."""
        return self.groups | {self.name}


def reader_with(token: str, readers: Iterable[IndexReader]) -> IndexReader | None:
    """Return the reader with this token; it takes as long whoever it is."""
    digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
    found = [reader for reader in readers if hmac.compare_digest(reader.digest, digest)]
    return found[0] if found else None


def load_readers(path: Path) -> tuple[IndexReader, ...]:
    """Read a file of readers. Raises `RagError`, naming the reader, for anything not understood."""
    try:
        content = tomllib.loads(read_outside(path, max_bytes=_MOST_BYTES).decode())
    except (OSError, ValueError) as error:
        why = reason_of(error) if isinstance(error, OSError) else str(error)
        raise _wrong(path, why) from error
    tables = content.get("reader", [])
    if content.keys() - {"reader"} or not isinstance(tables, list) or not tables:
        raise _wrong(path, "it has tables [[reader]], at least one, and nothing else")
    readers = tuple(_reader(path, number, table) for number, table in enumerate(tables, 1))
    for names in ([one.name for one in readers], [one.digest for one in readers]):
        if len(set(names)) < len(readers):
            raise _wrong(path, "two readers have one name or one token")
    return readers


def _reader(path: Path, number: int, table: Any) -> IndexReader:
    where = f"[[reader]] number {number}"
    if not isinstance(table, dict) or (unknown := sorted(table.keys() - _KEYS.keys())):
        known = ", ".join(_KEYS)
        raise _wrong(path, f"{where} has the key {unknown[0]!r}; known are {known}" if table else where)
    for key, kind in _KEYS.items():
        if key in table and type(table[key]) is not kind:
            raise _wrong(path, f"{key} in {where} is not of its type")
    name, groups, digest = table.get("name", ""), table.get("groups", []), table.get("token_sha256", "")
    if not name or not all(isinstance(group, str) and group for group in groups):
        raise _wrong(path, f"{where} has no name, or a group that is no name")
    if not _DIGEST.fullmatch(digest):
        raise _wrong(path, f"token_sha256 of {name} is not a SHA-256 of 64 hexadecimal digits")
    return IndexReader(name, frozenset(groups), bytes.fromhex(digest), *_quotas(path, name, table))


def _quotas(path: Path, name: str, table: Mapping[str, Any]) -> tuple[int | None, int | None]:
    per_minute, at_once = (table.get(key) for key in ("requests_per_minute", "requests_at_once"))
    if any(quota is not None and quota < 1 for quota in (per_minute, at_once)):
        raise _wrong(path, f"a quota of {name} is below 1")
    return per_minute, at_once


def _wrong(path: Path, why: str) -> RagError:
    return RagError(
        f"the readers in {path} are not known",
        why=why,
        fix="write for each: [[reader]], name, groups and token_sha256 (printf %s TOKEN | sha256sum)",
    )
