"""What the names in the body of a function stand for: what is called there, as far as the source tells."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpora.api.signature import CallWay
from corpora.python.applied.notes import FunctionNode
from corpora.syntax.dotted_name import dotted_name


@dataclass(frozen=True, slots=True)
class Called:
    """What a function calls, as it is written there.

    Attributes:
        way: see `PassedOn`.
        name: dotted; where the function imports it itself, in full, with dots in front if that is relative.
        method: of the object that a call of `name` makes: `Plotter(x).draw(y)`; else empty.
        is_imported: whether the function imports it itself.
    """

    way: CallWay
    name: str
    method: str = ""
    is_imported: bool = False


class LocalNames:
    """The names of one function.

    Args:
        function: the function.
        nodes: of its body.
        without: a parameter that is looked at otherwise.
    """

    def __init__(self, function: FunctionNode, nodes: Sequence[ast.AST], without: str = "") -> None:
        arguments = function.args
        first = [*arguments.posonlyargs, *arguments.args][:1]
        self._first = first[0].arg if first else ""
        self._imports = dict(_imports(nodes))
        self.assigned: dict[str, list[ast.expr | None]] = {}
        sole = {_sole_target(node) for node in nodes}
        for node in nodes:
            for name, value in _assignments(node) if node not in sole else ():
                self.assigned.setdefault(name, []).append(value)
        self.parameters = parameters_of(arguments) - {without}

    def is_bound_once(self, name: str) -> bool:
        """Return whether one statement alone binds a name."""
        return name not in self.parameters and len(self.assigned.get(name, ())) == 1

    def called(self, function: ast.expr) -> Called | None:
        """Return what is called; None if that is not told."""
        match function:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
                return Called("super", name)
            case ast.Call(func=ast.Name(id="type"), args=[ast.Name(id=name)]) if self.is_self(name):
                return Called("self", "__init__")
            case ast.Attribute(value=ast.Call(func=made), attr=method):
                return self._named(dotted_name(made), method)
        dotted = dotted_name(function)
        first, _, rest = dotted.partition(".")
        if self.is_self(first):
            name = "__init__" if rest in {"", "__class__"} else rest
            return None if "." in name else Called("self", name)
        values = self.assigned.get(first, [])
        if rest and "." not in rest and first not in self.parameters:
            match values:
                case [ast.Call(func=made)]:  # `plotter = Plotter(data); plotter.plot(**kwargs)`
                    return self._named(dotted_name(made), rest)
        return self._named(dotted)

    def is_self(self, name: str) -> bool:
        """Return whether a name is that of the object or class whose method the function is."""
        return bool(name) and name == self._first and name not in self.assigned and name in {"self", "cls"}

    def _named(self, dotted: str, method: str = "") -> Called | None:
        """Return a name of the module, or of what the function imports; None for any other."""
        first, dot, rest = dotted.partition(".")
        if not first or first in self.parameters or first in self.assigned:
            return None
        if first in self._imports:
            return Called("path", f"{self._imports[first]}{dot}{rest}", method, is_imported=True)
        return Called("path", dotted, method)


def parameters_of(arguments: ast.arguments) -> set[str]:
    """Return the names of all parameters, those with stars too."""
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    more = (one for one in (arguments.vararg, arguments.kwarg) if one is not None)
    return {one.arg for one in (*given, *more)}


def _sole_target(node: ast.AST) -> ast.expr | None:
    """Return the target of `name = value`, whose name is noted with its value."""
    match node:
        case ast.Assign(targets=[ast.Name() as target]):
            return target
    return None


def _imports(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield the names that imports in a function bind, with what they stand for, relative ones with dots."""
    for node in nodes:
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    top = alias.name.partition(".")[0]
                    yield (alias.asname, alias.name) if alias.asname else (top, top)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                dots = "." * level
                for alias in aliases:
                    place = f"{dots}{module}." if module else dots
                    yield alias.asname or alias.name, f"{place}{alias.name}"


def _assignments(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names that a node binds, with the value where there is one alone; imports are left out."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.Name(id=name, ctx=ast.Store()):
            yield name, None
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, None
        case ast.ExceptHandler(name=str(name)) | ast.arg(arg=name):
            yield name, None
