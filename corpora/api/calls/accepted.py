"""The keywords that a call may have in the end, where `**kwargs` pass them on from function to function."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from corpora.api.builtin_members import builtin_members
from corpora.api.model import ApiModel, ApiObject
from corpora.api.signature import Parameter, PassedOn, Signature

_MAX_DEPTH: Final = 8  # from function to function
_MAX_STEPS: Final = 400  # for one call
_OBJECT: Final = "builtins.object"
_BY_NAME: Final = frozenset({"positional or keyword", "keyword only"})
_BY_PLACE: Final = frozenset({"positional only", "positional or keyword"})
_MORE: Final = "takes more keywords"
_CONSTRUCTORS: Final = frozenset({"__init__", "__new__", "__init_subclass__"})
_OBJECT_ITSELF: Final = ApiObject(_OBJECT, "class", (Signature(),))


class Apis(Protocol):
    """Where objects are found, in one library or in several."""

    def object_named(self, name: str) -> ApiObject | None:
        """Return what a dotted name leads to; None if that is not known."""
        ...

    def object_at(self, path: str) -> ApiObject | None:
        """Return the object at the path where it is defined."""
        ...

    def order(self, path: str) -> Sequence[str]:
        """Return a class and its bases in the order in which Python asks them."""
        ...


class AcceptedKeywords:
    """Finds the keywords that calls may have.

    Args:
        apis: where objects are found.
    """

    def __init__(self, apis: Apis) -> None:
        self._apis = apis
        self._known: dict[tuple[str, str], Mapping[str, Parameter] | None] = {}
        self._steps = 0

    def signatures(self, called: ApiObject, receiver: str = "") -> tuple[Signature, ...]:
        """Return how an object is called, with what `**kwargs` accept by name where that is known.

        Args:
            called: a function or a class.
            receiver: path of the class whose object a method is called on; empty for any other call.
        """
        ways = called.signatures
        if not any(_takes_any(way) for way in ways):
            return ways
        self._steps = 0
        accepted = self._of(called, receiver, ())
        return ways if accepted is None else tuple(_closed(way, accepted) for way in ways)

    def surely(self, called: ApiObject, receiver: str = "") -> Mapping[str, Parameter]:
        """Return keywords that a call may have for certain; there may be more.

        They are followed as far as one function alone gets them, whatever decorates that. Arguments are those
        of `signatures`.
        """
        if called.kind == "class":
            made_by = self._method(self._apis.order(called.path), "__init__", "__new__")
            called, receiver = made_by or called, called.path
        found: dict[str, Parameter] = {}
        given: set[str] = set()  # (by a function in between, so that users cannot)
        for _ in range(_MAX_DEPTH):
            ways = called.signatures or called.written
            for way in ways:
                for one in way.parameters:
                    if one.kind in _BY_NAME and one.name not in given:
                        found.setdefault(one.name, one)
            calls = called.keywords.calls if called.keywords is not None else ()
            if len(calls) != 1 or not any(map(_takes_any, ways)):
                break
            target, receiver = self._target(calls[0], called, receiver)
            if target is None or target.kind != "function":
                break
            if calls[0].places and not self._is_called_as_shown(calls[0], target):
                break
            given.update(calls[0].given, _placed(target, calls[0].places))
            called = target
        return found

    def _of(self, called: ApiObject, receiver: str, asked: tuple[str, ...]) -> Mapping[str, Parameter] | None:
        """Return the keywords that a call may have; None if they are not known."""
        key = called.path, receiver
        if key not in self._known:
            if called.path in asked:
                return {}  # it calls itself, with nothing new
            self._steps += 1
            if len(asked) > _MAX_DEPTH or self._steps > _MAX_STEPS:
                return None
            found = self._found(called, receiver, (*asked, called.path))
            if asked:
                return found  # (it may lack what is still being looked for)
            self._known[key] = found
        return self._known[key]

    def _found(
        self, called: ApiObject, receiver: str, asked: tuple[str, ...]
    ) -> Mapping[str, Parameter] | None:
        if not called.signatures or called.kind not in {"class", "function"} or _MORE in called.labels:
            return None
        named = {one.name: one for way in called.signatures for one in way.parameters if one.kind in _BY_NAME}
        if not any(_takes_any(way) for way in called.signatures):
            return named
        if called.kind == "class":
            made_by = self._method(self._apis.order(called.path), "__init__", "__new__")
            return None if made_by is None else self._of(made_by, called.path, asked)
        if called.keywords is None:
            return None
        accepted = dict(named)
        accepted.update((name, Parameter(name, "keyword only", "...")) for name in called.keywords.taken)
        for call in called.keywords.calls:
            more = self._of_call(call, called, receiver, asked)
            if more is None:
                return None
            for name, one in more.items():
                accepted.setdefault(name, one)
        return accepted

    def _of_call(
        self, call: PassedOn, within: ApiObject, receiver: str, asked: tuple[str, ...]
    ) -> Mapping[str, Parameter] | None:
        target, receiver = self._target(call, within, receiver)
        if target is _OBJECT_ITSELF:
            return {}
        accepted = None if target is None else self._of(target, receiver, asked)
        if target is None or accepted is None:
            return None
        placed = _placed(target, call.places) if self._is_called_as_shown(call, target) else set()
        return {name: one for name, one in accepted.items() if name not in call.given and name not in placed}

    def _target(self, call: PassedOn, within: ApiObject, receiver: str) -> tuple[ApiObject | None, str]:
        """Return what a call in a function calls, None if that is not known, and whose method it is."""
        holder = within.path.rpartition(".")[0]
        receiver = "" if call.way == "path" else receiver or holder
        if call.way == "path":
            target = self._apis.object_named(call.name)
        elif call.way == "self" and call.name in _CONSTRUCTORS:
            target = self._apis.object_at(receiver)
        else:
            order = list(self._apis.order(receiver))
            later = order[order.index(holder) + 1 :] if holder in order else []
            target = self._method(later if call.way == "super" else order, call.name)
        return target, receiver

    def _is_called_as_shown(self, call: PassedOn, target: ApiObject) -> bool:
        """Return whether the first argument of a call is for the first parameter: not in `Base.f(self)`."""
        holder = self._apis.object_at(target.path.rpartition(".")[0])
        return call.way != "path" or target.kind == "class" or holder is None or holder.kind == "module"

    def _method(self, order: Sequence[str], *names: str) -> ApiObject | None:
        """Return the first method of some names in classes; None if it is not known, or one has several."""
        for base in order:
            here = self._apis.object_at(base)
            members = here.members if here is not None else builtin_members(base)
            if members is None or (here is not None and "" in here.bases):
                return None
            found = [members[name] for name in names if name in members]
            if base == _OBJECT:
                return _OBJECT_ITSELF if found and _CONSTRUCTORS.issuperset(names) else None
            if found:
                return self._apis.object_named(found[0]) if len(found) == 1 and here is not None else None
        return None


def _takes_any(way: Signature) -> bool:
    return any(one.kind == "variadic keyword" for one in way.parameters)


def _placed(target: ApiObject, places: int) -> set[str]:
    """Return the parameters that arguments by position are for, which users cannot give by name any more."""
    found = [
        {one.name for one in [one for one in way.parameters if one.kind in _BY_PLACE][:places]}
        for way in target.signatures
    ]
    return set.intersection(*found) if found else set()


def _closed(way: Signature, accepted: Mapping[str, Parameter]) -> Signature:
    """Return a signature with the keywords that are accepted in place of `**kwargs`."""
    if not _takes_any(way):
        return way
    own = {one.name for one in way.parameters if one.kind in _BY_NAME}
    more = [
        Parameter(name, "keyword only", one.default or "...", one.annotation)
        for name, one in accepted.items()
        if name not in own
    ]
    kept = [one for one in way.parameters if one.kind != "variadic keyword"]
    return replace(way, parameters=(*kept, *more))


class ModelApis:
    """The objects of one library, as `Apis`."""

    def __init__(self, model: ApiModel) -> None:
        self._model = model

    def object_named(self, name: str) -> ApiObject | None:
        """See `Apis`."""
        found = self._model.find(name)
        return found.object if found is not None else None

    def object_at(self, path: str) -> ApiObject | None:
        """See `Apis`."""
        return self._model.objects.get(path)

    def order(self, path: str) -> Sequence[str]:
        """See `Apis`."""
        return self._model.order(path)
