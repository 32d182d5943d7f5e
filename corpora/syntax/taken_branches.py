"""Leave out the branches of a module that a Python does not take: those of other versions and platforms.

A condition is decided where it asks for nothing but `sys.version_info`, `sys.platform`, `os.name` and the
like; all others stay open, with both branches in place.
"""

import ast
import operator
import os
import platform
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from corpora.syntax.dotted_name import dotted_name
from corpora.syntax.parse_python import parse_python

_ASKS = re.compile(r"version_info|hexversion|platform|os\.name|implementation|TYPE_CHECKING|\bexcept\b")
_KNOWN = {
    "sys.platform": sys.platform,
    "os.name": os.name,
    "sys.implementation.name": sys.implementation.name,
}
_CALLED = {
    "platform.python_implementation": platform.python_implementation(),
    "platform.system": platform.system(),
}
_FAILED_IMPORT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException", ""})
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], object]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
    ast.In: lambda item, holder: item in holder, ast.NotIn: lambda item, holder: item not in holder,
}  # fmt: skip
_MAX_DEPTH = 30
_Known = dict[str, object]
_Statements = Sequence[ast.stmt]


def taken_branches(source: str, python: str = "") -> str:
    """Return `source` with `pass` in place of branches that are not taken; the numbers of lines stay.

    `python` is the version that counts, as in `3.12.1`; that of this program if it is empty.
    """
    if not _ASKS.search(source):
        return source
    tree = parse_python(source)
    if tree is None:
        return source
    data = source.encode(errors="surrogatepass")
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    parts, done = [], 0
    for first, last in sorted(_dropped(tree, python), key=lambda span: (span[0].lineno, span[0].col_offset)):
        start = starts[_first_line(first) - 1] + first.col_offset
        end = starts[(last.end_lineno or last.lineno) - 1] + (last.end_col_offset or 0)
        if start >= done:
            parts += [data[done:start], b"pass", b"\n" * data[start:end].count(b"\n")]
            done = end
    return b"".join([*parts, data[done:]]).decode(errors="surrogatepass")


def _first_line(node: ast.stmt) -> int:
    """Return the line where a statement begins: that of its first decorator, which has its column."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def _version(python: str) -> _Known:
    """Return what code may ask of a version: `3.12.1`, `3.12`, or that of this program."""
    numbers = [int(part) for part in python.split(".")[:3] if part.isdecimal()]
    major, minor, micro, *_ = (*numbers, 0, 0) if len(numbers) > 1 else sys.version_info[:3]
    hexversion = sys.hexversion if len(numbers) < 2 else major << 24 | minor << 16 | micro << 8 | 0xF0
    return {
        "sys.version_info": (major, minor, micro, "final", 0),
        "sys.version_info.major": major,
        "sys.version_info.minor": minor,
        "sys.hexversion": hexversion,
    }


def _dropped(tree: ast.Module, python: str) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Yield the first and the last statement of each block that is not taken."""
    known: _Known = _KNOWN | _version(python)
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    todo: list[_Statements] = [tree.body]
    while todo:
        body = todo.pop()
        for node in body:
            if isinstance(node, ast.ClassDef):
                todo.append(node.body)
            elif isinstance(node, ast.If):
                yield from _of_condition(node, known, todo)
            elif isinstance(node, ast.Try):
                yield from _of_try(node, defined)
                todo += [node.body, node.orelse, *(handler.body for handler in node.handlers)]
            elif isinstance(node, ast.Assign) and len(node.targets) == 1:
                _learn(node, known)


def _learn(node: ast.Assign, known: _Known) -> None:
    """Remember the value of a name such as `PY312 = sys.version_info >= (3, 12)`."""
    (target,) = node.targets
    if isinstance(target, ast.Name) and isinstance(node.value, ast.Compare | ast.BoolOp | ast.UnaryOp):
        value = _value(node.value, known)
        if isinstance(value, bool):
            known[target.id] = value


def _of_condition(
    node: ast.If, known: _Known, todo: list[_Statements]
) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    value = _value(node.test, known)
    if not isinstance(value, bool):
        todo += [node.body, node.orelse]
    elif value:
        todo.append(node.body)
        yield from _all_of(node.orelse)
    else:
        todo.append(node.orelse)
        yield from _all_of(node.body)


