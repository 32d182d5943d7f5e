"""Find the version of a library that a question is about: named in it, or locked by the last sync."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from corpora.document import Origin
from corpora.kinds import kind_named
from indexers.catalog.filter import Filter
from indexers.chunking.chunk import Chunk
from indexers.index import Index
from indexers.locked_versions import locked_versions
from rag.retrieval.ranking.rank import Candidate

Versions = Literal["prefer", "lock", "any"]
"""What to do with documentation of other versions than the one asked for: leave it out if the index has the
right one (`prefer`), leave it out always (`lock`), or never (`any`)."""

# The documentation of a package is about the language of its ecosystem.
_ECOSYSTEMS: Final = {kind_named("package").language: "python", kind_named("npm").language: "npm"}
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


class OneOfEach:
    """Chooses candidates so that identical text in several versions of a library is found once.

    Only candidates that share library and symbol with another are read and compared.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._several = {library for library, known in index.versions.items() if len(known) > 1}
        self._units: dict[tuple[str, str], list[int]] = {}  # candidates with one name, best first
        self._read: dict[int, Chunk] = {}

    def first(self, ranked: Sequence[Candidate], k: int) -> dict[int, tuple[str, ...]]:
        """Choose the first `k` of `ranked` whose text no candidate before has, here or in an earlier call.

        Returns:
            Their ids in the order of `ranked`, each with the other versions that have its text.
        """
        for candidate in ranked if self._several else ():
            if candidate.facts.library in self._several:
                self._units.setdefault(_name_of(candidate), []).append(candidate.chunk_id)
        best: dict[int, tuple[str, ...]] = {}
        for start in range(0, len(ranked), k):
            several = ranked[start : start + k]
            self._read_units(several)
            for candidate in several:
                same = self._with_text_of(candidate)
                if same[0] == candidate.chunk_id and len(best) < k:
                    best[candidate.chunk_id] = self._other_versions(same)
            if len(best) == k:
                break
        return best

    def _read_units(self, candidates: Sequence[Candidate]) -> None:
        """Read, at once, the texts that these candidates have to be compared with."""
        units = {name: self._units.get(name, []) for name in map(_name_of, candidates)}
        wanted = [number for unit in units.values() if len(unit) > 1 for number in unit]
        self._read |= self._index.chunks([number for number in wanted if number not in self._read])

    def _with_text_of(self, candidate: Candidate) -> list[int]:
        """Return the candidates with the text of this one, which is among them, best first."""
        unit = self._units.get(_name_of(candidate), [])
        if len(unit) < 2:
            return [candidate.chunk_id]
        own = self._read[candidate.chunk_id]
        if not own.origin.version:
            return [candidate.chunk_id]
        return [number for number in unit if _is_same(self._read[number], own)]

    def _other_versions(self, same: Sequence[int]) -> tuple[str, ...]:
        if len(same) < 2:
            return ()
        own, *others = (self._read[number].origin.version for number in same)
        return tuple(sorted({*others} - {own}))


def _name_of(candidate: Candidate) -> tuple[str, str]:
    return candidate.facts.library, candidate.facts.symbol


def _is_same(one: Chunk, other: Chunk) -> bool:
    return bool(one.origin.version) and (one.signature, one.text) == (other.signature, other.text)
