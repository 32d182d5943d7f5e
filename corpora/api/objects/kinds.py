"""The change from a function to a property and the like."""

from collections.abc import Iterator
from typing import Final

from corpora.api.changes import ApiChange, ChangeKind
from corpora.api.model import ApiObject
from corpora.api.objects.object_pair import ObjectPair
from corpora.api.sketch import likeness

_ALIKE: Final = 0.5  # share of the tokens of two bodies
_SHOWN: Final = ("enum", "namespace")


def kind_change(pair: ObjectPair) -> Iterator[ApiChange]:
    """Yield the change of what an object is; nothing if it is used as before."""
    before, after = pair.before, pair.after
    if "type" in after.labels and "type" not in before.labels:
        shown = next((label for label in _SHOWN if label in before.labels), before.kind)
        detail = "a type alone, of which there is no value"
        yield pair.change("kind changed", old=shown, new="type", detail=detail, is_breaking=True)
        return
    old, new = _use(before), _use(after)
    if old == "callable" and _only_raises(after) and not _only_raises(before):
        # What had raised before may only be annotated now: `return self._fail(token)`.
        is_same = "may only raise" in before.labels or likeness(before.sketch, after.sketch) >= _ALIKE
        if not is_same:
            yield pair.change("no longer callable", detail="it only raises", is_breaking=True)
    elif old and new and old != new:
        kind: ChangeKind = "no longer callable" if old == "callable" else "kind changed"
        yield pair.change(kind, old=before.kind, new=after.kind, is_breaking=True)


def _only_raises(found: ApiObject) -> bool:
    """Return whether a function says that it never returns."""
    ends = [way.returns.rpartition(".")[2] for way in found.signatures or found.written]
    return bool(ends) and all(end in {"NoReturn", "Never"} for end in ends)


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
