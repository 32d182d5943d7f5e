"""Compile tests so that a program in the same process can neither skip, read nor answer for them.

This runs in the keeper of a sample, which the program cannot reach; the program's process gets code alone,
and gets it when the program has ended. What is put into the tests stands there as a constant whose text
begins with MARK: the process that runs them puts functions of its own in their place, which have no name.

    assert f(2) == 4   ->   assert note(not_(not_(compare_eq(alone(f(2)), 4))))
"""

from __future__ import annotations

import ast
import builtins
import marshal
import sys
import warnings
from collections import Counter
from types import CodeType
from typing import Any

MARK = "\0of the tests:"
NAME = "tests.py"
CHECKING = ("cmath", "math", "numpy", "operator", "pandas", "scipy", "statistics", "torch", "unittest")
# A program may replace what it likes of these: whoever tests a prompt or a file replaces `input` or `open`.
_ALIASES = {"np": "numpy", "pd": "pandas"}
_OF_FRAME_OR_REPLACED = (
    "__build_class__ __debug__ __doc__ __import__ __loader__ __name__ __package__ __spec__ breakpoint compile "
    "copyright credits dir eval exec exit globals help input license locals open print quit super vars"
).split()
_BUILTINS = frozenset(dir(builtins)) - frozenset(_OF_FRAME_OR_REPLACED) - {"True", "False", "None", "Ellipsis"}
_COMPARED = {
    ast.Eq: "eq",
    ast.In: "contains",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}
_RECURSION = 20_000  # the trees of long expressions are deep, and nothing hostile runs here
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def prepare(tests: str) -> tuple[bytes, CodeType]:
    """The tests as they run, without lines; and the same code with them, for a traceback.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: they do not compile.
    """
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(_RECURSION)
    tree = ast.parse(tests, NAME)
    names = _Names(tree)
    tree = ast.fix_missing_locations(_Guard(names).visit(tree))
    shown = compile(tree, NAME, "exec", dont_inherit=True)
    given = {"uses": names.uses, "mocks": names.mocks, "code": without_lines(shown)}
    return marshal.dumps(given), shown


class _Names(ast.NodeVisitor):
    """Which names tests bind, and what they use of modules that check something.

    Attributes:
        bound: how often a name is bound anywhere in the tests.
        once: names of functions, classes and modules that nothing else in the tests is called.
        uses: names as written, each with that of the module and attribute that it means.
        mocks: whether there may be objects that equal anything.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.bound: Counter[str] = Counter()
        self._imported = dict(_ALIASES)
        self._used: set[str] = set()
        self.visit(tree)
        futures = (getattr(node, "module", None) == "__future__" for node in tree.body)
        defined = Counter(
            name
            for node, of_compiler in zip(tree.body, futures)  # noqa: B905 (from Python 3.10 on)
            if isinstance(node, _DEFINITIONS) and not of_compiler
            for name in _defined(node)
        )
        self.once = {name for name, count in defined.items() if self.bound[name] == count == 1} - {"*"}
        self.mocks = any("mock" in name for name in self._imported.values())
        wholes = {name: self._whole(name) for name in self._used}
        self.uses = {name: whole for name, whole in wholes.items() if whole.partition(".")[0] in CHECKING}

    def _whole(self, name: str) -> str:
        root, dot, rest = name.partition(".")
        return self._imported.get(root, root) + dot + rest

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.bound[node.id] += 1

    def visit_Attribute(self, node: ast.Attribute) -> None:
        names, inner = [node.attr], node.value
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and isinstance(node.ctx, ast.Load):
            self._used.add(".".join([inner.id, *reversed(names)]))
        self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        self.bound.update(_defined(node))
        super().generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            self._used.add(alias.asname or alias.name)
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._imported[alias.asname or alias.name.partition(".")[0]] = (
                alias.name if alias.asname else alias.name.partition(".")[0]
            )
        self.generic_visit(node)


def _defined(node: ast.AST) -> list[str]:
    """The names that a statement or parameter binds, other than by assignment."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return [*node.names, *node.names]
    if isinstance(node, ast.arg):
        return [node.arg]
    found = [getattr(node, field, None) for field in ("name", "rest")]
    return [name for name in found if isinstance(name, str)]  # of handlers and patterns


