"""What changed in an object that two versions of a library have."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from corpora.api.builtin_members import builtin_members
from corpora.api.calls.changes import lost_keywords
from corpora.api.changes import ApiChange
from corpora.api.made_values import made_from
from corpora.api.model import ApiModel, ApiObject, Note
from corpora.api.parameter_changes import parameter_changes
from corpora.api.replacements import replacement_for
from corpora.api.signature import Signature

_CALLED: Final = frozenset({"function", "class"})
_READ: Final = frozenset({"property", "attribute"})
_TAKES_MORE: Final = "takes more keywords"
_MAX_WRITTEN: Final = 300  # of a signature that is shown


def object_changes(
    name: str,
    before: ApiObject | None,
    after: ApiObject | None,
    old: ApiModel,
    new: ApiModel,
    now_at: Mapping[str, str],
) -> Iterator[ApiChange]:
    """Yield what changed in an object.

    Args:
        name: its public name.
        before: the object in the old version; None for one of another library.
        after: the same in the new version.
        old: the older version.
        new: the newer one.
        now_at: for paths of the old version where the same object is in the new one.
    """
    if before is None or after is None:
        return
    common: dict[str, Any] = {
        "name": name,
        "path": before.path,
        "object_kind": before.kind,
        "file": before.file,
        "line": before.line,
    }
    kind = _kind_change(before, after)
    if kind:
        yield ApiChange(**{**common, **kind})
    elif before.kind in _CALLED or before.signatures or after.kind in _CALLED:
        # What is written below a decorator is compared, too: seldom does the decorator change another part.
        ways = _ways(before, old), _ways(after, new)
        for one in parameter_changes(*ways, takes_more=_TAKES_MORE in after.labels):
            yield ApiChange(
                one.kind,
                parameter=one.parameter,
                old=one.old,
                new=one.new,
                detail=one.detail,
                is_breaking=one.is_breaking,
                is_certain=one.is_certain,
                **common,
            )
        for lost, stars in lost_keywords(before, after, old, new):
            detail = f"**{stars} no longer take it"
            yield ApiChange(
                "parameter removed",
                parameter=lost.name,
                old=str(lost),
                detail=detail,
                is_breaking=True,
                is_certain=False,
                **common,
            )
    for note in _gone_keywords(before, after, old, new) if not kind else ():
        yield ApiChange(
            "parameter removed",
            parameter=note.about,
            old=note.about,
            detail="it was deprecated",
            is_breaking=True,
            evidence=note.text,
            **common,
        )
    if before.kind == after.kind == "class":
        yield from _base_change(before, after, old, new, now_at, common)
    if after.deprecated and not before.deprecated:
        yield ApiChange(
            "deprecated",
            evidence=after.deprecated,
            replacement=replacement_for(name, after.deprecated, new),
            **common,
        )
    for note in _new_notes(before, after):
        yield ApiChange("behaviour note", new=note.version, detail=note.kind, evidence=note.text, **common)


def _kind_change(before: ApiObject, after: ApiObject) -> dict[str, Any]:
    """Return the change from a function to a property and the like; empty if it is used as before."""
    if "type" in after.labels and "type" not in before.labels:
        detail = "a type alone, of which there is no value"
        old = _shown_kind(before)
        return {"kind": "kind changed", "old": old, "new": "type", "detail": detail, "is_breaking": True}
    old, new = _use(before), _use(after)
    if old == "callable" and _only_raises(after) and not _only_raises(before):
        return {"kind": "no longer callable", "detail": "it only raises", "is_breaking": True}
    if not old or not new or old == new:
        return {}
    if old == "callable":
        return {"kind": "no longer callable", "old": before.kind, "new": after.kind, "is_breaking": True}
    return {"kind": "kind changed", "old": before.kind, "new": after.kind, "is_breaking": True}


def _ways(found: ApiObject, model: ApiModel) -> tuple[Signature, ...]:
    """Return the ways to call an object; those of a class are its constructor's, whatever decorates that."""
    ways = found.written or found.signatures
    if not ways and found.kind == "attribute":
        made = made_from(found, model)
        return _ways(made, model) if made is not None else ()
    if ways or found.kind != "class":
        return ways
    for name in ("__init__", "__new__"):
        place = model.find(f"{model.public_name(found.path) or found.path}.{name}")
        if place is not None and place.object is not None:
            return place.object.written or place.object.signatures
    return ()


