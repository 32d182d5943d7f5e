"""Place what changed in an API beside the pages of what changed.

An object may have three units: its page in the old version, its page in the new one, and what changed. The
old page is wrong where it says something else than the other two, so it comes last. What changed comes after
the new page, which answers most questions by itself, unless the question is about changes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import inf
from typing import Final, Protocol

from indexers.catalog.catalog import ChunkFacts
from rag.retrieval.questions.missing_names import missing_names
from rag.retrieval.questions.query import Query

_BESIDE: Final = 5.0  # as much as a second part of one unit loses, see `rank`
_STEP: Final = 1e-6  # more than scores are rounded to, less than they differ by
_MAX_CHARS: Final = 20_000  # of a question
# An error of Python that says that something is gone counts, too.
_WORD: Final = re.compile(r"\w+")
_ABOUT_CHANGES: Final = re.compile(
    r"\b(?:changed|changes (?:in|of|from|since|between)|upgrad(?:e|ing)|migrat(?:e|ing|ion)"
    r"|deprecat(?:ed|ion)|was removed|were removed|been removed|no longer|any ?more|breaking change|new in"
    r"|has no attribute|unexpected keyword argument|cannot import name|positional arguments? but)\b",
    re.IGNORECASE,
)


class _Ranked(Protocol):
    """A candidate, of whose scores an order is made."""

    score: float

    @property
    def facts(self) -> ChunkFacts: ...

    def add(self, name: str, share: float) -> None: ...

    def lower_to(self, most: float, name: str) -> None: ...


_Pages = Mapping[tuple[str, str], list[_Ranked]]


def place_changes(query: Query, candidates: Sequence[_Ranked]) -> None:
    """Put the pages of an object that changed, and what changed in it, into the order new, changes, old.

    For a question about something else, all of them stay far behind.
    """
    changes = [one for one in candidates if one.facts.role == "changes"]
    if not changes:
        return
    pages = _pages_by_name(candidates)
    behind: dict[int, float] = {}  # the page that a change comes behind, by its score
    if not _ABOUT_CHANGES.search(query.text[:_MAX_CHARS]):
        for change in changes:
            new = [
                page.score
                for page in _pages_of(change.facts, pages)
                if page.facts.version == change.facts.version
            ]
            if new and not _names_a_part(query, change.facts):
                change.add("beside its page", -_BESIDE)
                behind[id(change)] = max(new)
    missing = [name for name in missing_names(query.text) if "." in name]
    best = max(one.score for one in candidates) if missing else 0.0
    for change in _first_parts(changes):
        if _is_missing(change.facts, missing):
            change.add("says why it is gone", max(best - change.score, 0) + _STEP)
        found = _pages_of(change.facts, pages)
        old = [page for page in found if _is_older(page.facts.version, change.facts.version)]
        if old:
            _put_before(change, old, most=behind.get(id(change), inf))


def _put_before(change: _Ranked, old: Sequence[_Ranked], most: float) -> None:
    """Raise a change to just above the pages that it outdates, which come behind the score `most` with it."""
    for page in old:
        page.lower_to(most - 2 * _STEP, "outdated")
    above = max(page.score for page in old) + _STEP
    if change.score < above:
        change.add("changed since", above - change.score)


def _is_missing(change: ChunkFacts, missing: Iterable[str]) -> bool:
    """Return whether an error message says that one of the old names is not there."""
    names = (change.symbol, *change.aliases)
    return any(name == one or name.endswith(f".{one}") for one in missing for name in names)


def _names_a_part(query: Query, change: ChunkFacts) -> bool:
    """Return whether a question names a parameter that changed, an alias below the name of its unit."""
    parts = {alias.rpartition(".")[2] for alias in change.aliases if alias.startswith(f"{change.symbol}.")}
    if any(asked.is_certain and asked.last in parts for asked in query.names):
        return True
    # `squeeze` is a word, and beside `read_csv` the name of its parameter.
    words = {*_WORD.findall(query.text[:_MAX_CHARS])}
    return change.symbol.rpartition(".")[2] in words and not parts.isdisjoint(words)


def _first_parts(changes: Iterable[_Ranked]) -> list[_Ranked]:
    """Return the first part of each unit, which says most of a unit that was split."""
    first: dict[tuple[str, str, str], _Ranked] = {}
    for change in changes:
        unit = change.facts.corpus, change.facts.path, change.facts.symbol
        if unit not in first or change.facts.start_byte < first[unit].facts.start_byte:
            first[unit] = change
    return [*first.values()]


def _pages_by_name(candidates: Iterable[_Ranked]) -> _Pages:
    pages: dict[tuple[str, str], list[_Ranked]] = {}
    for one in candidates:
        if one.facts.kind == "docs" and one.facts.role != "changes":
            for name in {one.facts.symbol, *one.facts.aliases}:
                pages.setdefault((one.facts.library, name), []).append(one)
    return pages


def _pages_of(change: ChunkFacts, pages: _Pages) -> list[_Ranked]:
    """Return the pages of the object that changed, by any of its names."""
    names = (change.symbol, *change.aliases)
    return [page for name in names if name for page in pages.get((change.library, name), ())]


@lru_cache(maxsize=1000)
def _is_older(version: str, other: str) -> bool:
    from packaging.version import InvalidVersion, Version  # (most questions meet no change)

    try:
        return Version(version) < Version(other)
    except InvalidVersion:
        return False
