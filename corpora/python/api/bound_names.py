"""The names that the statements of a module or class bind: by imports, loops, `with`, `:=` and `del` too."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from corpora.python.api.bodies.late_names import names_set_later
from corpora.python.applied.notes import FunctionNode
from corpora.syntax.dotted_name import dotted_name

_MAX_DEPTH: Final = 60


@dataclass(slots=True)
class BoundNames:
    """Names of a module or class.

    Attributes:
        certain: those that are bound whatever its conditions yield.
        maybe: those that are bound in some branches, by functions that declare them `global`, or by other
            modules.
        typing: those that are bound for type checkers (`if TYPE_CHECKING:`).
        unbound: those that `del` removes for good, or that only a module run as a program has.
        stored: names that statements store, with their lines; no functions, classes and imports.
        branching: functions and classes that are defined more than once, in branches.
        stars: modules of which all names are imported, as they are written (`.core`).
    """

    certain: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)
    typing: set[str] = field(default_factory=set)
    unbound: set[str] = field(default_factory=set)
    stored: dict[str, int] = field(default_factory=dict)
    branching: set[str] = field(default_factory=set)
    stars: list[str] = field(default_factory=list)
    _defined: list[str] = field(default_factory=list)

    def bind(self, name: str) -> None:
        """Note a name that a statement binds."""
        self.certain.add(name)
        self.unbound.discard(name)

    def take(self, other: "BoundNames", *, certainly: set[str]) -> None:
        """Note the names of a block that may not run; those of `certainly` another block binds otherwise."""
        for name in other.certain & certainly:
            self.bind(name)
        self.maybe |= other.maybe | (other.certain - certainly)
        self.unbound -= other.certain
        # What a block both binds and deletes is not there, whether the block runs or not.
        self.unbound |= other.unbound - other.certain - other.maybe - self.certain - self.maybe
        self.typing |= other.typing
        self.branching |= other.branching | {*other._defined}
        self.stored |= other.stored
        self.stars += other.stars
        self._defined += other._defined


def names_bound_by(body: Sequence[ast.stmt]) -> BoundNames:
    """Return the names that the statements of a module or class bind and unbind."""
    names = BoundNames()
    _read(body, names, 0)
    names.branching = {name for name in names.branching if names._defined.count(name) > 1}
    names.maybe -= names.certain
    names.typing -= names.certain | names.maybe
    later = names_set_later(body, names.typing)
    names.typing -= later
    names.maybe |= later
    return names


def _read(body: Sequence[ast.stmt], names: BoundNames, depth: int) -> None:
    for node in body if depth < _MAX_DEPTH else ():
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.bind(name)
                if not any(dotted_name(one).endswith("overload") for one in node.decorator_list):
                    names._defined.append(name)
                _read_globals(node, names)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                _read_import(node, aliases, names)
            case ast.If():
                _read_condition(node, names, depth)
            case ast.Try() | ast.TryStar():
                _read_attempt(node, names, depth)
            case _:
                _read_other(node, names, depth)


def _read_other(node: ast.stmt, names: BoundNames, depth: int) -> None:
    """Read an assignment, a loop, a `with`, a `match` or a `del`."""
    if isinstance(node, ast.Delete):
        gone = {target.id for target in node.targets if isinstance(target, ast.Name)}
        names.unbound |= gone
        names.certain -= gone
        names.maybe -= gone
        names.stored = {name: line for name, line in names.stored.items() if name not in gone}
        return
    for name, line in _stored(node):
        names.bind(name)
        names.stored[name] = line
    for part in ("body", "orelse"):
        _read(getattr(node, part, []), names, depth + 1)
    for case in getattr(node, "cases", []):
        inner = BoundNames()
        _read(case.body, inner, depth + 1)
        names.take(inner, certainly=set())


def _read_import(node: ast.Import | ast.ImportFrom, aliases: Sequence[ast.alias], names: BoundNames) -> None:
    for one in aliases:
        if one.name == "*" and isinstance(node, ast.ImportFrom):
            names.stars.append(f"{'.' * node.level}{node.module or ''}")
        else:
            names.bind(one.asname or one.name.partition(".")[0])


def _read_condition(node: ast.If, names: BoundNames, depth: int) -> None:
    """Read both branches of a condition: a name is certain if both bind it."""
    yes, no = BoundNames(), BoundNames()
    for name, line in _stored(node.test):
        names.bind(name)
        names.stored[name] = line
    _read(node.body, yes, depth + 1)
    _read(node.orelse, no, depth + 1)
    if dotted_name(node.test).rpartition(".")[2] == "TYPE_CHECKING":
        names.typing |= yes.certain | yes.maybe | yes.typing
        names.take(no, certainly=no.certain)
    elif _is_main(node.test):
        names.unbound |= (yes.certain | yes.maybe) - names.certain - names.maybe
        names.take(no, certainly=no.certain)
    else:
        names.take(yes, certainly=no.certain)
        names.take(no, certainly=yes.certain)


def _is_main(test: ast.expr) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id="__name__"), comparators=[ast.Constant(value="__main__")]):
            return True
    return False


def _read_attempt(node: ast.Try | ast.TryStar, names: BoundNames, depth: int) -> None:
    """Read an attempt: a name is certain if it is bound whether the attempt fails or not."""
    tried = BoundNames()
    _read([*node.body, *node.orelse], tried, depth + 1)
    failed: list[BoundNames] = []
    for handler in node.handlers:
        if not isinstance(handler.body[-1], ast.Raise):
            failed.append(BoundNames())
            _read(handler.body, failed[-1], depth + 1)
    certainly = set.intersection(*(one.certain for one in failed)) if failed else tried.certain
    names.take(tried, certainly=certainly)
    for one in failed:
        names.take(one, certainly=tried.certain & certainly)
    _read(node.finalbody, names, depth + 1)


def _stored(statement: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the names that a statement stores itself, without those in its blocks and comprehensions."""
    inner = (ast.stmt, ast.excepthandler, ast.comprehension, ast.Lambda, ast.match_case)
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store(), lineno=line):
                yield name, line
        todo += [child for child in ast.iter_child_nodes(node) if not isinstance(child, inner)]


def _read_globals(node: FunctionNode | ast.ClassDef, names: BoundNames) -> None:
    """Note the names that a function declares `global`."""
    for part in ast.walk(node) if isinstance(node, FunctionNode) else ():
        if isinstance(part, ast.Global):
            for name in part.names:
                names.maybe.add(name)
                names.stored.setdefault(name, part.lineno)
