"""The classes of what functions without annotations return, as far as their bodies tell."""

from collections.abc import Sequence
from typing import Final

from corpora.api.calls.accepted import Apis
from corpora.api.model import ApiObject
from corpora.api.signature import ReturnedCall

_MAX_DEPTH: Final = 6  # from function to function
_MAX_CLASSES: Final = 6


class ReturnedClasses:
    """Finds the classes of what calls give.

    Args:
        apis: where objects are found.
    """

    def __init__(self, apis: Apis) -> None:
        self._apis = apis

    def of(self, called: ApiObject, receiver: str = "") -> tuple[str, ...]:
        """Return the paths of the classes that a call gives an object of, besides None; none if not known.

        Args:
            called: a function or a class.
            receiver: path of the class whose object a method is called on; empty for any other call.
        """
        found = self._of(called, receiver, 0)
        return (
            tuple(dict.fromkeys(found or ()))[: _MAX_CLASSES + 1] if len(found or ()) <= _MAX_CLASSES else ()
        )

    def _of(self, called: ApiObject, receiver: str, depth: int) -> list[str] | None:
        if called.kind == "class":
            return [called.path] if self._is_constructed(called) else None
        if called.kind != "function" or not called.returned or depth > _MAX_DEPTH:
            return None
        found: list[str] = []
        for one in called.returned:
            more = self._made_by(one, called, receiver, depth + 1)
            if more is None:
                return None
            found += more
        return found

    def _made_by(self, made: ReturnedCall, within: ApiObject, receiver: str, depth: int) -> list[str] | None:
        holder = within.path.rpartition(".")[0]
        if made.way == "path":
            target = self._apis.object_named(made.name)
            above = self._apis.object_named(made.name.rpartition(".")[0]) if target is not None else None
            of_class = above.path if above is not None and above.kind == "class" else ""
            return None if target is None else self._of(target, of_class, depth)
        here = self._apis.object_at(receiver or holder)
        if here is None or here.kind != "class":
            return None
        if made.way == "self" and made.name in {"", "__init__"}:
            return [here.path] if not made.name or self._is_constructed(here) else None
        order = list(self._apis.order(here.path))
        if made.way == "super":
            order = order[order.index(holder) + 1 :] if holder in order else []
        target = self._method(order, made.name)
        return None if target is None else self._of(target, here.path, depth)

    def _method(self, order: Sequence[str], name: str) -> ApiObject | None:
        for base in order:
            here = self._apis.object_at(base)
            if here is None or "" in here.bases:
                return None
            if name in here.members:
                return self._apis.object_named(here.members[name])
        return None

    def _is_constructed(self, cls: ApiObject) -> bool:
        """Return whether a call of a class gives an object of it: nothing writes `__new__`."""
        known = (self._apis.object_at(base) for base in self._apis.order(cls.path))
        return bool(cls.signatures) and not any(one is not None and "__new__" in one.members for one in known)
