"""The bases that a class lost: what `isinstance` and `except` asked for."""

from collections.abc import Iterator
from typing import Final

from corpora.api.builtin_members import builtin_members
from corpora.api.changes import ApiChange
from corpora.api.objects.object_pair import ObjectPair

_NO_TYPES: Final = frozenset({"typing", "typing_extensions", "abc"})
"""Modules whose classes are bases for the sake of type checkers."""


def base_change(pair: ObjectPair) -> Iterator[ApiChange]:
    """Yield the change of the bases of a class; nothing if it has all that it had."""
    if pair.before.kind != "class" or pair.after.kind != "class" or "" in pair.after.bases:
        return
    old, left = pair.old, set(pair.new.order(pair.after.path))
    if any("" in found.bases for base in left if (found := pair.new.objects.get(base))):
        return
    lost = _nearest(
        pair, left, [base for base in old.order(pair.before.path)[1:] if _is_lost(pair, base, left)]
    )
    names = [old.public_name(base) or base for base in lost if base.partition(".")[0] not in _NO_TYPES]
    if names:
        yield pair.change(
            "bases changed",
            old=", ".join(names),
            new=", ".join(base for base in pair.after.bases if base),
            detail="no longer a subclass",
            is_breaking=True,
        )


def _is_lost(pair: ObjectPair, base: str, left: set[str]) -> bool:
    """Return whether a base is still there, and the class no longer inherits from it."""
    now = pair.now_at.get(base, base)
    is_there = base in pair.now_at or base in pair.new.objects
    is_known = base in pair.old.objects and is_there and bool(pair.old.public_name(base))
    return now not in left and base not in left and (is_known or builtin_members(base) is not None)


def _nearest(pair: ObjectPair, left: set[str], lost: list[str]) -> list[str]:
    """Return the nearest of the bases that a class lost: who lost a class lost its bases, too.

    And only those that it lost first: what inherits from that is reported there, if it is public. What looks
    like a base in `with_metaclass(kind)` is none.
    """
    old = pair.old
    inherited = old.order(pair.before.path)[1:]
    above = [one for one in inherited if pair.now_at.get(one, one) in left and old.public_name(one)]
    return [
        base
        for base in lost
        if not any(base in old.order(one)[1:] for one in (*lost, *above)) and base != "builtins.type"
    ]
