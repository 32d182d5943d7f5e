"""The objects of a newer version of a library that are new or changed, with their documentation."""

from collections.abc import Iterator, Mapping
from typing import Final

from corpora.api.changes import ApiChange, ApiDiff, ChangeKind
from corpora.api.model import ApiModel, ApiObject
from corpora.document import Section
from corpora.python.package_units import PackageUnits
from rag.evaluation.upgrades.records import ApiCandidate, LeftOutChange

# The kinds that leave something to use, the most telling first: an object is asked about once.
_KINDS: Final[tuple[ChangeKind, ...]] = (
    "added",
    "renamed",
    "moved",
    "parameter added",
    "parameter renamed",
    "behaviour note",
    "removed",
    "deprecated",
    "default changed",
)
NEW_KINDS: Final[frozenset[ChangeKind]] = frozenset(_KINDS) - {"removed", "deprecated"}
"""The kinds of which an example must not work with the older version."""
_POSITIONAL: Final = ("positional only", "positional or keyword")


def find_candidates(
    found: ApiDiff, new: ApiModel, units: PackageUnits
) -> Iterator[ApiCandidate | LeftOutChange]:
    """Yield what there is to ask about: each object, or new parameter of one, once; or why there is nothing.

    Args:
        found: what changed.
        new: the API of the newer version.
        units: the documentation of the newer version.
    """
    sections = _by_name(units)
    places = {kind: place for place, kind in enumerate(_KINDS)}
    seen: dict[tuple[str, str], str] = {}
    for change in sorted(found.changes, key=lambda one: places.get(one.kind, len(places))):
        name, parameter = _now(change)
        section = sections.get(name)
        reason = _why_not(change, name, section)
        if section is None or reason:
            yield LeftOutChange(change.name, change.parameter, change.kind, "both", reason)
        elif (before := seen.get((section.name, parameter))) is not None:
            what = "its object is asked about already"
            yield LeftOutChange(change.name, change.parameter, change.kind, "both", what, before)
        else:
            seen[section.name, parameter] = change.kind
            yield _candidate(change, section, parameter, new)


def _now(change: ApiChange) -> tuple[str, str]:
    """Return the name to use in the newer version, and the parameter that is new; empty if there is none."""
    if change.kind in {"renamed", "moved"}:
        return change.new, ""
    if change.kind in {"removed", "deprecated"}:
        return change.replacement, ""
    if change.kind == "parameter added":
        return change.name, change.parameter
    return change.name, change.new if change.kind == "parameter renamed" else ""


def _why_not(change: ApiChange, name: str, section: Section | None) -> str:
    """Return why there is nothing to ask about a change; empty if there is."""
    if change.kind not in _KINDS:
        return "a change of this kind brings nothing new to use"
    if change.kind in {"removed", "deprecated"} and not name:
        return "no replacement is known"
    if change.object_kind == "module":
        return "it is a module"
    if any(part.startswith("_") for part in name.split(".")):
        return "it is private or a special method"
    if section is None:
        return "it has no unit of documentation of its own"
    return "it has no docstring" if section.is_bare or not section.text.strip() else ""


def _candidate(change: ApiChange, section: Section, parameter: str, new: ApiModel) -> ApiCandidate:
    found = new.find(section.name)
    target = found.object if found else None
    holder = section.name.rpartition(".")[0]
    above = new.find(holder) if holder else None
    is_member = above is not None and above.object is not None and above.object.kind == "class"
    path = found.path if found else change.path
    return ApiCandidate(
        change.kind,
        section.name,
        parameter,
        section.text,
        tuple(dict.fromkeys((section.name, *change.all_names))),
        holder if is_member else "",
        _module_of(path, new.objects),
        _parameters(target),
        target is None or target.kind not in {"property", "attribute"},
    )


def _parameters(target: ApiObject | None) -> tuple[str, ...]:
    signatures = (target.signatures or target.written) if target else ()
    return tuple(one.name for sign in signatures[:1] for one in sign.parameters if one.kind in _POSITIONAL)


def _module_of(path: str, objects: Mapping[str, ApiObject]) -> str:
    """Return the module that an object is defined in."""
    while path and not (path in objects and objects[path].kind == "module"):
        path = path.rpartition(".")[0]
    return path


def _by_name(units: PackageUnits) -> dict[str, Section]:
    """Return the sections of a package by their names; attributes that a class lists are none of them."""
    sections = [part for page in units.pages.values() if not isinstance(page, str) for part in page]
    found = {section.name: section for section in sections}
    for section in sections:
        for alias in section.aliases:
            if not alias.startswith(f"{section.name}."):
                found.setdefault(alias, section)
    return found
