"""What the expressions of a program refer to: names of libraries, or members of inferred types."""

import ast
import sys
from dataclasses import dataclass
from typing import Final

from rag.checking.inference.receivers import receivers
from rag.checking.inference.type_inference import Inferred, TypeName
from rag.checking.libraries import Libraries, NamePlace
from rag.checking.program import CheckedProgram
from rag.checking.subclasses import OwnSubclasses, subclass_has

_INTERFACES: Final = "zope.interface."


@dataclass(frozen=True, slots=True)
class Reference:
    """What an attribute or a name stands for, once for each type that its receiver may have.

    Attributes:
        name: as a user would write it, `pandas.DataFrame.append`.
        place: where it leads.
        is_unbound: whether it is asked of a class, so that a method lacks its object.
    """

    name: str
    place: NamePlace
    is_unbound: bool = False


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
        if target := self.imported_name(node):
            place = self.walk(target)
            if place is None:
                return []
            holder = self.walk(target.rpartition(".")[0])
            is_class = holder is not None and holder.object is not None and holder.object.kind == "class"
            return [Reference(target, place, is_unbound=is_class)]
        found = [self._member(kind, node.attr) for kind in self.types.get(node.value, ())]
        known = [one for one in found if one is not None]
        return known if len(known) == len(found) else []

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
        return Reference(shown, place, is_unbound=kind.kind == "class")

    def is_of_interface(self, path: str) -> bool:
        """Return whether a member is one of an interface of zope, written without `self`."""
        holder = self.libraries.object_at(path.rpartition(".")[0])
        if holder is None or holder.kind != "class":
            return False
        return any(base.startswith(_INTERFACES) for base in self.libraries.order(holder.path))

    def python_holders(self, node: ast.Attribute) -> list[str]:
        """Return the modules or classes of Python that an attribute is read from; none if any is another."""
        target = self.imported_name(node.value)
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
