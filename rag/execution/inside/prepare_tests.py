"""Compile tests so that a program in the same process can neither skip, read nor answer for them.

This runs in the keeper of a sample, which the program cannot reach. The program's process gets only code, and
only once the program has ended. Calls that are added to the tests name their function by a constant that
begins with MARK; the process that runs the tests replaces these constants by functions that have no name.

    assert f(2) == 4   ->   assert note(not_(not_(compare_eq(alone(f(2)), 4))))
"""

from __future__ import annotations

import ast
import builtins
import marshal
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from types import CodeType
from typing import Any

from .marked_code import CHECKING, MARK, NAME, without_lines

# A program may replace these: code that is tested with a prompt or a file often replaces `input` or `open`.
_ALIASES = {"np": "numpy", "pd": "pandas"}
_OF_FRAME_OR_REPLACED = frozenset(
    "__build_class__ __debug__ __doc__ __import__ __loader__ __name__ __package__ __spec__ breakpoint "  # noqa: SIM905
    "compile copyright credits dir eval exec exit globals help input license locals open print quit "
    "super vars True False None Ellipsis".split()
)
_BUILTINS = frozenset(dir(builtins)) - _OF_FRAME_OR_REPLACED
_COMPARED = {
    ast.Eq: "eq",
    ast.In: "contains",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}
_RECURSION = 20_000  # the syntax trees of long expressions are deep, and tests are not hostile
_WITHOUT_PARTS = frozenset([ast.Constant, ast.Load, ast.Store, ast.Del, ast.Eq, ast.Add, ast.Sub, ast.USub])
_BINDING = frozenset(
    getattr(ast, name)
    for name in (
        *("FunctionDef", "AsyncFunctionDef", "ClassDef", "Import", "ImportFrom", "Global", "Nonlocal", "arg"),
        *("ExceptHandler", "MatchAs", "MatchStar", "MatchMapping"),
    )
    if hasattr(ast, name)
)
_ASSERTING = ("assert", "isclose", "allclose", "array_equal", "is_close")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def compile_tests(tests: str) -> tuple[bytes, CodeType]:
    """Return the tests marshalled and without line numbers, to run, and as code with lines, for tracebacks.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: they do not compile.
    """
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(_RECURSION)
    tree = ast.parse(tests, NAME)
    names = _Names(tree)
    shown = compile(_Guard(names).visit(tree), NAME, "exec", dont_inherit=True)
    given = {"uses": names.uses, "mocks": names.mocks, "code": without_lines(shown)}
    return marshal.dumps(given), shown


