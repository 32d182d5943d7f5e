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
_CHANGES: Final = "changes"  # the role of documents that tell what changed from an older version
_NUMBER: Final = r"\s*+(?:(?:==|[vV](?:ersion)?\.?)\s*+)?(\d++(?:\.\d++)++|\d++(?=\.x|\s*+$))"
_UP_TO: Final = r"(?:\.x)?+\s*+(?:to\b|->|→|\.\.|-)"


def asked_versions(index: Index, query: str, filter: Filter) -> dict[str, str]:
    """Map libraries, in lower case, to the version asked for: by the question, else by the last sync.

    The name of a library that Python and npm both have follows `python:` or `npm:` if the sync asks for it.
    It is empty if the filter names versions: then they are all that is asked for.
    """
    if filter.versions:
        return {}
    asked = {name.lower(): version for name, version in locked_versions(index).items()}
    for library in index.versions:
        name = re.escape(library)
        pattern = rf"(?<![\w.-])(from\s++)?{name}{_NUMBER}(?:{_UP_TO}(?:\s*+{name})?{_NUMBER})?"
        found = re.search(pattern, query, re.IGNORECASE)
        # Who goes "from pandas 1.5.3" to another version asks for that one, whether it is named or not.
        if found and (found[3] or not found[1]):
            asked[library.lower()] = found[3] or found[2]
    return asked


def is_asked(version: str, asked: str) -> bool:
    """Return whether `version` is the one asked for, or one of its series, as `1.26.4` is of `1.26`."""
    return version == asked or version.startswith(f"{asked}.")


def excluded_versions(index: Index, asked: Mapping[str, str], how: Versions) -> tuple[tuple[str, ...], ...]:
    """Return what is to be left out of a search: library, version and, if it matters, language."""
    if how == "any":
        return ()
    excluded: list[tuple[str, ...]] = _excluded_changes(index, asked)
    for library, versions in index.libraries.page_versions.items():
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


def _excluded_changes(index: Index, asked: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return the changes that lead to other versions than the one that is asked for.

    They are left out whatever else there is: what changed later, or to an earlier version, is wrong there.
    """
    language = kind_named("package").language
    return [
        (library, version, language, _CHANGES)
        for library, versions in index.libraries.versions_of_changes.items()
        if (wanted := asked.get(library.lower()) or asked.get(f"{_ECOSYSTEMS[language]}:{library.lower()}"))
        for version in versions
        if not is_asked(version, wanted)
    ]


def _other_versions(versions: Sequence[str], wanted: str, how: Versions) -> list[str]:
    """Return the versions to leave out because of the one that is wanted."""
    if how == "lock" or any(is_asked(version, wanted) for version in versions):
        return [version for version in versions if not is_asked(version, wanted)]
    return []


def other_version(origin: Origin, asked: Mapping[str, str], also_in: Sequence[str] = ()) -> str:
    """Return the version asked for, if `origin` is of another version of that library; else empty.

    It is empty, too, if the version asked for is one of those that have the same text, `also_in`.
    """
    library = origin.library.lower()
    ecosystem = _ECOSYSTEMS.get(origin.language, "")
    wanted = asked.get(library) or asked.get(f"{ecosystem}:{library}", "")
    is_other = (
        wanted and origin.version and not any(is_asked(one, wanted) for one in (origin.version, *also_in))
    )
    return wanted if is_other else ""


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
