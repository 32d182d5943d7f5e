"""Classes of a package: their bases and constructors, and whether the source shows all of their members."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import griffe

from corpora.api.signature import Signature
from corpora.python.api.decorations import keeps_signature, opening_decorator
from corpora.python.api.facts import class_keywords, is_made_by_call, methods_of, module_facts
from corpora.python.api.fields import (
    field_maker,
    fields_of_decorated,
    fields_of_model,
    fields_of_named_tuple,
)
from corpora.python.api.resolving import Paths
from corpora.python.api.signatures import signatures_of, unparsed
from corpora.python.applied.notes import note_of
from corpora.python.inheritance import Hierarchy
from corpora.python.signature import noted_call
from corpora.syntax.dotted_name import dotted_name

_CATCHES: Final = ("__getattr__", "__getattribute__")
_SAFE_METACLASSES: Final = frozenset(
    {"abc.ABCMeta", "builtins.type", "enum.EnumMeta", "enum.EnumType", "typing._ProtocolMeta"}
)
_PLAIN_BASES: Final = frozenset(
    {
        "abc.ABC", "builtins.object", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol",
        "typing_extensions.Generic", "collections.abc.Iterable", "collections.abc.Iterator",
        "collections.abc.Sized", "collections.abc.Container", "collections.abc.Hashable",
        "collections.abc.Callable", "collections.abc.Collection", "collections.abc.Sequence",
        "collections.abc.MutableSequence", "collections.abc.Mapping", "collections.abc.MutableMapping",
        "collections.abc.Set", "collections.abc.MutableSet", "collections.abc.Awaitable",
        "typing.Iterable", "typing.Iterator", "typing.Sequence", "typing.Mapping", "typing.MutableMapping",
        "contextlib.ContextDecorator", "contextlib.AbstractContextManager", "numbers.Number",
    }
)  # fmt: skip
"""Bases that take no arguments: a class without a constructor of its own is called with none."""

_NAMED_TUPLES: Final = frozenset({"typing.NamedTuple", "typing_extensions.NamedTuple"})
_TYPED_DICTS: Final = frozenset({"typing.TypedDict", "typing_extensions.TypedDict"})
_MODELS: Final = ("pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic_settings.BaseSettings")
_MAKES_TUPLE: Final = frozenset({"namedtuple", "NamedTuple"})


@dataclass(frozen=True, slots=True)
class ClassShape:
    """What a class is, beside its members.

    Attributes:
        bases: their paths, "" for one that cannot be told.
        signatures: of its constructor; empty if they are not known.
        opens: why it may have members that its source does not show; empty if it has none.
        labels: see `ApiObject`.
    """

    bases: tuple[str, ...]
    signatures: tuple[Signature, ...]
    opens: str
    labels: frozenset[str]


class Classes:
    """Finds the shapes of the classes of a package."""

    def __init__(self, paths: Paths, hierarchy: Hierarchy) -> None:
        self._paths = paths
        self._hierarchy = hierarchy
        self._bases: dict[str, tuple[str, ...]] = {}

    def shape(self, cls: griffe.Class) -> ClassShape:
        """Return what a class is."""
        bases = self.bases(cls)
        every = {base for one in self._hierarchy.order(cls) for base in self.bases(one)}
        kinds = {
            "enum": any(base.startswith("enum.") for base in every),
            "typed dict": bool(every & _TYPED_DICTS),
            "protocol": bool({*bases} & {"typing.Protocol", "typing_extensions.Protocol"}),
            "dataclass": field_maker(cls, self._paths) is not None,
        }
        labels = frozenset(name for name, holds in kinds.items() if holds)
        return ClassShape(bases, self._constructor(cls, labels, every), self._opens(cls), labels)

    def bases(self, cls: griffe.Class) -> tuple[str, ...]:
        """Return the paths of the bases of a class, "" for one that cannot be told."""
        known = self._bases.get(cls.path)
        if known is None:
            found = [path for base in cls.bases for path in self._paths_of_base(cls, base)]
            known = self._bases[cls.path] = tuple(dict.fromkeys(found))
        return known

    def _paths_of_base(self, cls: griffe.Class, base: str | griffe.Expr) -> list[str]:
        if isinstance(base, griffe.ExprCall):
            if str(base.function).rpartition(".")[2] in _MAKES_TUPLE:
                return ["builtins.tuple", ""]  # with `_replace` and the like
            made = [one.path for one in self._hierarchy.order(cls)[1:]]
            return [*made, ""]  # `Base.from_queryset(Query)`: what it makes has more
        path = self._paths.of_expression(base)
        found = self._paths.object_at(path)
        if isinstance(found, griffe.Class):
            return [found.path]
        # What no source shows may be declared by a stub; a variable may hold any class.
        return [path if found is None and "." in path else ""]

    def _opens(self, cls: griffe.Class) -> str:
        """Return why the class itself may have members that its source does not show."""
        if opens := self._opened_by_its_code(cls):
            return opens
        holder = cls.parent if isinstance(cls.parent, griffe.Module | griffe.Class) else cls.module
        if cls.name in module_facts(holder).names.branching:
            return "it is defined in more than one branch"
        if opens := self._opened_by_metaclass(cls) or opening_decorator(cls, self._paths):
            return opens if opens.startswith("its ") else f"it is decorated by {opens}"
        for base in self._hierarchy.order(cls):
            makers = note_of(base, "makers")
            if base is not cls and isinstance(makers, dict) and "__init_subclass__" in makers:
                return f"its base {base.name} adds members to it"
        return ""

    def _opened_by_its_code(self, cls: griffe.Class) -> str:
        if is_made_by_call(cls) and not noted_call(cls):
            return "a call makes it"
        caught = next((name for name in _CATCHES if name in cls.members), "")
        if caught:
            return f"it has {caught}"
        methods = (facts.opens_first for name, facts in methods_of(cls) if name not in _CATCHES)
        return module_facts(cls).opens or next(filter(None, methods), "")

    def _opened_by_metaclass(self, cls: griffe.Class) -> str:
        for base in self._hierarchy.order(cls):
            node = class_keywords(base).get("metaclass")
            if node is None:
                continue
            path = self._paths.named_in(base.module, dotted_name(node))
            if path in _SAFE_METACLASSES:
                continue
            found = self._paths.object_at(path)
            if not isinstance(found, griffe.Class) or not self._adds_nothing(found):
                return f"its metaclass {path or unparsed(node)} may add members"[:200]
        return ""

    def _adds_nothing(self, metaclass: griffe.Class) -> bool:
        """Return whether a metaclass gives its classes no members, neither its own nor others."""
        for one in self._hierarchy.order(metaclass):
            if note_of(one, "makers") or any(facts.opens_first or facts.own for _, facts in methods_of(one)):
                return False
            if any(not name.startswith("__") or name in _CATCHES for name in one.members):
                return False
            if any(
                base not in _SAFE_METACLASSES and self._paths.object_at(base) is None
                for base in self.bases(one)
            ):
                return False
        return True

    def _has_calling_metaclass(self, cls: griffe.Class) -> bool:
        """Return whether a metaclass may decide how the class is called."""
        for base in self._hierarchy.order(cls):
            node = class_keywords(base).get("metaclass")
            path = self._paths.named_in(base.module, dotted_name(node)) if node is not None else ""
            if node is None or path in _SAFE_METACLASSES:
                continue
            found = self._paths.object_at(path)
            if not isinstance(found, griffe.Class):
                return True
            if any("__call__" in one.members for one in self._hierarchy.order(found)):
                return True
        return False

    def _constructor(
        self, cls: griffe.Class, labels: frozenset[str], every: set[str]
    ) -> tuple[Signature, ...]:
        """Return how the class is called; nothing if its source does not show it."""
        if noted_call(cls) or is_made_by_call(cls):
            return ()  # (what a compiled file says of its calls is text: it may leave parameters out)
        if labels & {"enum", "typed dict", "protocol"} or self._has_calling_metaclass(cls):
            return ()
        if {*_MODELS} & {*every, *(one.path for one in self._hierarchy.order(cls))}:
            return self._of_model(cls)
        order = self._hierarchy.order(cls)
        for number in range(len(order)):
            if (found := self._constructor_at(order[number:])) is not None:
                return found
        return (Signature(),)

    def _constructor_at(self, order: Sequence[griffe.Class]) -> tuple[Signature, ...] | None:
        """Return the constructor that the first class of an order has; None if the next one decides."""
        one = order[0]
        if (own := self._own_constructor(one)) is not None:
            return own
        if (made := fields_of_decorated(one, order, self._paths)) is not None:
            return (made,)
        if _NAMED_TUPLES & {*self.bases(one)}:
            return (fields_of_named_tuple(one),)
        others = (base for base in self.bases(one) if self._paths.object_at(base) is None)
        # That of a base in another library is not known, nor what a decorator makes.
        return () if {*others} - _PLAIN_BASES or opening_decorator(one, self._paths) else None

    def _of_model(self, cls: griffe.Class) -> tuple[Signature, ...]:
        order = [one for one in self._hierarchy.order(cls) if one.path not in _MODELS]
        if not order or any("__init__" in one.members for one in order):
            return self._own_constructor(cls) or ()
        made = fields_of_model(order)
        return () if made is None else (made,)

    def _own_constructor(self, cls: griffe.Class) -> tuple[Signature, ...] | None:
        """Return the signatures of `__init__` or `__new__` of a class; None if it has neither."""
        found = [cls.members.get(name) for name in ("__new__", "__init__")]
        functions = [self._function(one) for one in found if one is not None]
        known = [one for one in functions if one is not None]
        if not functions:
            return None
        # With both, the one that names its parameters tells more: `__new__(cls, *args, **kwargs)`.
        ways = [signatures_of(one, is_bound=True) for one in known if keeps_signature(one, self._paths)]
        named = [way for way in ways if not all(_is_passing(signature) for signature in way)]
        if len(known) < len(functions) or not ways:
            return ()
        return (named or ways)[-1]

    def _function(self, member: griffe.Object | griffe.Alias) -> griffe.Function | None:
        target = self._paths.objects.target(member)
        return target if isinstance(target, griffe.Function) else None


def _is_passing(signature: Signature) -> bool:
    """Return whether a signature is `(*args, **kwargs)`."""
    return bool(signature.parameters) and all(one.kind.startswith("variadic") for one in signature.parameters)
