"""Find the version of a library that a question is about: named in it, or locked by the last sync."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from corpora.document import Origin
from indexers.catalog.filter import Filter
from indexers.index import Index
from indexers.locked_versions import locked_versions

Versions = Literal["prefer", "lock", "any"]
"""What to do with documentation of other versions than the one asked for: leave it out if the index has the
right one (`prefer`), leave it out always (`lock`), or never (`any`)."""

_VERSIONS_AT_ONCE = 3  # versions of a library that are expected to have the same text
_NUMBER = r"\s*+(?:(?:==|[vV](?:ersion)?\.?)\s*+)?(\d++(?:\.\d++)++|\d++(?=\.x|\s*+$))"


def asked_versions(index: Index, query: str, filter: Filter) -> dict[str, str]:
    """Map libraries, in lower case, to the version asked for: by the question, else by the last sync.

    It is empty if the filter names versions: then they are all that is asked for.
    """
    if filter.versions:
        return {}
    asked = {name.lower(): version for name, version in locked_versions(index).items()}
    for library in index.versions:
        found = re.search(rf"(?<![\w.-]){re.escape(library)}{_NUMBER}", query, re.IGNORECASE)
        if found:
            asked[library.lower()] = found[1]
    return asked


def is_asked(version: str, asked: str) -> bool:
    """Return whether `version` is the one asked for, or one of its series, as `1.26.4` is of `1.26`."""
    return version == asked or version.startswith(f"{asked}.")


def excluded_versions(index: Index, asked: Mapping[str, str], how: Versions) -> tuple[tuple[str, str], ...]:
    """Return the pairs of library and version that are to be left out of a search."""
    if how == "any":
        return ()
    excluded: list[tuple[str, str]] = []
    for library, versions in index.versions.items():
        wanted = asked.get(library.lower())
        if wanted is None:
            continue
        if how == "lock" or any(is_asked(version, wanted) for version in versions):
            excluded += [(library, version) for version in versions if not is_asked(version, wanted)]
    return tuple(excluded)


def other_version(origin: Origin, asked: Mapping[str, str]) -> str:
    """Return the version asked for, if `origin` is of another version of that library; else empty."""
    wanted = asked.get(origin.library.lower(), "")
    return wanted if wanted and origin.version and not is_asked(origin.version, wanted) else ""


def one_of_each(index: Index, ranked: Sequence[int], k: int) -> tuple[list[int], dict[int, tuple[str, ...]]]:
    """Choose `k` chunks so that identical text in several versions of a library appears once.

    Returns:
        The ids of the chunks in the order of `ranked`, and for each of them the other versions with its text.
    """
    chunks = index.chunks(ranked[: _VERSIONS_AT_ONCE * k])
    first: dict[tuple[str, ...], int] = {}
    versions: dict[int, list[str]] = {}
    for chunk_id in ranked[: _VERSIONS_AT_ONCE * k]:
        chunk = chunks[chunk_id]
        if not chunk.origin.version:
            versions[chunk_id] = []
            continue
        said = chunk.origin.library, chunk.symbol, chunk.signature, chunk.text
        kept = first.setdefault(said, chunk_id)
        if kept == chunk_id:
            versions[chunk_id] = []
        elif chunk.origin.version != chunks[kept].origin.version:
            versions[kept].append(chunk.origin.version)
    best = list(versions)[:k]
    return best, {chunk_id: tuple(sorted(set(versions[chunk_id]))) for chunk_id in best}
