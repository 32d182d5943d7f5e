"""The units of a package, and their store: a package is read once for all processes that ask for it."""

import hashlib
import json
import os
import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from corpora.document import Section
from corpora.errors import CorpusError
from corpora.network.cache import cache_folder
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json

_MAX_BYTES = 200_000_000
_MAX_KEPT = 200  # packages, as many as a large lock file lists; each takes a few megabytes


@dataclass(frozen=True, slots=True)
class PackageUnits:
    """What reading a package found.

    Attributes:
        pages: the sections of each module by its path, or the reason why it has none.
        bare: the names of units without documentation.
        unreachable: offered names without a unit, with the reason.
    """

    pages: dict[str, tuple[Section, ...] | str]
    bare: frozenset[str]
    unreachable: dict[str, str]


def kept_units(stamp: str, read: Callable[[], PackageUnits]) -> PackageUnits:
    """Return what `read` returns, or what it returned when it was last called for the same content.

    Args:
        stamp: of everything that the result depends on but this program and this Python.
        read: reads the package, which may take a minute.
    """
    if (known := known_units(stamp)) is not None:
        return known
    units = read()
    with suppress(OSError, ValueError, CorpusError):  # nowhere to keep it: only slower
        _write(_file(stamp), units)
    return units


def known_units(stamp: str) -> PackageUnits | None:
    """Return what `kept_units` keeps for this content; None if it keeps nothing."""
    with suppress(OSError, ValueError, TypeError, KeyError, CorpusError):
        return _from_json(parsed_json(read_outside(_file(stamp), max_bytes=_MAX_BYTES)))
    return None


def _file(stamp: str) -> Path:
    return cache_folder("units") / f"{_digest(stamp)}.json"


def _digest(stamp: str) -> str:
    given = f"{stamp}\0{platform.python_version()}\0{reader_stamp()}"
    return hashlib.blake2b(given.encode(), digest_size=16).hexdigest()


@lru_cache(maxsize=1)
def reader_stamp() -> int:
    """Return when this program was last changed: another one may read another result."""
    return max(path.stat().st_mtime_ns for path in Path(__file__).parents[1].rglob("*.py"))


def _write(file: Path, units: PackageUnits) -> None:
    pages = {
        path: page if isinstance(page, str) else [asdict(part) for part in page]
        for path, page in units.pages.items()
    }
    found = {"pages": pages, "bare": sorted(units.bare), "unreachable": units.unreachable}
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(found), encoding="utf-8")
    draft.replace(file)
    kept = sorted(file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime_ns, reverse=True)
    for old in kept[_MAX_KEPT:]:
        old.unlink(missing_ok=True)


def _from_json(found: Any) -> PackageUnits:
    """Return the units that `_write` wrote. Raises `TypeError`, `KeyError` or `ValueError` for others."""
    pages = {
        str(path): page if isinstance(page, str) else tuple(map(_section, page))
        for path, page in found["pages"].items()
    }
    unreachable = {str(name): str(why) for name, why in found["unreachable"].items()}
    return PackageUnits(pages, frozenset(map(str, found["bare"])), unreachable)


def _section(found: dict[str, Any]) -> Section:
    aliases, is_bare = tuple(map(str, found["aliases"])), bool(found["is_bare"])
    section = Section(**{**found, "aliases": aliases, "is_bare": is_bare})
    if not all(
        isinstance(one, str) for one in (section.name, section.text, section.anchor, section.signature)
    ):
        raise ValueError("a section is not made of texts")
    return section
