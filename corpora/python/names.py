"""The names by which users import the objects of a package; nothing is imported."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

import griffe

from corpora.python.applied.notes import texts_of
from corpora.python.loading import UNRESOLVED, modules_below
from corpora.python.signature import is_marked_compiled
from corpora.syntax.parse_python import literal_string

_MAX_ASSIGNMENTS = 5  # that lead from a name to its object: `a = b`, `b = c`
_MAX_OTHER_NAMES = 40  # of a function or class, besides the best


class Objects:
    """Finds the objects of a package by their paths, through imports and assignments."""

    def __init__(self, tops: Sequence[griffe.Module]) -> None:
        self.tops = {top.name: top for top in tops}
        self.defined: dict[str, list[griffe.Object]] = defaultdict(list)
        """The functions and classes of all modules, by their own names."""
        for top in tops:
            for module in modules_below(top):
                for member in module.members.values():
                    if isinstance(member, griffe.Function | griffe.Class):
                        self.defined[member.name].append(member)

    def is_own(self, path: str) -> bool:
        """Return whether a dotted path begins in the package."""
        return path.partition(".")[0] in self.tops

    def find(self, path: str, depth: int = 0) -> griffe.Object | None:
        """Return the object at `path`; None if the source does not show it."""
        first, *rest = path.split(".")
        found: griffe.Object | None = self.tops.get(first)
        for part in rest:
            if not isinstance(found, griffe.Module | griffe.Class):
                return None
            member = found.members.get(part)
            found = self.target(member, depth + 1) if member is not None else None
        return found

    def target(self, member: griffe.Object | griffe.Alias, depth: int = 0) -> griffe.Object | None:
        """Return the object that a name stands for; None if its source does not tell.

        Where a module computes what it exports (`extend_all(numeric)`), it is the only object of that name
        defined below that module. A name without documentation that is assigned a function or class of the
        package stands for that.
        """
        if isinstance(member, griffe.Alias):
            try:
                member = member.final_target
            except griffe.AliasResolutionError as error:
                holder, _, name = error.alias.target_path.rpartition(".")
                found = [one for one in self.defined.get(name, ()) if one.path.startswith(f"{holder}.")]
                return found[0] if len(found) == 1 else None
            except griffe.CyclicAliasError:
                return None
        if not isinstance(member, griffe.Object):
            return None
        if isinstance(member, griffe.Attribute) and not member.docstring and depth < _MAX_ASSIGNMENTS:
            path = dotted_path(member.value)
            if path == member.path:  # `Transform = Transform` in a class means that of the module
                path = f"{member.module.path}.{member.name}"
            assigned = self.find(path, depth + 1) if path and path != member.path else None
            assigned = assigned or self._method_of_instance(member, depth)
            if isinstance(assigned, griffe.Function | griffe.Class):
                return assigned
        return member

    def _method_of_instance(self, member: griffe.Attribute, depth: int) -> griffe.Object | None:
        """Return the method in `seed = _random.seed`, where `_random = Random()` is an instance."""
        value = member.value
        if not isinstance(value, griffe.ExprAttribute) or len(value.values) != 2:
            return None
        holder, name = value.values
        call: object = holder
        if isinstance(holder, griffe.ExprName):
            instance = self.find(dotted_path(holder), depth + 1)
            call = instance.value if isinstance(instance, griffe.Attribute) else None
        if not isinstance(call, griffe.ExprCall) or not isinstance(name, griffe.ExprName):
            return None
        made = self.find(dotted_path(call.function), depth + 1)
        return self.find(f"{made.path}.{name.name}", depth + 1) if isinstance(made, griffe.Class) else None


def dotted_path(value: str | griffe.Expr | None) -> str:
    """Return the path that a name in an expression stands for, `a.b` for `b` imported from `a`; or empty."""
    if not isinstance(value, griffe.ExprName | griffe.ExprAttribute):
        return ""
    try:
        return value.canonical_path
    except (*UNRESOLVED, griffe.NameResolutionError, KeyError, ValueError, RecursionError):
        return ""


@dataclass(slots=True)
class PublicNames:
    """The names that modules offer.

    Attributes:
        found: all names of an object, by its path.
        objects: the objects themselves, by their paths.
        imported: names that an object has only where another module imports it; whether that uses it.
        unreachable: offered names whose object is not found, with the reason.
        without_source: those among them that come from a module without source: from compiled code.
    """

    found: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    objects: dict[str, griffe.Object] = field(default_factory=dict)
    imported: dict[str, dict[str, bool]] = field(default_factory=lambda: defaultdict(dict))
    unreachable: dict[str, str] = field(default_factory=dict)
    without_source: set[str] = field(default_factory=set)

    def add(self, target: griffe.Object, name: str) -> bool:
        """Add a name of an object; return whether it is the first one."""
        is_new = target.path not in self.objects
        self.objects[target.path] = target
        self.found[target.path].add(name)
        return is_new

    def best(self, path: str) -> str:
        """Return the shortest name of an object; empty if it has none."""
        return min(self.found.get(path, ()), key=name_order, default="")

    def others(self, path: str) -> list[str]:
        """Return the next best names of an object."""
        offered = sorted(self.found.get(path, ()), key=name_order)[1:]
        return [*offered[:_MAX_OTHER_NAMES], *self._imported(path)[:_MAX_OTHER_NAMES]]

    def _imported(self, path: str) -> list[str]:
        """Return the names that imports give, before others those that the importing module does not use."""
        found = self.imported.get(path, {})
        return sorted(
            found.keys() - self.found.get(path, set()), key=lambda name: (found[name], name_order(name))
        )


def public_names(objects: Objects) -> PublicNames:
    """Return the names under which users import the objects that modules offer.

    Where the code itself says which module shows an object (`@set_module("numpy")`), that module counts.
    """
    tops = list(objects.tops.values())
    offered = [top for top in tops if not top.path.startswith("_")] or tops
    names = PublicNames()
    todo: deque[tuple[griffe.Module, str]] = deque()
    shown: list[tuple[griffe.Module, str]] = []
    for top in offered:
        names.add(top, top.path)
        todo.append((top, top.path))
    while todo:
        module, public = todo.popleft()
        shown.append((module, public))
        for name, member in _offered(module):
            full = f"{public}.{name}"
            target = objects.target(member) if member is not None else None
            if target is None and member is not None and name in _exports(module):
                target = _value_from_elsewhere(objects, module, name, member)
            if target is None:
                _note_unreachable(objects, names, full, member)
            elif (names.add(target, full) or full == target.path) and isinstance(target, griffe.Module):
                todo.append((target, full))  # (`pandas.offsets` is also `pandas.tseries.offsets`)
    _add_imported(objects, names, shown)
    for member in (one for same_name in objects.defined.values() for one in same_name):
        if (place := _shown_module(member)) and place in names.found:
            names.add(member, f"{names.best(place)}.{member.name}")
    return names


def _value_from_elsewhere(
    objects: Objects, module: griffe.Module, name: str, member: griffe.Object | griffe.Alias
) -> griffe.Attribute | None:
    """Return an attribute for what `__all__` offers of another distribution: the module lists it."""
    return None if _is_own(objects, member) else griffe.Attribute(name, parent=module)


def _exports(module: griffe.Module) -> set[str]:
    return {str(export) for export in module.exports or ()}


def _note_unreachable(
    objects: Objects, names: PublicNames, full: str, member: griffe.Object | griffe.Alias | None
) -> None:
    """Note a name whose object is not found, unless it comes from another distribution."""
    if not full.rpartition(".")[2].isidentifier():
        return  # griffe's name for `from module import *`
    if member is None or _is_own(objects, member):
        names.unreachable[full] = _reason(member)
        home = (
            objects.find(member.target_path.rpartition(".")[0]) if isinstance(member, griffe.Alias) else None
        )
        if isinstance(member, griffe.Alias) and (home is None or is_marked_compiled(home)):
            names.without_source.add(full)


def _add_imported(objects: Objects, names: PublicNames, shown: list[tuple[griffe.Module, str]]) -> None:
    """Note where public modules import functions and classes; what has no other name is named after that."""
    found: dict[str, list[tuple[bool, bool, int, str]]] = defaultdict(list)
    targets: dict[str, griffe.Object] = {}
    for module, public in shown:
        for name, member in sorted(module.members.items()):
            if isinstance(member, griffe.Alias) and not name.startswith("_") and _is_own(objects, member):
                target = objects.target(member)
                full = f"{public}.{name}"
                if isinstance(target, griffe.Attribute) and target.path in names.objects:
                    names.imported[target.path][full] = name in texts_of(module).used
                if not isinstance(target, griffe.Function | griffe.Class):
                    continue
                names.imported[target.path][full] = name in texts_of(module).used
                if target.path not in names.objects:
                    targets[target.path] = target
                    # `sklearn.utils.metadata_routing` shows what is beside it, in `sklearn.utils._metadata`;
                    # `sklearn.pipeline` uses it; a module with an `__all__` says that it does not show it,
                    # and what only type checkers import is not there when the code runs.
                    parts = zip(full.split("."), target.path.split("."), strict=False)
                    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], parts))
                    found[target.path].append((not member.runtime, bool(module.exports), -shared, full))
    for path, places in found.items():
        *_, best = min(places, key=lambda one: (*one[:3], name_order(one[3])))
        names.add(targets[path], best)


def _offered(module: griffe.Module) -> Iterator[tuple[str, griffe.Object | griffe.Alias | None]]:
    """Yield the names that a module offers with their members, None for a name that only `__all__` has."""
    for name, member in sorted(module.members.items()):
        if _is_public(module, name, member):
            yield name, member
    for export in sorted(_exports(module)):
        if export not in module.members and export.isidentifier():
            yield export, None


def _is_own(objects: Objects, member: griffe.Object | griffe.Alias) -> bool:
    return not isinstance(member, griffe.Alias) or objects.is_own(member.target_path)


def _reason(member: griffe.Object | griffe.Alias | None) -> str:
    if isinstance(member, griffe.Alias):
        return f"the source of {member.target_path} does not show it"
    return "__all__ names it, and no source that is read defines it"


def name_order(name: str) -> tuple[int, int, str]:
    """Return the key by which the best of several names comes first: the shortest one."""
    return name.count("."), len(name), name


def _shown_module(member: griffe.Object) -> str:
    """Return the module that a decorator or `__module__` gives for the object; empty if there is none."""
    if isinstance(member, griffe.Class) and isinstance(
        own := member.members.get("__module__"), griffe.Attribute
    ):
        return literal_string(str(own.value))
    for decorator in getattr(member, "decorators", ()):
        call = decorator.value
        if not isinstance(call, griffe.ExprCall) or not call.arguments:
            continue
        if str(call.function).rpartition(".")[2] == "set_module":
            return literal_string(str(call.arguments[0]))
        for argument in call.arguments:
            if isinstance(argument, griffe.ExprKeyword) and argument.name == "module":
                return literal_string(str(argument.value))
    return ""


def _is_public(module: griffe.Module, name: str, member: griffe.Object | griffe.Alias) -> bool:
    """Return whether `module` offers `name` to its users.

    `__all__` decides about imported names. Without it, names that an `__init__` imports from its own package
    are re-exported. An `__all__` that only running the code can tell (`[name for name in dir() ...]`) reads
    as empty and counts as none.
    """
    exports = _exports(module)
    if name in exports:
        return True
    if name.startswith("_"):
        return False
    if not isinstance(member, griffe.Alias):
        return True
    own = member.target_path.split(".")[0] == module.path.split(".")[0]
    return own and not exports and module.is_init_module
