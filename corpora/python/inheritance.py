"""The members that classes of a package define and inherit, and the names by which users reach them."""

import builtins
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import griffe

from corpora.python.loading import UNRESOLVED
from corpora.python.names import Objects, PublicNames, dotted_path, name_order

_MAX_DEPTH = 60  # of a hierarchy of classes
_MAX_BASES = 300  # of one class, with those of its bases
_MAX_NAMES = 1000  # of one member, in as many classes
_MAX_PREFIXES = 6  # names of a class under which its members are known, besides the best
_MAX_PLACES = 1_000_000  # of all members in all classes; SQLAlchemy, which inherits most, has 46,000
_MAKES_CLASS = frozenset({"__init__", "__new__", "__init_subclass__", "__class_getitem__"})
_MAKES_NO_OBJECT = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "getLogger", "get_logger"})
_METACLASS_ENDINGS = ("Meta", "Metaclass", "MetaClass")


class Hierarchy:
    """The bases of classes, in the order in which Python asks them."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._orders: dict[str, list[griffe.Class]] = {}
        self.unknown: dict[str, list[str]] = {}
        """Bases that are not found, by the path of the class: their own paths."""
        self.builtin: dict[str, list[type]] = {}
        """Bases that Python itself has, such as `dict`, by the path of the class."""

    def order(self, cls: griffe.Class, depth: int = 0) -> list[griffe.Class]:
        """Return the class and its known bases in the order of method resolution."""
        known = self._orders.get(cls.path)
        if known is not None:
            return known
        self._orders[cls.path] = [cls]  # (a class that inherits from itself ends here)
        bases = self._bases(cls) if depth < _MAX_DEPTH else []
        orders = [self.order(base, depth + 1) for base in bases]
        try:
            merged = griffe.c3linear_merge(*(list(one) for one in orders), list(bases))
        except ValueError:  # they have no consistent order, or griffe's copies of one class differ
            merged = list({base.path: base for one in orders for base in one}.values())
        self._orders[cls.path] = [cls, *(base for base in merged[:_MAX_BASES] if base is not cls)]
        return self._orders[cls.path]

    def imported(self, member: griffe.Alias) -> griffe.Object | None:
        """Return the object that a class body imports; None if the source does not show it."""
        return self._objects.target(member)

    def _bases(self, cls: griffe.Class) -> list[griffe.Class]:
        found = []
        for base in cls.bases:
            path = _path_of_base(base)
            target = self._objects.find(path) if path else None
            if isinstance(target, griffe.Class):
                found.append(target)
            elif parts := self._bases_in_call(base):
                found += [part for part in parts if part not in found]
            elif isinstance(known := getattr(builtins, path.removeprefix("builtins."), None), type):
                self.builtin.setdefault(cls.path, []).append(known)
            elif path.partition(".")[0] not in sys.stdlib_module_names and not hasattr(builtins, path):
                self.unknown.setdefault(cls.path, []).append(path or str(base))
        return found

    def _bases_in_call(self, base: str | griffe.Expr) -> list[griffe.Class]:
        """Return the classes of which a call makes a base: `Base.from_queryset(Query)`, `mixed(A, B)`."""
        if not isinstance(base, griffe.ExprCall):
            return []
        function = base.function
        holder = function.values[0] if isinstance(function, griffe.ExprAttribute) else None
        given = [one for one in (holder, *base.arguments) if isinstance(one, griffe.Expr)]
        found = [self._objects.find(path) for one in given if (path := _path_of_base(one))]
        return [
            one
            for one in found
            if isinstance(one, griffe.Class) and not one.name.endswith(_METACLASS_ENDINGS)
        ]


def _path_of_base(base: str | griffe.Expr) -> str:
    if isinstance(base, griffe.ExprSubscript):
        base = base.left  # Generic[T]
    if not isinstance(base, griffe.Expr):
        return base
    try:
        return base.canonical_path
    except (*UNRESOLVED, griffe.NameResolutionError, KeyError, ValueError, RecursionError):
        return ""


@dataclass(slots=True)
class DocumentedObject:
    """An object that is documented once, and the names by which users reach it.

    `names` maps each name to what is defined under it, which differs from `member` where a class overrides
    a method and leaves the documentation to its base. `more` are names by further names of the classes.
    """

    member: griffe.Object
    names: dict[str, griffe.Object] = field(default_factory=dict)
    best: str = ""
    more: list[str] = field(default_factory=list)

    def others(self) -> list[str]:
        """Return all names but the best one, best first."""
        return sorted(self.names.keys() - {self.best}, key=name_order)[:_MAX_NAMES]

    def aliases(self) -> list[str]:
        """Return all names but the best one, with those by further names of the classes."""
        return [*dict.fromkeys([*self.others(), *self.more[:_MAX_NAMES]])]


@dataclass(slots=True)
class Members:
    """All that users reach.

    Attributes:
        units: by the path of their object.
        fields: the attributes of a class that have no documentation of their own, by the path of the class:
            their names with the objects.
        classes: the classes that are reached, by their paths, with their best names.
    """

    units: dict[str, DocumentedObject] = field(default_factory=dict)
    fields: dict[str, dict[str, griffe.Attribute]] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    nested: list[tuple[griffe.Class, str]] = field(default_factory=list)  # classes to reach next
    places: int = 0

    def renamed(self, name: str, prefixes: Mapping[str, list[str]]) -> list[str]:
        """Return a member's names by the other names of its class, while there are not too many in all.

        Args:
            name: `a.Outer.Inner.run`, for which `b.Outer.Inner.run` may be another one.
            prefixes: the other names of classes, by the best.
        """
        holder, inner = name.rpartition(".")[0], name.rpartition(".")[2]
        while holder and not prefixes.get(holder):
            holder, _, part = holder.rpartition(".")
            inner = f"{part}.{inner}"
        found = prefixes.get(holder, []) if self.places < _MAX_PLACES else []
        self.places += len(found)
        return [f"{prefix}.{inner}" for prefix in found]

    def add(self, target: griffe.Object, name: str, member: griffe.Object) -> None:
        """Add a name by which users reach `member`, which `target` documents."""
        if target.path not in self.units:
            self.units[target.path] = DocumentedObject(target)
        self.units[target.path].names.setdefault(name, member)


def reached_members(objects: Objects, names: PublicNames, hierarchy: Hierarchy) -> Members:
    """Return the objects that modules offer, with the members of classes, inherited ones among them."""
    reached = Members()
    todo = _offered_members(names, reached)
    sizes: dict[str, int] = {}
    accessors: list[tuple[griffe.Class, str]] = []
    while todo:
        cls, public = todo.pop()
        if cls.path in reached.classes:
            continue
        reached.classes[cls.path] = public
        sizes[public] = _add_members(cls, public, reached, objects, hierarchy)
        for full, value in list(reached.fields.get(cls.path, {}).items()):
            if (accessor := _accessor(value, objects)) is not None:
                del reached.fields[cls.path][full]
                reached.add(accessor, full, accessor)
                accessors.append((accessor, full))
        # A class that a module offers keeps that name: `Config = BaseConfig` in a class is another.
        todo += [(nested, name) for nested, name in reached.nested if nested.path not in names.objects]
        reached.nested.clear()
    for cls, public in accessors:
        _add_members(cls, public, reached, objects, hierarchy)
    for unit in reached.units.values():
        unit.best = unit.best or _best(unit, sizes)
    _add_prefixes(reached)
    return reached


def _add_prefixes(reached: Members) -> None:
    """Add the names of members by the other names of their classes: `sqlalchemy.schema.Column.label`."""
    prefixes = {
        best: [name for name in reached.units[path].names if name != best][:_MAX_PREFIXES]
        for path, best in reached.classes.items()
        if path in reached.units
    }
    for unit in reached.units.values():
        if isinstance(unit.member.parent, griffe.Class):
            for name in unit.names:
                unit.more += reached.renamed(name, prefixes)
    for path, fields in reached.fields.items():
        if path in reached.classes:
            others = [(reached.renamed(full, prefixes), value) for full, value in fields.items()]
            fields.update({name: value for found, value in others for name in found})


def _offered_members(names: PublicNames, reached: Members) -> list[tuple[griffe.Class, str]]:
    """Add what modules offer; return the classes among it with their names, the best name last."""
    classes: list[tuple[griffe.Class, str]] = []
    modules = {
        names.best(path): path for path, found in names.objects.items() if isinstance(found, griffe.Module)
    }
    for path, member in names.objects.items():
        best = names.best(path)
        if isinstance(member, griffe.Attribute) and is_field(member) and not _is_made_by_call(member):
            holder = modules.get(best.rpartition(".")[0], "")  # the module that offers it
            known = dict.fromkeys([best, *names.others(path)], member)
            reached.fields.setdefault(holder, {}).update(known)
        elif not isinstance(member, griffe.Module):
            unit = reached.units[path] = DocumentedObject(member, {}, best)
            unit.names = dict.fromkeys([best, *names.others(path)], member)
            if isinstance(member, griffe.Class):
                classes.append((member, best))
    return sorted(classes, key=lambda one: name_order(one[1]), reverse=True)


def _add_members(
    cls: griffe.Class, public: str, reached: Members, objects: Objects, hierarchy: Hierarchy
) -> int:
    """Add the members of a class under its name `public`; return their number."""
    count = 0
    for name, member, documented in class_members(cls, hierarchy):
        if reached.places >= _MAX_PLACES:
            break
        reached.places += 1
        count += 1
        full = f"{public}.{name}"
        target = objects.target(documented) or documented
        if isinstance(target, griffe.Attribute) and is_field(target):
            reached.fields.setdefault(cls.path, {})[full] = target
            continue
        reached.add(target, full, member)
        if isinstance(target, griffe.Class):
            reached.nested.append((target, full))
    return count


def _accessor(attribute: griffe.Attribute, objects: Objects) -> griffe.Class | None:
    """Return the class that `str = CachedAccessor("str", StringMethods)` gives access to, if it is one."""
    call = attribute.value
    if not isinstance(call, griffe.ExprCall) or "accessor" not in str(call.function).lower():
        return None
    for argument in call.arguments:
        value = argument.value if isinstance(argument, griffe.ExprKeyword) else argument
        path = dotted_path(value)
        if isinstance(found := objects.find(path) if path else None, griffe.Class):
            return found
    return None


def _is_made_by_call(attribute: griffe.Attribute) -> bool:
    """Return whether a variable holds what a call returns: maybe a function, and no mere value."""
    call = attribute.value
    if not isinstance(call, griffe.ExprCall):
        return False
    return str(call.function).rpartition(".")[2] not in _MAKES_NO_OBJECT


def _best(unit: DocumentedObject, sizes: dict[str, int]) -> str:
    """Return the name to show: of the fewest parts, its own, where it is defined or in the largest class."""
    own = unit.member.parent.path if unit.member.parent else ""

    def key(name: str) -> tuple[int, bool, bool, int, tuple[int, int, str]]:
        member = unit.names[name]
        holder = name.rpartition(".")[0]
        defined_there = member is unit.member and holder.rpartition(".")[2] == own.rpartition(".")[2]
        size = sizes.get(holder) or sizes.get(holder.rpartition(".")[0], 0)  # (of the class with an accessor)
        is_other = name.rpartition(".")[2] != unit.member.name  # get_ls, which is get_linestyle
        return name.count("."), is_other, not defined_there, -size, name_order(name)

    return min(unit.names, key=key)


def class_members(
    cls: griffe.Class, hierarchy: Hierarchy
) -> Iterator[tuple[str, griffe.Object, griffe.Object]]:
    """Yield the public members of a class: name, the one that Python finds, and the one that documents it.

    The latter is another where a method without a docstring overrides one that has a docstring, as for
    `inspect.getdoc`.
    """
    order = hierarchy.order(cls)
    seen: dict[str, griffe.Object] = {}
    documented: dict[str, griffe.Object] = {}
    for base in order:
        for name, found in base.members.items():
            member = hierarchy.imported(found) if isinstance(found, griffe.Alias) else found
            if not isinstance(member, griffe.Object):
                continue
            if name not in seen and is_public_member(name, member):
                seen[name] = member
            if name in seen and name not in documented and member.docstring:
                documented[name] = member
    for name, member in seen.items():
        yield name, member, documented.get(name, member)


def is_public_member(name: str, member: griffe.Object) -> bool:
    """Return whether users reach a member of a class by its name; an operator only if it is documented."""
    if not name.startswith("_"):
        return not isinstance(member, griffe.Module)
    is_operator = name.startswith("__") and name.endswith("__") and name not in _MAKES_CLASS
    return is_operator and isinstance(member, griffe.Function) and member.docstring is not None


def is_field(attribute: griffe.Attribute) -> bool:
    """Return whether an attribute is data without documentation, which its class tells of."""
    return not attribute.docstring and not attribute.has_labels("property")
