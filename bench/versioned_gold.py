"""Tell which objects of a library a reference solution uses, by its syntax tree; nothing is imported or run.

What counts are the expressions that end within the answer: a call that the task has begun and the answer
finishes is one of them. A use of an object is found by the first of these rules that applies, and of a chain
(`frame.geometry.union`) only its last member counts that one applies to:

1. named: a dotted name that the imports of the program lead into the library (`np.round`, `Tree.fromstring`),
   whether it is called or not: decorators and constants are used without a call.
2. typed: a member of something whose class is known because a parameter or variable is annotated with it
   (`app: flask.Flask`), or because it was constructed in the program (`app = Flask()`, `with Sub() as one`).
3. rare: a member of something unknown, if at most `_MOST_CLASSES` units of the library end with that name and
   neither Python's own types nor the program itself have a member or a name of that name.

Annotations are no uses: they say what is given. An attribute of a known class that has no unit of its own
counts as its class, whose documentation is where attributes are described.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from corpora.syntax.dotted_name import dotted_name
from corpora.syntax.parse_python import parse_python
from corpora.syntax.python_imports import imported_names, resolve_name
from rag.evaluation.task import Task

Rule = Literal["named", "typed", "rare"]
_MOST_CLASSES: Final = 3
_BUILTIN_MEMBERS: Final = frozenset(
    name
    for kind in (builtins, str, bytes, list, dict, set, tuple, int, float, complex, object)
    for name in dir(kind)
) | {"write", "read", "close", "shape", "dtype", "numpy", "astype", "ndim", "size"}


class GoldApi(NamedTuple):
    """An object of a library that a solution uses: its names as units have them, and how it was found.

    `names` is what the program calls it, alone, where no unit has it: `is_missing`.
    """

    names: tuple[str, ...]
    rule: Rule
    is_missing: bool = False


@dataclass(frozen=True)
class UnitNames:
    """The names of the units of a package.

    Args:
        tops: the packages that are imported from it.
        units: the name of each unit, by all of its names.
    """

    tops: frozenset[str]
    units: Mapping[str, str]
    _by_end: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.units:
            self._by_end.setdefault(name.rpartition(".")[2], []).append(name)

    def of(self, name: str) -> tuple[str, ...]:
        """Return the units that `name` may mean: that of this name, else those that end as it does.

        Of a member of a class, the class has to agree, too.
        """
        if name in self.units:  # `inertia` may be a module, and the function in it that is imported instead
            own = (name, f"{name}.{name.rpartition('.')[2]}")
            return tuple(dict.fromkeys(self.units[one] for one in own if one in self.units))
        *_, holder, last = ["", *name.split(".")]
        ends = [one for one in self._by_end.get(last, ()) if one.partition(".")[0] == name.partition(".")[0]]
        if holder[:1].isupper():
            ends = [one for one in ends if one.split(".")[-2] == holder]
        elif not last[:1].isupper():  # `pkg.name`, not a method that is called the same
            ends = [one for one in ends if not one.split(".")[-2][:1].isupper()]
        found = tuple(dict.fromkeys(self.units[one] for one in ends))
        return found if len(found) <= _MOST_CLASSES else ()

    def ending(self, last: str) -> tuple[str, ...]:
        """Return the units one of whose names ends with `last`."""
        return tuple(dict.fromkeys(self.units[one] for one in self._by_end.get(last, ())))

    def is_class(self, name: str) -> bool:
        """Return whether a name of the library is spelled as that of a class, and a unit has it."""
        return name.rpartition(".")[2][:1].isupper() and bool(self.of(name))


def gold_of(task: Task, units: UnitNames) -> list[GoldApi]:
    """Return the objects of the library that the reference of `task` uses, each once, in their order.

    None if the program cannot be parsed.
    """
    source = task.before + task.reference + task.after
    tree = parse_python(source)
    if tree is None:
        return []
    return list(dict.fromkeys(_Program(tree, units, _position(task.before)).uses()))


def _position(text: str) -> tuple[int, int]:
    """Return line (1-based) and column (in bytes) of the end of `text`, as trees count."""
    lines = text.split("\n")
    return len(lines), len(lines[-1].encode())


class _Program:
    """A program whose last part is the answer; it begins at the position `answer`."""

    def __init__(self, tree: ast.Module, units: UnitNames, answer: tuple[int, int]) -> None:
        self.units = units
        self.answer = answer
        self.imports = imported_names(tree)
        self.tree = tree
        self.nodes = [*ast.walk(tree)]
        self.expressions = [node for node in self.nodes if isinstance(node, ast.expr)]
        self.annotations = {id(one) for hint in _annotations(self.nodes) for one in ast.walk(hint)}
        self.own = {node.name for node in self.nodes if isinstance(node, _DEFINITIONS)}
        self.own |= {
            node.attr
            for node in self.nodes
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
        self.types = dict(self._types())
        self.finished = {
            id(node.func) for node in self.nodes if isinstance(node, ast.Call) and self._ends_in(node)
        }

    def uses(self) -> Iterator[GoldApi]:
        """Yield the objects of the library that the answer uses; of a dotted name, its longest part."""
        done = set[int]()
        for node in sorted(filter(self._is_answer, self.expressions), key=_outermost_first):
            found = [] if id(node) in done else self._use(node)
            if found:
                yield from found
                done.update(map(id, ast.walk(node)))  # `gdf.geometry`, of which only the union is used

    def _use(self, node: ast.expr) -> list[GoldApi]:
        name = dotted_name(node)
        if full := resolve_name(name, self.imports):
            return [*self._named(full)]
        return [*self._member(node)] if isinstance(node, ast.Attribute) else []

    def _is_answer(self, node: ast.expr) -> bool:
        if not isinstance(node, (ast.Name, ast.Attribute)) or id(node) in self.annotations:
            return False
        return self._ends_in(node) or id(node) in self.finished

    def _ends_in(self, node: ast.expr) -> bool:
        """Return whether an expression ends within the answer."""
        return (node.end_lineno or 0, node.end_col_offset or 0) > self.answer

    def _named(self, full: str) -> Iterator[GoldApi]:
        if full.partition(".")[0] not in self.units.tops:
            return
        if found := self.units.of(full):
            yield GoldApi(found, "named")
            return
        holder, _, last = full.rpartition(".")
        if holder and self.units.is_class(holder):  # an attribute, which its class describes
            yield GoldApi(self.units.of(holder), "named")
        elif last not in self.units.tops:
            yield GoldApi((full,), "named", is_missing=True)

    def _member(self, node: ast.Attribute) -> Iterator[GoldApi]:
        if cls := self._type(node.value):
            found = self.units.of(f"{cls}.{node.attr}")
            yield GoldApi(found or self.units.of(cls), "typed")
        elif not self._is_elsewhere(node.value):
            found = self.units.ending(node.attr)
            if found and len(found) <= _MOST_CLASSES and node.attr not in _BUILTIN_MEMBERS | self.own:
                yield GoldApi(found, "rare")

    def _is_elsewhere(self, node: ast.expr) -> bool:
        """Return whether an expression begins with a name or a call that is of another library."""
        while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name):
            return False
        full = self.types.get(node.id) or resolve_name(node.id, self.imports)
        return bool(full) and full.partition(".")[0] not in self.units.tops

    def _type(self, node: ast.expr) -> str:
        """Return the class of an expression, as a dotted name; empty if it is not known, or of elsewhere."""
        if isinstance(node, ast.Call):
            full = resolve_name(dotted_name(node.func), self.imports)
            return full if self._is_own_class(full) else ""
        cls = self.types.get(dotted_name(node), "")
        return cls if self._is_own_class(cls) else ""

    def _is_own_class(self, full: str) -> bool:
        return full.partition(".")[0] in self.units.tops and self.units.is_class(full)

    def _types(self) -> Iterator[tuple[str, str]]:
        """Yield variables with their classes, as annotations and constructions tell."""
        for node in self.nodes:
            match node:
                case ast.arg(annotation=ast.expr() as hint):
                    yield from self._typed(node.arg, hint)
                case ast.AnnAssign(target=ast.Name(id=name), annotation=hint):
                    yield from self._typed(name, hint)
                case ast.Assign(targets=[ast.expr() as target], value=ast.Call(func=func)):
                    yield from self._typed(dotted_name(target), func)
                case ast.withitem(context_expr=ast.Call(func=func), optional_vars=ast.Name(id=name)):
                    yield from self._typed(name, func)
                case _:
                    pass

    def _typed(self, variable: str, cls: ast.expr) -> Iterator[tuple[str, str]]:
        full = resolve_name(dotted_name(cls), self.imports)
        if variable and full and full.rpartition(".")[2][:1].isupper():
            yield variable, full


_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _annotations(nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    for node in nodes:
        for hint in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(hint, ast.expr):
                yield hint


def _outermost_first(node: ast.expr) -> tuple[int, int, int, int]:
    return node.lineno, node.col_offset, -(node.end_lineno or 0), -(node.end_col_offset or 0)
