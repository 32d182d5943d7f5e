"""What the expressions of a program refer to: names of libraries, or members of inferred types."""

import ast
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from corpora.api.builtin_members import builtin_members
from rag.checking.inference.receivers import is_super, receivers
from rag.checking.inference.type_inference import Inferred, InferredType, TypeName
from rag.checking.libraries import Libraries, NamePlace
from rag.checking.library import CheckedLibrary
from rag.checking.program import BINDING, CheckedProgram, names_bound_at
from rag.checking.subclasses import OwnSubclasses, subclass_has

_INTERFACES: Final = "zope.interface."
_MAX_STEPS: Final = 6  # from expression to expression
_MAX_BINDINGS: Final = 20  # of one name
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
        self.types = {
            places[number]: kinds
            for number, kinds in inferred.types.items()
            if not self._is_set_by_name(places[number])
        }
        """The types of receivers, where they are known."""
        self._traced = _TracedTypes(program, libraries, self._called)

    def _is_set_by_name(self, node: ast.expr) -> bool:
        """Return whether a type checker does not see what an attribute is set to: `__dict__.update(x=1)`."""
        return isinstance(node, ast.Attribute) and node.attr in self.program.names_set

    def in_subclass(self, path: str, name: str) -> bool:
        """Return whether a subclass of a class, in its library or in the programs, has a member."""
        named = path.rpartition(".")[2]
        return self._subclasses.has(named, name) or subclass_has(self.libraries, path, name)

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

        A name that such a class lacks must not occur anywhere in the library: then no other class of it,
        which the call might give as well, has it either.
        """
        found = [self._member(kind, node.attr) for kind in self._traced.of(node.value)]
        known = [replace(one, is_traced=True) for one in found if one is not None]
        in_doubt = any(
            one.place.absent and (not one.place.is_certain or self.is_mentioned(one, node.attr))
            for one in known
        )
        return known if len(known) == len(found) and not in_doubt else []

    def is_mentioned(self, one: Reference, word: str) -> bool:
        """Return whether a word occurs anywhere in the library of what is referred to."""
        return self.libraries.mentions(one.place.path.partition(".")[0], word)

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


class _TracedTypes:
    """Finds the classes of calls, and of names that are bound to one and to nothing else.

    Args:
        program: the program.
        libraries: that it may use.
        places: returns where what is called leads, with the path of the class that it is asked of, once for
            each type; none if any of it is not known.
    """

    def __init__(
        self,
        program: CheckedProgram,
        libraries: Libraries,
        places: Callable[[ast.expr], Sequence[tuple[NamePlace, str]]],
    ) -> None:
        self._program, self._libraries, self._places = program, libraries, places
        self._known: dict[ast.expr, InferredType] = {}
        self._steps = 0

    def of(self, node: ast.expr) -> InferredType:
        """Return what an expression may be, besides None; empty if that is not known."""
        if node not in self._known:
            self._known[node] = ()  # (what leads back to itself is not known)
            if self._steps < _MAX_STEPS:
                self._steps += 1
                self._known[node] = self._found(node)
                self._steps -= 1
        return self._known[node]

    def _found(self, node: ast.expr) -> InferredType:
        if isinstance(node, ast.Name):
            value = self._value(node)
            return self.of(value) if value is not None else ()
        if not isinstance(node, ast.Call):
            return ()
        found: list[str] = []
        for place, receiver in self._places(node.func):
            called = None if place.absent else place.object
            classes = self._libraries.returned.of(called, receiver) if called is not None else ()
            if not classes:
                return ()
            found += classes
        return tuple(TypeName("instance", path) for path in dict.fromkeys(found))

    @cached_property
    def _bindings(self) -> dict[str, list[ast.AST]]:
        """Return what binds each name of the program."""
        found: dict[str, list[ast.AST]] = defaultdict(list)
        kinds = (ast.Import, ast.ImportFrom, *BINDING)
        for node in (*self._program.of_type(*kinds), *self._program.names_stored):
            for name in names_bound_at(node):
                found[name].append(node)
        return found

    def _functions(self, node: ast.AST) -> list[ast.AST]:
        """Return the functions around a node, the innermost first."""
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        return [above for _, above in self._program.above(node) if isinstance(above, kinds)]

    def _value(self, node: ast.Name) -> ast.Call | None:
        """Return the call that a name is bound to in its function or module, if nothing else binds it."""
        every = self._bindings.get(node.id, [])
        if len(every) > _MAX_BINDINGS or any(isinstance(one, ast.Global | ast.Nonlocal) for one in every):
            return None
        around = [(binding, self._functions(binding)) for binding in every]
        binding = [binding for binding, functions in around if not functions]
        for scope in self._functions(node):
            if here := [binding for binding, functions in around if scope in functions]:
                binding = here
                break
        match self._program.parents.get(binding[0]) if len(binding) == 1 else None:
            case ast.Assign(targets=[ast.Name()], value=ast.Call() as value):
                return value
        return None
