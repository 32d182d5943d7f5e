"""What the expressions of a program refer to: names of libraries, or members of inferred types."""

import ast
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from corpora.api.builtin_members import builtin_members
from corpora.api.model import ApiObject
from rag.checking.guards import asks_for_types
from rag.checking.history import name_history
from rag.checking.inference.receivers import is_super, receivers
from rag.checking.inference.type_inference import Inferred, TypeName
from rag.checking.libraries import Libraries, NamePlace
from rag.checking.library import CheckedLibrary
from rag.checking.programs.program import CheckedProgram
from rag.checking.subclasses import OwnSubclasses, subclass_has
from rag.checking.traced_types import TracedTypes
from rag.checking.uncertain_types import UncertainTypes, another_array_has

_INTERFACES: Final = "zope.interface."
_BOOL: Final = "builtins.bool"
_TAKES_MORE: Final = "takes more keywords"  # a label
_ABSTRACT: Final = frozenset({"abc", "typing", "typing_extensions", "collections.abc"})


@dataclass(frozen=True, slots=True)
class Reference:
    """What an attribute or a name stands for, once for each type that its receiver may have.

    Attributes:
        name: as a user would write it, `pandas.DataFrame.append`.
        place: where it leads.
        is_unbound: whether it is asked of a class, so that a method lacks its object.
        receiver: path of the class that it is asked of, or of its object; empty for a name of a module.
        is_traced: whether the type checker does not know that class, but calls of a library show it.
    """

    name: str
    place: NamePlace
    is_unbound: bool = False
    receiver: str = ""
    is_traced: bool = False