def _gone_keywords(before: ApiObject, after: ApiObject, old: ApiModel, new: ApiModel) -> Iterator[Note]:
    """Yield the deprecated keywords that a decorator took before, and nothing names now."""
    callers, others = _called(before, old), _called(after, new)
    notes = [note for one in callers if _TAKES_MORE in one.labels for note in one.notes]
    named = {note.about for one in others for note in one.notes}
    named |= {one.name for found in (*callers, *others) for way in _ways_of(found) for one in way.parameters}
    for note in notes:
        if note.kind == "deprecated" and note.about and note.about not in named:
            named.add(note.about)
            yield note


def _ways_of(found: ApiObject) -> tuple[Signature, ...]:
    return found.signatures or found.written


def _called(found: ApiObject, model: ApiModel) -> list[ApiObject]:
    """Return what a call of an object calls: itself, or the constructors of a class."""
    if found.kind != "class":
        return [found]
    members = model.members_of(found.path)
    made = (model.objects.get(members.get(name, "")) for name in ("__new__", "__init__"))
    return [one for one in made if one is not None]


def _only_raises(found: ApiObject) -> bool:
    """Return whether a function says that it never returns."""
    ends = [way.returns.rpartition(".")[2] for way in found.signatures or found.written]
    return bool(ends) and all(end in {"NoReturn", "Never"} for end in ends)


def _shown_kind(found: ApiObject) -> str:
    """Return what an object is, as users of its language say."""
    return next((label for label in ("enum", "namespace") if label in found.labels), found.kind)


def _use(found: ApiObject) -> str:
    """Return how an object is used; empty if it is not certain: an attribute may hold a function."""
    if {"type", "object"} & {*found.labels}:
        return ""
    match found.kind:
        case "function" | "class":
            return "callable"
        case "property":
            return "read" if not found.signatures else ""
        case "module":
            return "module"
    return ""


def _base_change(
    before: ApiObject,
    after: ApiObject,
    old: ApiModel,
    new: ApiModel,
    now_at: Mapping[str, str],
    common: dict[str, Any],
) -> Iterator[ApiChange]:
    """Yield the bases that a class lost: what `isinstance` and `except` asked for."""
    if "" in after.bases:
        return
    left = set(new.order(after.path))
    if any("" in found.bases for base in left if (found := new.objects.get(base))):
        return
    lost = []
    for base in old.order(before.path)[1:]:
        now = now_at.get(base, base)
        is_known = base in old.objects and (base in now_at or base in new.objects) and old.public_name(base)
        if now not in left and base not in left and (is_known or builtin_members(base) is not None):
            lost.append(base)
    # Only the nearest: who lost a class lost its bases, too. And only who lost it first: what inherits from
    # that is told of there, if it is public. What looks like a base in `with_metaclass(kind)` is none.
    above = [
        one for one in old.order(before.path)[1:] if now_at.get(one, one) in left and old.public_name(one)
    ]
    lost = [
        base
        for base in lost
        if not any(base in old.order(one)[1:] for one in (*lost, *above)) and base != "builtins.type"
    ]
    names = [old.public_name(base) or base for base in lost if base.partition(".")[0] not in _NO_TYPES]
    if names:
        yield ApiChange(
            "bases changed",
            old=", ".join(names),
            new=", ".join(base for base in after.bases if base),
            detail="no longer a subclass",
            is_breaking=True,
            **common,
        )


_NO_TYPES: Final = frozenset({"typing", "typing_extensions", "abc"})
"""Modules whose classes are bases for the sake of type checkers."""


def _new_notes(before: ApiObject, after: ApiObject) -> Iterator[Note]:
    known = {(note.kind, note.version, note.text) for note in before.notes}
    versions = {note.version for note in before.notes if note.kind == "changed"}
    for note in after.notes:
        is_new = (note.kind, note.version, note.text) not in known
        if note.kind == "changed" and is_new and note.text and (note.version not in versions):
            yield note
