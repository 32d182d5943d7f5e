"""Which version of a library an answer is to be true of: of a lock, or named in the question."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from corpora.document import Origin
from indexers.catalog.filter import Filter
from indexers.index import Index
from rag.docs import locked_versions

Versions = Literal["prefer", "lock", "any"]
"""What to do with documentation of other versions than asked for: leave it out where the index has the right
one (`prefer`), leave it out in any case (`lock`), or take it as it comes (`any`)."""

_VERSIONS_AT_ONCE = 3  # of a library, that say the same
_NUMBER = r"\s*+(?:(?:==|[vV](?:ersion)?\.?)\s*+)?(\d++(?:\.\d++)++|\d++(?=\.x|\s*+$))"


def asked_versions(index: Index, query: str, filter: Filter) -> dict[str, str]:
    """Library, in lower case, to the version that is asked for: by the question, else by the last sync.

    With versions in the filter nothing else is asked for.
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
    """Whether `version` is the one asked for, or one of that series: `1.26.4` of `1.26`."""
    return version == asked or version.startswith(f"{asked}.")


def excluded_versions(index: Index, asked: Mapping[str, str], how: Versions) -> tuple[tuple[str, str], ...]:
    """Libraries with their versions that are not to be searched."""
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
    """The version asked for of the library of `origin`, where that is of another one; else empty."""
    wanted = asked.get(origin.library.lower(), "")
    return wanted if wanted and origin.version and not is_asked(origin.version, wanted) else ""


def one_of_each(index: Index, ranked: Sequence[int], k: int) -> tuple[list[int], dict[int, tuple[str, ...]]]:
    """The first `k` chunks, what several versions say word for word once; and the versions of the others."""
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