class _Names:
    """The names that tests bind, and what they use of the modules that can check something.

    Attributes:
        bound: how often each name is bound anywhere in the tests.
        once: names of functions, classes and modules that are bound only once in the tests.
        uses: dotted names as written, each with the full name that it stands for (`np.pi` -> `numpy.pi`).
        mocks: whether the tests may hold objects that equal anything.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.bound: Counter[str] = Counter()
        self._imported = dict(_ALIASES)
        self._used: set[str] = set()
        waiting: list[Any] = [tree]
        while waiting:
            node = waiting.pop()
            self._look_at(node)
            for field in node._fields:
                part = getattr(node, field, None)
                for item in part if isinstance(part, list) else (part,):
                    if isinstance(item, ast.AST) and type(item) not in _WITHOUT_PARTS:
                        waiting.append(item)
        definitions = [node for node in tree.body if isinstance(node, _DEFINITIONS)]
        of_tests = [node for node in definitions if getattr(node, "module", None) != "__future__"]
        defined = Counter(name for node in of_tests for name in _defined(node))
        self.once = {name for name, count in defined.items() if self.bound[name] == count == 1} - {"*"}
        self.mocks = any("mock" in name for name in self._imported.values())
        wholes = {name: self._whole(name) for name in self._used}
        self.uses = {name: whole for name, whole in wholes.items() if whole.partition(".")[0] in CHECKING}

    def _whole(self, name: str) -> str:
        root, dot, rest = name.partition(".")
        return self._imported.get(root, root) + dot + rest

    def _look_at(self, node: Any) -> None:
        if isinstance(node, ast.Name):
            self.bound[node.id] += not isinstance(node.ctx, ast.Load)
        elif isinstance(node, ast.Attribute):
            name = _dotted(node)
            if name and isinstance(node.ctx, ast.Load):
                self._used.add(name)
        elif type(node) in _BINDING:
            self.bound.update(_defined(node))
        if isinstance(node, ast.ImportFrom):
            names = {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            self._imported.update(names)
            self._used.update(names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                self._imported[alias.asname or root] = alias.name if alias.asname else root


def _dotted(node: Any) -> str:
    """Return the text of an attribute such as `a.b.c`; empty if it does not begin with a name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _defined(node: Any) -> list[str]:
    """Return the names that a statement, parameter or pattern binds, other than by assignment."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return [*node.names, *node.names]
    found = (getattr(node, field, None) for field in ("name", "rest", "arg"))
    return [name for name in found if isinstance(name, str)]


class _Guard:
    """Wrap what asserts, calls and compares in calls of the harness."""

    def __init__(self, names: _Names) -> None:
        self.names = names
        self.caught = 0  # number of enclosing blocks that may catch a failed assertion, which may then go on
        self.rules: dict[type, Callable[[Any], Any]] = {
            ast.Name: self._name,
            ast.Call: self._called,
            ast.Compare: self._compared,
            ast.Assert: self._asserted,
            ast.Try: self._tried,
            getattr(ast, "TryStar", ast.Try): self._tried,
            ast.With: self._within,
            ast.AsyncWith: self._within,
            ast.Module: self._module,
        }

    def visit(self, node: Any) -> Any:
        """Return the node that replaces this one."""
        kind = type(node)
        if kind in _WITHOUT_PARTS:
            return node
        rule = self.rules.get(kind)
        return rule(node) if rule else self._parts(node)

    def _parts(self, node: Any) -> Any:
        for field in node._fields:
            part = getattr(node, field, None)
            if isinstance(part, list):
                part[:] = [self.visit(item) if isinstance(item, ast.AST) else item for item in part]
            elif isinstance(part, ast.AST):
                setattr(node, field, self.visit(part))
        return node

    def _name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load):
            if node.id in self.names.once:
                return _call("fetch", node, _constant(node.id, node))
            if node.id in _BUILTINS and not self.names.bound[node.id]:
                return _constant(f"{MARK}builtin {node.id}", node)
        return node

    def _called(self, node: ast.Call) -> ast.AST:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        in_frame = isinstance(node.func, ast.Name) and name in _OF_FRAME_OR_REPLACED
        self._parts(node)
        starred = any(isinstance(argument, ast.Starred) for argument in node.args[:2])
        if name.lower().startswith(_ASSERTING) and len(node.args) > 1 and not starred:
            both = ast.Starred(_call("both", node, *node.args[:2]), ast.Load())
            node.args[:2] = [ast.copy_location(both, node)]
        return node if in_frame else _call("alone", node, node)

    def _compared(self, node: ast.Compare) -> ast.AST:
        self._parts(node)
        operator = _COMPARED.get(type(node.ops[0]))
        if operator and len(node.ops) == 1:
            return _call(f"compare {operator}", node, node.left, node.comparators[0])
        if not all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            node.left = _call("genuine", node.left, node.left)
            node.comparators = [_call("genuine", side, side) for side in node.comparators]
        return node

    def _asserted(self, node: ast.Assert) -> ast.AST:
        self._parts(node)
        if not self.caught:
            truth = _call("not", node.test, _call("not", node.test, node.test))
            node.test = _call("note", node.test, truth)
        return node

    def _tried(self, node: Any) -> Any:
        self.caught += bool(node.handlers)
        node.body = [self.visit(statement) for statement in node.body]
        self.caught -= bool(node.handlers)
        for field in ("handlers", "orelse", "finalbody"):
            setattr(node, field, [self.visit(statement) for statement in getattr(node, field)])
        return node

    def _within(self, node: Any) -> Any:
        self.caught += 1  # for example `assertRaises(AssertionError)` or `suppress`
        self._parts(node)
        self.caught -= 1
        return node

    def _module(self, node: ast.Module) -> ast.AST:
        body: list[ast.stmt] = []
        for statement in node.body:
            body.append(self.visit(statement))
            for name in _defined(statement) if isinstance(statement, _DEFINITIONS) else ():
                if name in self.names.once:
                    value = ast.copy_location(ast.Name(name, ast.Load()), statement)
                    bind = _call("bind", statement, _constant(name, statement), value)
                    body.append(ast.copy_location(ast.Expr(bind), statement))
        node.body = body
        return node


def _constant(value: str, place: Any) -> ast.Constant:
    return ast.Constant(
        value,
        lineno=place.lineno,
        col_offset=place.col_offset,
        end_lineno=place.end_lineno,
        end_col_offset=place.end_col_offset,
    )


def _call(what: str, place: Any, *arguments: Any) -> ast.Call:
    return ast.Call(
        _constant(MARK + what, place),
        list(arguments),
        [],
        lineno=place.lineno,
        col_offset=place.col_offset,
        end_lineno=place.end_lineno,
        end_col_offset=place.end_col_offset,
    )
