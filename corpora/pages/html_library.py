"""Read what a folder of documentation says of itself: library, version, and the index of its entries."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from corpora.built_sites.generators import SPHINX, SiteGenerator
from corpora.built_sites.identity import known_version, parts_of, read_identity
from corpora.built_sites.recognise import built_site, site_in
from corpora.document import hash_bytes
from corpora.errors import CorpusError
from corpora.outside.files import read_outside
from corpora.outside.folder_entries import file_stamp
from corpora.outside.json_documents import parsed_json
from corpora.pages.inventory import Inventory, read_inventory

_INDEX = "index.json"
_META = "meta.json"
_INVENTORY = "objects.inv"
_FIRST_PAGE = "index.html"
_MAX_BYTES = 64_000_000  # of each of these files; the largest index of DevDocs has 8 MB
_MAX_NAME_CHARS = 200
_MAX_PATH_CHARS = 1_000
_VERSIONED = re.compile(r"([^~]+)~([^~]+)")


@dataclass(frozen=True, slots=True)
class Library:
    """A folder of pages about one library.

    Attributes:
        folder: where the pages are.
        name: of the library.
        version: of the library; empty if unknown.
        entries: by page (path without suffix), what `index.json` lists on it: anchor to display name, with
            "" for the page itself. None if there is no such index.
        stamp: changes with the files that all this was read from.
        generator: what built the pages, if it is known.
        inventory: of Sphinx, if there is one that can be read.
        problem: why the inventory cannot be read; empty if it can, or if there is none.
        parts: libraries that have a folder of their own in this one, such as the crates of rustdoc: name and
            version by the beginning of their paths.
    """

    folder: Path
    name: str
    version: str
    entries: dict[str, dict[str, str]] | None
    stamp: str
    generator: SiteGenerator | None = None
    inventory: Inventory | None = None
    problem: str = ""
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def listed(self, page: str) -> dict[str, str] | None:
        """Return the entries on `page`, a path without suffix; None if the folder has no index."""
        if self.entries is None:
            return None
        return self.entries.get(page) or self.entries.get(page.removesuffix("/index")) or {}

    def left_out(self, path: str) -> str:
        """Return why the generator's page at `path`, below the folder, is no content; empty if it is."""
        return self.generator.left_out(path) if self.generator else ""

    def about(self, page: str) -> tuple[str, str]:
        """Return the name and the version of the library that `page` is about."""
        first, _, rest = page.partition("/")
        second = rest.partition("/")[0]
        return (
            self.parts.get(f"{first}/{second}/") or self.parts.get(f"{first}/") or (self.name, self.version)
        )


def is_library(folder: Path, depth: int = 0) -> bool:
    """Return whether `folder` is that of one library.

    It is if a generator wrote into it what it writes once for a site; near the root of a corpus, also if it
    has an index or a name such as `python~3.9`.

    Args:
        folder: that may be one.
        depth: how far it is below the root of the corpus.
    """
    if depth > 1:
        return site_in(folder) is not None
    return any((folder / name).is_file() for name in (_INDEX, _INVENTORY)) or (
        _VERSIONED.fullmatch(folder.name) is not None
        or (built_site if depth == 0 else site_in)(folder) is not None
    )


def open_library(folder: Path, fallback: str) -> Library:
    """Read what `folder` says of its library.

    Args:
        folder: with pages.
        fallback: the name of the library if nothing in the folder states it.

    Raises:
        CorpusError: the folder's index cannot be read.
    """
    stamps = []
    for name in (_INDEX, _META, _INVENTORY):
        path = folder / name
        status = path.stat() if path.is_file() else None
        stamps.append(file_stamp(status) if status else "")
    # The first page of a built site has its name and version in the title.
    first = folder / _FIRST_PAGE
    if not stamps[0] and first.is_file() and built_site(folder):
        stamps.append(file_stamp(first.stat()))
    stamp = hash_bytes("/".join(stamps).encode())[:12] if any(stamps) else ""
    return _read_library(folder, fallback, stamp)


@lru_cache(maxsize=64)
def _read_library(folder: Path, fallback: str, stamp: str) -> Library:
    meta = _read_json(folder / _META)
    meta = meta if isinstance(meta, dict) else {}
    slug = _text(meta, "slug")  # DevDocs: `python~3.9`; the folder has the same name
    versioned = _VERSIONED.fullmatch(slug or folder.name)
    name, version = versioned.groups() if versioned else (slug or _text(meta, "name"), "")
    inventory, problem = _inventory(folder / _INVENTORY)
    entries = _entries(_read_json(folder / _INDEX))
    generator = built_site(folder) if entries is None else None
    if inventory:
        name, version = name or inventory.project, version or known_version(inventory.version)
    if generator:
        said = read_identity(folder, generator)
        name, version = name or said[0], version or said[1]
    return Library(
        folder=folder,
        name=name or fallback,
        version=_text(meta, "release") or _text(meta, "version") or version,
        entries=entries,
        stamp=stamp,
        generator=generator or (SPHINX if inventory else None),
        inventory=inventory,
        problem=problem,
        parts=parts_of(folder, generator) if generator else {},
    )


def _inventory(path: Path) -> tuple[Inventory | None, str]:
    if not path.is_file():
        return None, ""
    try:
        return read_inventory(read_outside(path, max_bytes=_MAX_BYTES, root=path.parent)), ""
    except (OSError, ValueError) as error:
        return None, str(error)


def _read_json(path: Path) -> Any:
    if not path.is_file():
        return None
    try:
        return parsed_json(read_outside(path, max_bytes=_MAX_BYTES, root=path.parent))
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"cannot read {path}",
            why=f"it is not complete JSON ({getattr(error, 'strerror', None) or error})",
            fix="fetch the documentation again, or delete the file to index the pages without it",
        ) from error


def _entries(index: object) -> dict[str, dict[str, str]] | None:
    """Return the entries by page; None if the JSON is something else that is called `index.json`."""
    listed = index.get("entries") if isinstance(index, dict) else None
    if not isinstance(listed, list):
        return None
    pages: dict[str, dict[str, str]] = {}
    for entry in listed:
        if isinstance(entry, dict) and isinstance(entry.get("path"), str):
            page, _, anchor = entry["path"].partition("#")
            page = page.removesuffix(".html").strip("/")
            if not _is_page(page):
                continue
            pages.setdefault(page, {}).setdefault(anchor, _text(entry, "name"))
    return pages


def _is_page(page: str) -> bool:
    """Return whether a path in an index can be that of a file in the folder."""
    parts = page.split("/")
    return (
        page.isprintable()
        and ".." not in parts
        and len(page) <= _MAX_PATH_CHARS
        and max(len(part.encode(errors="replace")) for part in parts) <= _MAX_NAME_CHARS
    )


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    return str(value)[:_MAX_NAME_CHARS] if isinstance(value, str | int | float) else ""
