"""Loops and comprehensions over lists that the source tells, and the operations that such lists come from."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from corpora.python.applied.scope import EvaluationScope

_MAX_STEPS: Final = 5_000  # of all loops for one docstring
_MAX_ITEMS: Final = 100  # of one loop

Evaluate = Callable[[ast.expr, EvaluationScope], object]
"""Returns the value of an expression, None if it is not known."""


def items_of(iterable: ast.expr, scope: EvaluationScope, evaluate: Evaluate) -> list[object]:
    """Return what a loop goes through; of `table.items()`, lists of two; nothing if it is not known."""
    if scope.steps[0] > _MAX_STEPS:
        return []
    match iterable:
        case ast.Call(func=ast.Attribute(value=holder, attr="items"), args=[]):
            table = evaluate(holder, scope)
            found: object = [*map(list, table.items())] if isinstance(table, Mapping) else None
        case _:
            found = evaluate(iterable, scope)
    return [*found][:_MAX_ITEMS] if isinstance(found, list | tuple | Mapping) else []


def bind_item(target: ast.expr, item: object, scope: EvaluationScope) -> None:
    """Give the variables of a loop their values for one item."""
    match target:
        case ast.Name(id=name):
            scope.local[name] = item
        case ast.Tuple(elts=parts) if isinstance(item, list | tuple):
            names = [part.id for part in parts if isinstance(part, ast.Name)]
            scope.local |= dict(zip(names, item, strict=False))


def comprehended(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: EvaluationScope, evaluate: Evaluate
) -> list[object] | None:
    """Return what a comprehension of one loop makes; None if a condition of it is not known."""
    if len(node.generators) != 1:
        return None
    (loop,) = node.generators
    inner = scope.elsewhere(scope.module, scope.qualifier)
    inner.local |= scope.local
    values: list[object] = []
    for item in items_of(loop.iter, scope, evaluate):
        bind_item(loop.target, item, inner)
        conditions = [evaluate(condition, inner) for condition in loop.ifs]
        if None in conditions:
            return None
        if all(conditions):
            values.append(evaluate(node.elt, inner))
    return values


def compared(left: object, by: ast.cmpop, right: object) -> bool | None:
    """Return the result of `==`, `!=`, `in` or `not in`; None if a side is not known."""
    if left is None or right is None:
        return None
    match by:
        case ast.Eq() | ast.NotEq():
            return (left == right) is isinstance(by, ast.Eq)
        case ast.In() | ast.NotIn() if isinstance(right, list | tuple | Mapping):
            return (left in right) is isinstance(by, ast.In)
    return None


def joined(by: ast.operator, left: Sequence[object], right: Sequence[object]) -> list[object] | None:
    """Return `left + right` of lists, or what `|`, `-` and `&` make of sets, which are lists here."""
    match by:
        case ast.Add() | ast.BitOr():
            return [*left, *right]
        case ast.Sub():
            return [one for one in left if one not in right]
        case ast.BitAnd():
            return [one for one in left if one in right]
    return None
