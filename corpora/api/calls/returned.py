"""The classes of what functions return and attributes hold: by annotations, bodies and docstrings."""

from collections.abc import Sequence
from typing import Final

from corpora.api.calls.accepted import Apis
from corpora.api.calls.annotated import AnnotatedClasses
from corpora.api.model import ApiObject
from corpora.api.signature import ReturnedCall, Signature

_MAX_DEPTH: Final = 6  # from function to function
_MAX_CLASSES: Final = 6
_CHANGES_NOTHING: Final = frozenset(
    {
        "abstractmethod", "cached_property", "classmethod", "final", "overload", "override", "property",
        "staticmethod",
    }
)  # fmt: skip
"""Decorators of what gives what its annotation says."""


class ReturnedClasses:
    """Finds the classes of what calls give.

    Args:
        apis: where objects are found.
    """

    def __init__(self, apis: Apis) -> None:
        self._apis = apis
        self._annotated = AnnotatedClasses(apis)

    def of(self, called: ApiObject, receiver: str = "") -> tuple[str, ...]:
        """Return the paths of the classes that a call gives an object of, besides None; none if not known.

        Args:
            called: a function or a class that is called; a property or an attribute that is read.
            receiver: path of the class whose object a member is of; empty for anything else.
        """
        found = self._of(called, receiver, 0)
        return (
            tuple(dict.fromkeys(found or ()))[: _MAX_CLASSES + 1] if len(found or ()) <= _MAX_CLASSES else ()
        )

    def _of(self, called: ApiObject, receiver: str, depth: int) -> list[str] | None:
        if called.kind == "class":
            return [called.path] if self._is_constructed(called) else None
        if called.kind == "module" or depth > _MAX_DEPTH:
            return None
        if not called.returned:
            return self._declared(called, receiver)
        shown = [one for one in called.returned if one.way != "object"]
        said = [one for one in called.returned if one.way == "object"]
        found = self._all_of(shown, called, receiver, depth)
        return found or self._all_of(said, called, receiver, depth)

    def _all_of(
        self, made: Sequence[ReturnedCall], called: ApiObject, receiver: str, depth: int
    ) -> list[str] | None:
        found: list[str] = []
        for one in made:
            more = self._made_by(one, called, receiver, depth + 1)
            if more is None:
                return None
            found += more
        return found

    def _declared(self, called: ApiObject, receiver: str) -> list[str] | None:
        """Return the classes that annotations name."""
        if "async" in called.labels or not _CHANGES_NOTHING.issuperset(
            path.rpartition(".")[2] for path in called.decorators
        ):
            return None
        is_called = called.kind == "function"
        ways = called.signatures if is_called else [Signature(returns=called.annotation)]
        found = [self._by_annotation(way, called.path, receiver) for way in ways]
        paths = [path for one in found for path in one] if all(found) else []
        is_told = is_called or not any(map(self._is_descriptor, paths))
        return paths if paths and is_told else None

    def _by_annotation(self, way: Signature, path: str, receiver: str) -> tuple[str, ...]:
        """Return the classes that an annotation names: that of the object itself for a type variable of it.

        (`def add(self, child: T) -> T` gives the child.)
        """
        is_given = any(way.returns in one.annotation for one in way.parameters)
        if not is_given and self._annotated.is_own_kind(way.returns, path, receiver):
            return (receiver,)
        return self._annotated.of(way.returns, path, receiver)

    def _is_descriptor(self, path: str) -> bool:
        """Return whether an attribute that holds an object of a class gives something else."""
        known = (self._apis.object_at(base) for base in self._apis.order(path))
        return any(one is not None and "__get__" in one.members for one in known)

    def _made_by(self, made: ReturnedCall, within: ApiObject, receiver: str, depth: int) -> list[str] | None:
        holder = within.path.rpartition(".")[0]
        if made.way == "object":
            named = self._apis.object_named(made.name)
            return [named.path] if named is not None and named.kind == "class" else None
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
        if target is None or (target.kind == "function") == (made.way == "held"):
            return None
        return self._of(target, here.path, depth)

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