class References:
    """Resolves the expressions of one program.

    Args:
        program: the program.
        inferred: what a type checker says of it.
        libraries: that it may use.
        own: top-level names of modules that belong to what is checked. What is installed under such a name is
            another state of the same code.
        subclasses: what the programs' own classes add to those of libraries.
    """

    def __init__(
        self,
        program: CheckedProgram,
        inferred: Inferred,
        libraries: Libraries,
        own: frozenset[str],
        subclasses: OwnSubclasses,
    ) -> None:
        self.program, self.inferred, self.libraries, self.own = program, inferred, libraries, own
        self._subclasses = subclasses
        places = receivers(program) if inferred.types else []
        said = {places[number]: kinds for number, kinds in inferred.types.items()}
        uncertain = UncertainTypes(program, said)
        self.types = {node: kinds for node, kinds in said.items() if not uncertain.has(node)}
        """The types of receivers, where they are known."""
        self._traced = TracedTypes(program, libraries, self.types, self._called)

    def another_has(self, path: str, name: str) -> bool:
        """Return whether what is inferred as a class may be another one, which has a member.

        It may be a subclass, in its library or in the programs; of arrays, also what stands in for them.
        """
        if self._subclasses.has(path.rpartition(".")[2], name) or subclass_has(self.libraries, path, name):
            return True
        return another_array_has(self.libraries, path, name)

    def of(self, node: ast.expr) -> list[Reference]:
        """Return what an expression may stand for; none if any of it is not known."""
        if isinstance(node, ast.Name):
            target = self.program.imported.get(node.id, "")
            place = self.walk(target) if target else None
            return [Reference(target, place)] if place is not None else []
        if not isinstance(node, ast.Attribute):
            return []
        if is_super(node.value):
            return self._of_super(node)
        target = self.imported_name(node)
        return self._of_import(target) if target else self._of_type(node)

    def _of_import(self, target: str) -> list[Reference]:
        place = self.walk(target)
        if place is None:
            return []
        holder = self.walk(target.rpartition(".")[0])
        is_class = holder is not None and holder.object is not None and holder.object.kind == "class"
        receiver = holder.path if holder is not None and is_class else ""
        return [Reference(target, place, is_unbound=is_class, receiver=receiver)]

    def _of_type(self, node: ast.Attribute) -> list[Reference]:
        kinds = self.types.get(node.value, ())
        if not kinds and isinstance(node.value, ast.Name) and node.value.id == "self":
            return self._of_super(node, is_self=True)
        if not kinds and self.inferred.is_known:
            return self._of_traced(node)
        found = [self._member(kind, node.attr) for kind in kinds]
        known = [one for one in found if one is not None]
        return known if len(known) == len(found) else []

    def _of_traced(self, node: ast.Attribute) -> list[Reference]:
        """Return what an attribute stands for whose receiver a call of a library gives; nothing in doubt.

        A name that such a class lacks must not occur anywhere in the libraries that the program uses: then no
        other class, which the call might give as well, has it either.
        """
        found = [self._member(kind, node.attr) for kind in self._traced.of(node.value)]
        known = [replace(one, is_traced=True) for one in found if one is not None]
        absent = [one for one in known if one.place.absent]
        if len(known) < len(found) or (absent and asks_for_types(self.program, node)):
            return []
        is_in_doubt = absent and self._may_be_another(absent, node) and not self._is_gone(absent, node.attr)
        return [] if is_in_doubt else known

    def _is_gone(self, absent: Sequence[Reference], name: str) -> bool:
        """Return whether another version has a member in each class that lacks it, and nothing has it now."""
        has_any = any(library.named(name) for library in self.used_libraries)
        return not has_any and all(name_history(self.libraries, one.place.path, name) for one in absent)

    def _may_be_another(self, absent: Sequence[Reference], node: ast.Attribute) -> bool:
        """Return whether a class may have a member all the same, or another one that is used has it."""
        return any(
            not (one.place.is_certain or self.is_no_item(one.place, node))
            or self.is_mentioned(one, node.attr)
            for one in absent
        )

    def is_mentioned(self, one: Reference, word: str) -> bool:
        """Return whether a word occurs anywhere in the library of what is referred to.

        Of a traced type, it may be in any of those that the program uses.
        """
        tops = {one.place.path.partition(".")[0]} | (self._used_tops if one.is_traced else set())
        return any(self.libraries.mentions(top, word) for top in sorted(tops))

    def takes_more(self, called: ApiObject) -> bool:
        """Return whether a decorator of a function, or of what makes an object, may take further keywords."""
        made = self.libraries.member(called.path, "__init__").object if called.kind == "class" else None
        return any(one is not None and _TAKES_MORE in one.labels for one in (called, made))

    def is_no_item(self, place: NamePlace, node: ast.AST) -> bool:
        """Return whether something is called that could only be an item, as a column of a data frame."""
        match node, self.program.parents.get(node):
            case ast.Attribute(attr=name), ast.Call(func=called) if called is node:
                if name in self._defined or not self.libraries.items.has_only_items(place.path):
                    return False
                return not any(self.libraries.mentions(top, name) for top in sorted(self._used_tops))
        return False

    @cached_property
    def _used_tops(self) -> set[str]:
        return {library.tops[0] for library in self.used_libraries if library.tops}

    def _called(self, node: ast.expr) -> list[tuple[NamePlace, str]]:
        return [(one.place, one.receiver) for one in self.of(node)]

    def _of_super(self, node: ast.Attribute, *, is_self: bool = False) -> list[Reference]:
        """Return what `super().name` stands for in a class with one base, which a library has.

        So does `self.name` if the base has it, and the program nothing of that name. It is never certain that
        nothing has it: a class of the library may come in between in a subclass.
        """
        target = self._base_above(node)
        base = self.walk(target) if target else None
        if base is None or base.absent or base.object is None or base.object.kind != "class":
            return []
        place = self.libraries.member(base.object.path, node.attr)
        if (place.absent and node.attr in self._defined) or node.attr == "__new__":
            return []
        is_own = node.attr in self._defined or node.attr in self.program.own_names
        if is_self and (place.absent or is_own or len(place.object.signatures if place.object else ()) == 0):
            return []
        if place.object is not None and place.object.deprecated and not place.absent:
            return []  # (who overrides it has to call it)
        shown = f"{self.shown_path(base.object.path)}.{node.attr}"
        uncertain = replace(place, is_certain=False)
        return [Reference(shown, uncertain, is_unbound=True, receiver=base.object.path)]

    def _base_above(self, node: ast.AST) -> str:
        """Return the one base of the class around a node; empty if there are more, or it is to be mixed."""
        made = next((above for _, above in self.program.above(node) if isinstance(above, ast.ClassDef)), None)
        if made is None or len(made.bases) != 1 or made.keywords or made.decorator_list:
            return ""
        base = self.imported_name(made.bases[0])
        is_shared = "mixin" in base.lower() or base.rpartition(".")[0] in _ABSTRACT
        return "" if is_shared else base

    @cached_property
    def _defined(self) -> frozenset[str]:
        """Return the names of the functions of the program."""
        functions = self.program.of_type(ast.FunctionDef)
        return frozenset(one.name for one in functions if isinstance(one, ast.FunctionDef))

    def is_unknown(self, receiver: ast.expr) -> bool:
        """Return whether nothing is known of what is asked for an attribute, but that it is no `self`."""
        is_own = isinstance(receiver, ast.Name) and receiver.id in {"self", "cls"}
        is_known = receiver in self.types or self.imported_name(receiver) or self._traced.of(receiver)
        return not is_own and not is_known

    @cached_property
    def used_libraries(self) -> list[CheckedLibrary]:
        """The libraries that the program imports, in the order of their names."""
        tops = sorted({target.partition(".")[0] for target in self.program.imported.values()} - self.own)
        owners = [self.libraries.owner(top) for top in tops if top not in sys.stdlib_module_names]
        return [one for one in owners if one is not None]

    def walk(self, name: str) -> NamePlace | None:
        """Return where a name of a library leads; None if no library is known to have its top."""
        return None if name.partition(".")[0] in self.own else self.libraries.walk(name)

    def _member(self, kind: TypeName, name: str) -> Reference | None:
        """Return what a value of a type has by a name; None if that is not known."""
        holder = self.walk(kind.path)
        if holder is None or holder.object is None or holder.absent:
            return None
        if holder.object.kind != ("module" if kind.kind == "module" else "class"):
            return None
        place = self.libraries.member(holder.object.path, name)
        if kind.kind == "class" and place.absent:
            return None  # a metaclass may have it
        shown = f"{self.shown_path(holder.object.path)}.{name}"
        receiver = holder.object.path if holder.object.kind == "class" else ""
        return Reference(shown, place, is_unbound=kind.kind == "class", receiver=receiver)

    def is_of_interface(self, path: str) -> bool:
        """Return whether a member is one of an interface of zope, written without `self`."""
        holder = self.libraries.object_at(path.rpartition(".")[0])
        if holder is None or holder.kind != "class":
            return False
        return any(base.startswith(_INTERFACES) for base in self.libraries.order(holder.path))

    def python_holders(self, node: ast.Attribute) -> list[str]:
        """Return the modules or classes of Python that an attribute is read from; none if any is another."""
        target = self.imported_name(node.value)
        if is_super(node.value):
            target = self._base_above(node)
            members = builtin_members(target)
            if members is None or (node.attr in self._defined and node.attr not in members):
                return []
        paths = [target] if target else [kind.path for kind in self.types.get(node.value, ())]
        if _BOOL in paths:
            return []  # (`(2, 2) == other` is an array if `other` is one, which no stub says)
        return paths if {path.partition(".")[0] for path in paths} <= sys.stdlib_module_names else []

    def imported_name(self, node: ast.expr) -> str:
        """Return the full name of a chain that begins with an import, `pandas.Series.x`; else empty."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        first = self.program.imported.get(node.id, "") if isinstance(node, ast.Name) else ""
        return ".".join([first, *reversed(parts)]) if first else ""

    def shown_path(self, path: str) -> str:
        """Return the shortest public name of an object; its path if it has none."""
        library = self.libraries.owner(path.partition(".")[0])
        return (library.model.public_name(path) if library is not None and library.model else "") or path
