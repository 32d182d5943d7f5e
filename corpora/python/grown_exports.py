"""Modules that add to their `__all__` by its methods, read as if they did it by `+=`.

`__all__.extend(core.__all__)` says as much as `__all__ += core.__all__`, of which griffe follows the latter.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from corpora.syntax.parse_python import parse_python

_ADDS: Final = {"extend": ("(", ")"), "append": ("[", "]")}
_MAX_DEPTH: Final = 20  # of blocks in blocks


def with_plain_exports(source: str) -> str:
    """Return `source` with `__all__ += ...` for `__all__.extend(...)` and `.append(...)`; lines stay.

    Calls in functions stay as they are: nobody knows whether they run.
    """
    if not any(f"__all__.{method}(" in source for method in _ADDS):
        return source
    tree = parse_python(source)
    found = [*_additions(tree.body, 0)] if tree is not None else []
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


def _additions(body: Sequence[ast.stmt], depth: int) -> Iterator[tuple[ast.Call, ast.expr, tuple[str, str]]]:
    """Yield the calls that add to `__all__`, with what they add, in their order."""
    for node in body if depth < _MAX_DEPTH else ():
        match node:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id="__all__"), attr=method), args=[added], keywords=[]
                ) as call
            ) if method in _ADDS and isinstance(added, ast.List | ast.Tuple | ast.Attribute | ast.Constant):
                yield call, added, _ADDS[method]
            case ast.If() | ast.Try() | ast.With():
                for part in ("body", "handlers", "orelse", "finalbody"):
                    for inner in getattr(node, part, ()):
                        block = inner.body if isinstance(inner, ast.ExceptHandler) else [inner]
                        yield from _additions(block, depth + 1)


def _span(node: ast.expr, starts: Sequence[int]) -> tuple[int, int]:
    """Return where an expression begins and ends, in bytes."""
    end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
    return starts[node.lineno - 1] + node.col_offset, end
