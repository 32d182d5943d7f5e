"""Explain a filter that no document passes: what there is in the index, and what is spelled like it."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final

from corpora.counted import counted
from corpora.errors import NothingPasses
from indexers.catalog.filter import Filter
from indexers.index import Index

_NOUNS: Final = {
    "corpora": "corpus",
    "languages": "language",
    "libraries": "library",
    "versions": "version",
    "licences": "licence",
    "paths": "path like",
    "kinds": "kind",
}
_COLUMNS: Final = {
    "languages": "language",
    "libraries": "library",
    "versions": "version",
    "licences": "licence",
    "kinds": "kind",
}
_SHOWN: Final = 8
_NAME_CHARS: Final = 100
_SIMILARITY: Final = 0.6


def unmatched(index: Index, wanted: Filter, *, least: int = 1) -> list[NothingPasses]:
    """Return an error for each value of a filter that no document has, whatever the other values are.

    `least` is the number of values that a field must have to be looked at: with 2, only values beside others
    are, which a search that finds something does not miss.
    """
    return [
        _error(index, field, value)
        for field in _NOUNS
        if len(getattr(wanted, field)) >= least
        for value in getattr(wanted, field)
        if not index.documents(Filter(folders=wanted.folders, **{field: (value,)}))
    ]


def nothing_passes(index: Index, wanted: Filter) -> NothingPasses:
    """Return the error of a filter that no document passes."""
    if found := unmatched(index, wanted):
        return found[0]
    counts = []
    for field in _NOUNS:
        if values := getattr(wanted, field):
            documents = index.documents(Filter(folders=wanted.folders, **{field: values})) or []
            counts.append(
                f"{_NOUNS[field]} {' or '.join(map(repr, values))}: {counted(len(documents), 'document')}"
            )
    return NothingPasses("no document passes all filters together", why="; ".join(counts))


def _error(index: Index, field: str, value: str) -> NothingPasses:
    known = _known(index, field)
    near = _near(value, known) if field != "paths" else _near_paths(value, known)
    has = f"it has: {_listed(near + [name for name in known if name not in near])}"
    return NothingPasses(
        f"no {_NOUNS[field]} {value!r} in this index",
        why=has if known else f"the index has no {_NOUNS[field].removesuffix(' like')} at all",
        field=field,
        value=value,
        known=known,
        near=near,
    )


def _known(index: Index, field: str) -> list[str]:
    """Return the values that documents have in a field, sorted; for paths, what is at the top."""
    census = index.catalog.census
    if field == "corpora":
        return sorted(spec.name for spec in index.catalog.corpora().values())
    if field == "paths":
        return census.first_names()
    return [value for value in census.values(_COLUMNS[field]) if value]


def _near(value: str, known: Sequence[str]) -> list[str]:
    """Return the names spelled like `value`: those that it begins, then those that are nearly it."""
    by_lower = {name.lower(): name for name in known}
    asked = value.lower()
    within = [name for lower, name in by_lower.items() if lower.startswith(asked) or asked.startswith(lower)]
    within += [name for lower, name in by_lower.items() if asked in lower and name not in within]
    close = [by_lower[name] for name in get_close_matches(asked, by_lower, n=3, cutoff=_SIMILARITY)]
    return list(dict.fromkeys([*within, *close])) if len(asked) > 1 else close


def _near_paths(glob: str, folders: Sequence[str]) -> list[str]:
    """Return globs like `glob` whose first folder exists: `src/**` for `srcc/**`."""
    first, slash, rest = glob.removeprefix("./").partition("/")
    if not slash or "*" in first:
        return []
    return [name + slash + rest for name in _near(first, [folder.rstrip("/") for folder in folders])]


def _listed(names: Iterable[str]) -> str:
    found = [name[:_NAME_CHARS] for name in names]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