def _all_of(body: _Statements) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Yield the block `body`, or where it is an `elif`, whose lines must stay, its blocks."""
    if not body:
        return
    first = body[0]
    if len(body) == 1 and isinstance(first, ast.If) and first.body:
        yield from _all_of(first.body)
        yield from _all_of(first.orelse)
        return
    yield first, body[-1]


def _of_try(node: ast.Try, defined: set[str]) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Yield what an attempt to import leaves unused: its fallback, or the import of a compiled twin.

    `try: from _fast import run; except ImportError: pass` below `def run` gives another object of the same
    documentation, and its source is not there.
    """
    handlers = [one for one in node.handlers if _FAILED_IMPORT.intersection(_caught(one.type))]
    imports = [one for one in node.body if isinstance(one, ast.Import | ast.ImportFrom)]
    if not handlers or not imports:
        return
    for one in imports:
        names = {alias.asname or alias.name for alias in one.names}
        if isinstance(one, ast.ImportFrom) and names <= defined:
            yield one, one
    if len(imports) == len(node.body) and all(map(_is_found, imports)):
        for handler in handlers:
            yield from _all_of(handler.body)


def _is_found(statement: ast.Import | ast.ImportFrom) -> bool:
    """Return whether an import certainly succeeds: it is from the standard library of this Python."""
    if isinstance(statement, ast.ImportFrom):
        names = [statement.module or ""] if not statement.level else [""]
    else:
        names = [alias.name for alias in statement.names]
    return all(name.partition(".")[0] in sys.stdlib_module_names for name in names)


def _caught(node: ast.expr | None) -> Iterable[str]:
    if isinstance(node, ast.Tuple):
        return [dotted_name(one) for one in node.elts]
    return [dotted_name(node)]


def _value(node: ast.expr, known: _Known, depth: int = 0) -> object:  # noqa: C901, PLR0911 (one arm a node)
    """Return the value of an expression; None if it depends on anything that is not known."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name | ast.Attribute):
        return known.get(dotted_name(node))
    if isinstance(node, ast.Call):
        return _called(node, known, depth)
    if isinstance(node, ast.Tuple):
        values = tuple(_value(one, known, depth + 1) for one in node.elts)
        return None if None in values else values
    if isinstance(node, ast.Subscript):
        return _item(_value(node.value, known, depth + 1), node.slice)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        if dotted_name(node.operand).rpartition(".")[2] == "TYPE_CHECKING":
            return True  # (without `not`, both branches count: the first one may hold the imports)
        value = _value(node.operand, known, depth + 1)
        return None if value is None else not value
    if isinstance(node, ast.BoolOp):
        return _either(node, known, depth)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = (_value(one, known, depth + 1) for one in (node.left, node.comparators[0]))
        return _compared(left, node.ops[0], right)
    return None


def _called(node: ast.Call, known: _Known, depth: int) -> object:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "startswith" and len(node.args) == 1:
        text, start = _value(node.func.value, known, depth + 1), _value(node.args[0], known, depth + 1)
        return text.startswith(start) if isinstance(text, str) and isinstance(start, str) else None
    return None if node.args else _CALLED.get(dotted_name(node.func))


def _item(value: object, index: ast.expr) -> object:
    """Return `value[0]` or `value[:2]`."""
    if not isinstance(value, tuple):
        return None
    if isinstance(index, ast.Constant) and isinstance(index.value, int) and -5 <= index.value < len(value):
        return value[index.value]
    end = index.upper if isinstance(index, ast.Slice) and index.lower is None and index.step is None else None
    return value[: end.value] if isinstance(end, ast.Constant) and isinstance(end.value, int) else None


def _either(node: ast.BoolOp, known: _Known, depth: int) -> bool | None:
    values = [_value(one, known, depth + 1) for one in node.values]
    decides = isinstance(node.op, ast.Or)
    if any(value is not None and bool(value) is decides for value in values):
        return decides
    return None if None in values else not decides


def _compared(left: object, by: ast.cmpop, right: object) -> bool | None:
    compare = _COMPARED.get(type(by))
    if left is None or right is None or compare is None:
        return None
    try:
        return bool(compare(left, right))
    except TypeError:
        return None