class _Guard(ast.NodeTransformer):
    """Put calls of the harness around what asserts, calls and compares."""

    def __init__(self, names: _Names) -> None:
        self.names = names
        self.caught = 0  # inside of how many `try` with handlers: there a failed assertion is not the end

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if not isinstance(node.ctx, ast.Load):
            return node
        if node.id in self.names.once:
            return _call("fetch", node, ast.Constant(node.id))
        if node.id in _BUILTINS and not self.names.bound[node.id]:
            return ast.copy_location(ast.Constant(f"{MARK}builtin {node.id}"), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        self.generic_visit(node)
        two = len(node.args) > 1 and not any(isinstance(arg, ast.Starred) for arg in node.args[:2])
        if name.lower().startswith(("assert", "isclose", "allclose", "array_equal", "is_close")) and two:
            both = _call("both", node, *node.args[:2])
            node.args[:2] = [ast.copy_location(ast.Starred(both, ast.Load()), node)]
        if isinstance(node.func, ast.Name) and node.func.id in _OF_FRAME_OR_REPLACED:
            return node
        return _call("alone", node, node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        operator = _COMPARED.get(type(node.ops[0]))
        if operator and len(node.ops) == 1:
            return _call(f"compare {operator}", node, node.left, node.comparators[0])
        if not all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            sides = [node.left, *node.comparators]
            node.left, *node.comparators = [_call("genuine", side, side) for side in sides]
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        self.generic_visit(node)
        if not self.caught:
            truth = _call("not", node.test, _call("not", node.test, node.test))
            node.test = _call("note", node.test, truth)
        return node

    def visit_Try(self, node: Any) -> ast.AST:
        self.caught += bool(node.handlers)
        node.body = [self.visit(statement) for statement in node.body]
        self.caught -= bool(node.handlers)
        for field in ("handlers", "orelse", "finalbody"):
            setattr(node, field, [self.visit(statement) for statement in getattr(node, field)])
        return ast.copy_location(node, node)

    visit_TryStar = visit_Try

    def visit_With(self, node: Any) -> ast.AST:
        self.caught += 1  # `assertRaises(AssertionError)`, `suppress`
        self.generic_visit(node)
        self.caught -= 1
        return node

    visit_AsyncWith = visit_With

    def visit_Module(self, node: ast.Module) -> ast.AST:
        body: list[ast.stmt] = []
        for statement in node.body:
            body.append(self.visit(statement))
            if not isinstance(statement, _DEFINITIONS):
                continue
            for name in _defined(statement):
                if name in self.names.once:
                    value = ast.copy_location(ast.Name(name, ast.Load()), statement)
                    bind = _call("bind", statement, ast.Constant(name), value)
                    body.append(ast.copy_location(ast.Expr(bind), statement))
        node.body = body
        return node


def _call(what: str, place: ast.AST, *arguments: Any) -> ast.Call:
    function = ast.copy_location(ast.Constant(MARK + what), place)
    return ast.copy_location(ast.Call(function, list(arguments), []), place)


def without_lines(code: CodeType) -> CodeType:
    """The same code, all of it in line 0, where a trace function cannot jump.

    Jumps go to a line that is not above the first of the code: there is none. (No line at all would do as
    well, but for `inspect`, which wants a number.)
    """
    units = len(code.co_code) // 2
    constants = tuple(without_lines(item) if isinstance(item, CodeType) else item for item in code.co_consts)
    if sys.version_info >= (3, 11):  # entries of up to 8 units, no columns; the first goes up one line
        lengths = [8] * (units // 8) + [units % 8] * bool(units % 8)
        deltas = [1, *[0] * (len(lengths) - 1)]  # a signed number: 2 * 1 + 1 is -1
        table = b"".join(bytes([0xE8 | (n - 1), 3 if d else 0]) for n, d in zip(lengths, deltas))  # noqa: B905
        return code.replace(co_consts=constants, co_firstlineno=1, co_linetable=table)
    if sys.version_info >= (3, 10):
        chunks = [254] * (2 * units // 254) + [2 * units % 254] * bool(2 * units % 254)
        table = b"".join(bytes([n, 0 if number else 0xFF]) for number, n in enumerate(chunks))
        return code.replace(co_consts=constants, co_firstlineno=1, co_linetable=table)
    return code.replace(co_consts=constants, co_firstlineno=1, co_lnotab=b"\0\xff")
