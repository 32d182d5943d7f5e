"""A program to be checked: its syntax tree, and what its names are bound to."""

import ast
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from corpora.syntax.parse_python import parse_python

MAX_PROGRAM_CHARS: Final = 1_000_000
MAX_NODES: Final = 400_000  # a file of 20,000 lines has 200,000
_MAX_LINE_CHARS: Final = 20_000  # what is longer is data, or made by a program
# Fields that hold no nodes, or only operators and contexts.
_PLAIN: Final = frozenset(
    {
        "ctx", "op", "ops", "id", "attr", "arg", "name", "asname", "module", "level", "kind", "conversion",
        "is_async", "simple", "rest", "kwd_attrs", "tag", "type_comment",
    }
)  # fmt: skip
_LEAVES: Final = frozenset({"Constant", "Global", "Nonlocal", "MatchSingleton", "TypeIgnore"})
BINDING: Final = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.arg, ast.ExceptHandler, ast.MatchAs,
    ast.MatchStar, ast.MatchMapping, ast.Global, ast.Nonlocal,
)  # fmt: skip
"""What binds names besides imports and `ast.Name`."""

_NAMING_CALLS: Final = frozenset({"hasattr", "getattr", "setattr", "delattr"})


@dataclass(frozen=True, slots=True)
class CellPlace:
    """Where the code of a notebook's cell is.

    Attributes:
        line: its first line in the program, 1-based.
        cell: its number in the notebook, 1-based, among all cells.
    """

    line: int
    cell: int


@dataclass(frozen=True, eq=False)
class CheckedProgram:
    """A program that can be parsed.

    Attributes:
        path: as it was named.
        module: path of its module below the root of what is checked, as `pkg/mod.py`.
        text: its source.
        tree: of its syntax.
        cells: of a notebook, by their lines.
        left_out: arguments of calls that a type checker is not to see.
        stand_ins: types that it is to see in the place of calls, as `pandas.core.frame.DataFrame`;
            empty for that of the name whose method is called.
    """

    path: str
    module: str
    text: str
    tree: ast.Module
    cells: tuple[CellPlace, ...] = ()
    left_out: frozenset[ast.AST] = frozenset()
    stand_ins: Mapping[ast.expr, str] = field(default_factory=dict)

    @cached_property
    def lines(self) -> list[str]:
        """Return its lines as Python counts them: form feeds and the like break none."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Return all nodes of its tree but operators and contexts, those of a level before those below."""
        return [self.tree, *self.parents]

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Return the node that holds each node, in the order of `nodes`."""
        # (Four times as fast as `ast.walk`, which takes half of the time of a check.)
        found: dict[ast.AST, ast.AST] = {}
        todo: list[ast.AST] = [self.tree]
        fields: dict[type[ast.AST], tuple[str, ...]] = {}
        for node in todo:
            kind = type(node)
            if kind not in fields:
                fields[kind] = _child_fields(kind.__name__, kind._fields)
            for name in fields[kind]:
                value = getattr(node, name, None)
                if type(value) is list:
                    for child in value:
                        if isinstance(child, ast.AST):
                            found[child] = node
                            todo.append(child)
                elif value is not None:
                    found[value] = node
                    todo.append(value)
        return found

    @cached_property
    def _by_type(self) -> dict[type[ast.AST], list[ast.AST]]:
        found: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        for node in self.nodes:
            found[type(node)].append(node)
        return found

    def of_type(self, *types: type[ast.AST]) -> Iterator[ast.AST]:
        """Yield the nodes of some types, type by type."""
        for one in types:
            yield from self._by_type.get(one, ())

    def above(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Yield each node with the one that holds it, from `node` up to the module."""
        while (parent := self.parents.get(node)) is not None:
            yield node, parent
            node = parent

    @cached_property
    def imported(self) -> dict[str, str]:
        """Return names that only imports bind, all to the same thing, with what they stand for.

        `{"np": "numpy", "concat": "pandas.concat"}`. A name that anything else binds somewhere in the
        program, as an argument or a variable, is left out: it may not stand for the import everywhere.
        """
        targets: dict[str, set[str]] = defaultdict(set)
        for node in self.of_type(ast.Import, ast.ImportFrom):
            for name, target in _bound_by_import(node):
                targets[name].add(target)
        others = {name for node in self.of_type(*BINDING) for name in _bound_otherwise(node)}
        others.update(node.id for node in self.names_stored)
        return {
            name: next(iter(found))
            for name, found in targets.items()
            if len(found) == 1 and name not in others and "" not in found
        }

    @cached_property
    def names_stored(self) -> list[ast.Name]:
        """Return the names that are assigned or deleted, where they are."""
        names = self.of_type(ast.Name)
        return [node for node in names if isinstance(node, ast.Name) and type(node.ctx) is not ast.Load]

    @cached_property
    def own_names(self) -> frozenset[str]:
        """Return the attributes that the program assigns or asks for itself, and may thus have made.

        `req.context.user = ...` makes `user`; so does `setattr(thing, "user", ...)`, and `hasattr(pd,
        "NA")` says that the program knows what it does.
        """
        stored = (
            node.attr
            for node in self.of_type(ast.Attribute)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del)
        )
        return frozenset(stored) | self.names_set | frozenset(self._names_asked)

    @cached_property
    def names_set(self) -> frozenset[str]:
        """Return the attributes that calls set: `setattr(thing, "user", 1)`, `vars(thing).update(user=1)`."""
        return frozenset(name for node in self._calls for name in _set_by(node))

    @cached_property
    def _names_asked(self) -> set[str]:
        return {
            name
            for node in self._calls
            if isinstance(node.func, ast.Name) and node.func.id in _NAMING_CALLS
            for name in _texts(node.args[1:2])
        }

    @cached_property
    def _calls(self) -> list[ast.Call]:
        return [node for node in self.of_type(ast.Call) if isinstance(node, ast.Call)]

    def place_of(self, line: int) -> tuple[int, int]:
        """Return the cell of a notebook and the line in it, 1-based; 0 and the line itself elsewhere."""
        number = bisect_right(self.cells, line, key=lambda cell: cell.line)
        if not number:
            return 0, line
        found = self.cells[number - 1]
        return found.cell, line - found.line + 1

    def is_in_place(self, node: ast.AST) -> bool:
        """Return whether a name is at its position; before Python 3.12, not all in f-strings are."""
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                line = self.lines[(node.end_lineno or 1) - 1 : node.end_lineno]
                return bool(line) and line[0].encode("utf-8", "replace")[: node.end_col_offset].endswith(
                    name.encode("utf-8", "replace")
                )
        return True

    def column(self, line: int, offset: int) -> int:
        """Return the 1-based column in characters of a 0-based offset in bytes."""
        if line > len(self.lines):
            return offset + 1
        text = self.lines[line - 1]
        return (
            offset + 1
            if text.isascii()
            else len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace")) + 1
        )

    def span(self, node: ast.AST) -> tuple[int, int, int]:
        """Return line, first column and the column after a node; of an attribute, of its name."""
        line, start = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        last, end = getattr(node, "end_lineno", line) or line, getattr(node, "end_col_offset", 0) or 0
        if isinstance(node, ast.Attribute):
            # (Not the length of the name: Python has normalized its letters.)
            is_beside = node.value.end_lineno == last
            line, start = last, (node.value.end_col_offset or 0) + 1 if is_beside else end - len(node.attr)
        column = self.column(line, max(start, 0))
        if last != line:
            return line, column, len(self.lines[line - 1]) + 1
        return line, column, self.column(line, end)


