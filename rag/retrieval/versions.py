"""Find the version of a library that a question is about: named in it, or locked by the last sync."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from corpora.document import Origin
from corpora.kinds import kind_named
from indexers.catalog.filter import Filter
from indexers.index import Index
from indexers.locked_versions import locked_versions

Versions = Literal["prefer", "lock", "any"]
"""What to do with documentation of other versions than the one asked for: leave it out if the index has the
right one (`prefer`), leave it out always (`lock`), or never (`any`)."""

# The documentation of a package is about the language of its ecosystem.
_ECOSYSTEMS: Final = {kind_named("package").language: "python", kind_named("npm").language: "npm"}
_VERSIONS_AT_ONCE = 3  # versions of a library that are expected to have the same text
_NUMBER = r"\s*+(?:(?:==|[vV](?:ersion)?\.?)\s*+)?(\d++(?:\.\d++)++|\d++(?=\.x|\s*+$))"


def asked_versions(index: Index, query: str, filter: Filter) -> dict[str, str]:
    """Map libraries, in lower case, to the version asked for: by the question, else by the last sync.

    The name of a library that Python and npm both have follows `python:` or `npm:` if the sync asks for it.
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


def excluded_versions(index: Index, asked: Mapping[str, str], how: Versions) -> tuple[tuple[str, ...], ...]:
    """Return what is to be left out of a search: library, version and, if it matters, language."""
    if how == "any":
        return ()
    excluded: list[tuple[str, ...]] = []
    for library, versions in index.versions.items():
        if wanted := asked.get(library.lower()):
            others = _other_versions(versions, wanted, how)
            excluded += [(library, version) for version in others]
            continue
        for language, ecosystem in _ECOSYSTEMS.items():
            if wanted := asked.get(f"{ecosystem}:{library.lower()}"):
                its = index.catalog.census.versions_in(library, language)
                others = _other_versions(its, wanted, how)
                excluded += [(library, version, language) for version in others]
    return tuple(excluded)


def _other_versions(versions: Sequence[str], wanted: str, how: Versions) -> list[str]:
    """Return the versions to leave out because of the one that is wanted."""
    if how == "lock" or any(is_asked(version, wanted) for version in versions):
        return [version for version in versions if not is_asked(version, wanted)]
    return []


def other_version(origin: Origin, asked: Mapping[str, str]) -> str:
    """Return the version asked for, if `origin` is of another version of that library; else empty."""
    library = origin.library.lower()
    ecosystem = _ECOSYSTEMS.get(origin.language, "")
    wanted = asked.get(library) or asked.get(f"{ecosystem}:{library}", "")
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
