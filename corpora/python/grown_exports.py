"""Modules that add to their `__all__` by its methods, read as if they did it by `+=`.

`__all__.extend(core.__all__)` says as much as `__all__ += core.__all__`, of which griffe follows the latter.
So does `extend_all(core)` where `extend_all` is a function that adds the `__all__` of a module to its own, as
numpy has one.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from corpora.syntax.parse_python import parse_python

_ADDS: Final = {"extend": ("(", ")"), "append": ("[", "]")}
_OF_MODULE: Final = ("(", ").__all__")
_MAX_DEPTH: Final = 20  # of blocks in blocks


def with_plain_exports(source: str) -> str:
    """Return `source` with `__all__ += ...` for `__all__.extend(...)` and `.append(...)`; lines stay.

    Calls in functions stay as they are: nobody knows whether they run. But a function of the module that adds
    the `__all__` of its only argument does so where the module calls it.
    """
    if not any(f"__all__.{method}(" in source for method in _ADDS):
        return source
    tree = parse_python(source)
    found = [*_additions(tree.body, 0, _growers(tree.body))] if tree is not None else []
    if not found:
        return source
    data = source.encode(errors="surrogatepass")
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    parts, done = [], 0
    for call, added, (opening, closing) in found:
        first, last = _span(call, starts), _span(added, starts)
        before, after = data[first[0] : last[0]].count(b"\n"), data[last[1] : first[1]].count(b"\n")
        parts += [data[done : first[0]], f"__all__ += {opening}".encode(), b"\n" * before]
        parts += [data[last[0] : last[1]], b"\n" * after, closing.encode()]
        done = first[1]
    return b"".join([*parts, data[done:]]).decode(errors="surrogatepass")


def _growers(body: Sequence[ast.stmt]) -> frozenset[str]:
    """Return the functions of one parameter that read `__all__` of that, and add to that of the module."""
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef) and _is_grower(node))


def _is_grower(function: ast.FunctionDef) -> bool:
    if [one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)] != [
        one.arg for one in function.args.args[:1]
    ]:
        return False
    adds = reads = False
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="__all__"), attr=method)) if method in _ADDS:
                adds = True
            case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id=read), ast.Constant("__all__"), *_]):
                reads = reads or read == function.args.args[0].arg
            case ast.Attribute(value=ast.Name(id=read), attr="__all__"):
                reads = reads or read == function.args.args[0].arg
            case _:
                pass
    return adds and reads


def _additions(
    body: Sequence[ast.stmt], depth: int, growers: frozenset[str]
) -> Iterator[tuple[ast.Call, ast.expr, tuple[str, str]]]:
    """Yield the calls that add to `__all__`, with what they add, in their order."""
    for node in body if depth < _MAX_DEPTH else ():
        match node:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id="__all__"), attr=method), args=[added], keywords=[]
                ) as call
            ) if method in _ADDS and isinstance(added, ast.List | ast.Tuple | ast.Attribute | ast.Constant):
                yield call, added, _ADDS[method]
            case ast.Expr(
                value=ast.Call(func=ast.Name(id=grower), args=[ast.Name() as module], keywords=[]) as call
            ) if grower in growers:
                yield call, module, _OF_MODULE
            case ast.If() | ast.Try() | ast.With():
                for part in ("body", "handlers", "orelse", "finalbody"):
                    for inner in getattr(node, part, ()):
                        block = inner.body if isinstance(inner, ast.ExceptHandler) else [inner]
                        yield from _additions(block, depth + 1, growers)


def _span(node: ast.expr, starts: Sequence[int]) -> tuple[int, int]:
    """Return where an expression begins and ends, in bytes."""
    end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
    return starts[node.lineno - 1] + node.col_offset, end