def parsed_program(
    path: str, module: str, text: str, cells: tuple[CellPlace, ...] = ()
) -> CheckedProgram | str:
    """Return a program, or why it cannot be checked."""
    if len(text) > MAX_PROGRAM_CHARS:
        return f"it has more than {MAX_PROGRAM_CHARS:,} characters"
    if max(map(len, text.splitlines()), default=0) > _MAX_LINE_CHARS:
        return f"it has a line of more than {_MAX_LINE_CHARS:,} characters"
    tree = parse_python(text)
    if tree is None:
        return "it is not Python 3, or nested too deep"
    program = CheckedProgram(path, module, text, tree, cells)
    if len(program.nodes) > MAX_NODES:
        return f"its syntax tree has more than {MAX_NODES:,} nodes"
    return program


def _child_fields(kind: str, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields of a kind of node that may hold nodes other than operators and contexts."""
    if kind in _LEAVES:
        return ()
    # (The name in `type Name = ...` is a node.)
    return fields if kind == "TypeAlias" else tuple(field for field in fields if field not in _PLAIN)


def _texts(nodes: Iterable[ast.expr]) -> Iterator[str]:
    yield from (one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _set_by(node: ast.Call) -> Iterator[str]:
    """Yield the names of attributes that a call sets."""
    match node.func:
        case ast.Name(id="setattr"):
            yield from _texts(node.args[1:2])
        case ast.Attribute(attr="setattr" | "delattr" | "patch" | "object" | "__setattr__"):
            yield from (part for text in _texts(node.args) for part in text.split("."))
        case ast.Attribute(
            attr="update",
            value=ast.Attribute(attr="__dict__") | ast.Call(func=ast.Name(id="vars")),
        ):
            yield from (keyword.arg for keyword in node.keywords if keyword.arg)
            yield from (
                name
                for one in node.args
                if isinstance(one, ast.Dict)
                for name in _texts(filter(None, one.keys))
            )


def names_bound_at(node: ast.AST) -> list[str]:
    """Return the names that a node itself binds, by an import or otherwise."""
    return [*(name for name, _ in _bound_by_import(node)), *_bound_otherwise(node)]


def _bound_by_import(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the names that an import binds, each with what it stands for; empty for what is relative."""
    match node:
        case ast.Import(names=aliases):
            for alias in aliases:
                top = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        case ast.ImportFrom(module=module, names=aliases, level=level):
            for alias in aliases:
                yield alias.asname or alias.name, "" if level or not module else f"{module}.{alias.name}"


def _bound_otherwise(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.arg(arg=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
