"""What functions return, where each `return` shows it: an object that a call makes, or their own object."""

import ast
from typing import Final

from corpora.python.api.bodies.local_names import Called, LocalNames
from corpora.python.api.bodies.statements import statements_of
from corpora.python.applied.notes import FunctionNode

_MAX_RETURNS: Final = 12
_MAX_NODES: Final = 5_000  # of a function
_MAX_STEPS: Final = 4  # from name to name
_TOLD: Final = (ast.Call, ast.Name, ast.Attribute)


def returned_values(node: FunctionNode) -> tuple[Called, ...]:
    """Return the calls whose results a function returns, besides None; nothing if it may return more.

    `return self` is a call of its object without a name. What has an annotation, is a coroutine or a
    generator is left out.
    """
    if node.returns is not None or isinstance(node, ast.AsyncFunctionDef):
        return ()
    values: list[ast.expr] = []
    for statement in statements_of(node.body):
        if isinstance(statement, ast.Return) and statement.value is not None:
            values += _choices(statement.value)
        elif isinstance(statement, ast.Match | ast.TryStar):
            return ()
    values = [one for one in values if not (isinstance(one, ast.Constant) and one.value is None)]
    if not 0 < len(values) <= _MAX_RETURNS or not all(isinstance(one, _TOLD) for one in values):
        return ()
    nodes = [part for statement in node.body for part in ast.walk(statement)]
    if len(nodes) > _MAX_NODES or any(isinstance(one, ast.Yield | ast.YieldFrom) for one in nodes):
        return ()
    names = LocalNames(node, nodes)
    found = [made for value in values for made in _made_by(value, names, 0)]
    return () if None in found else tuple(dict.fromkeys(one for one in found if one is not None))


def values_set(node: FunctionNode, first: str) -> dict[str, list[Called | None]]:
    """Return what a method sets attributes of its object to, `self.pot = Pot(3)`; None for what is not told.

    Args:
        node: the method.
        first: name of its first parameter.
    """
    nodes = [part for statement in node.body for part in ast.walk(statement)]
    if len(nodes) > _MAX_NODES:
        return {}
    names = LocalNames(node, nodes)
    found: dict[str, list[Called | None]] = {}
    alone: set[ast.AST] = set()
    for part in nodes:
        match part:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name), attr=attr) as target]):
                if name == first:
                    alone.add(target)
                    made = [one for choice in _choices(part.value) for one in _made_by(choice, names, 0)]
                    found.setdefault(attr, []).extend(made)
    for part in nodes:
        match part:
            case ast.Attribute(value=ast.Name(id=name), attr=attr, ctx=ast.Store()) if part not in alone:
                if name == first:
                    found.setdefault(attr, []).append(None)
    return found


def _own_object(value: ast.expr | None, names: LocalNames) -> Called | None:
    """Return what `self` or `self.name` is; None for any other value."""
    match value:
        case ast.Name(id="self") if names.is_self("self"):
            return Called("self", "")
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if names.is_self(name):
            return Called("held", attr)
    return None


def _choices(value: ast.expr) -> list[ast.expr]:
    """Return the values of `a if x else b` and `a or b`, or a value alone."""
    if isinstance(value, ast.IfExp):
        return [*_choices(value.body), *_choices(value.orelse)]
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        return [choice for one in value.values for choice in _choices(one)]
    return [value]


def _made_by(value: ast.expr | None, names: LocalNames, steps: int) -> list[Called | None]:
    """Return what makes a value; None for what is not told."""
    if isinstance(value, ast.Call):
        return [names.called(value.func)]
    if isinstance(value, ast.Constant) and value.value is None:
        return []
    own = _own_object(value, names)
    if own is not None or not isinstance(value, ast.Name) or steps > _MAX_STEPS:
        return [own]
    if value.id in names.parameters or value.id not in names.assigned:
        return [None]
    parts = [part for one in names.assigned[value.id] for part in (_choices(one) if one else [None])]
    return [made for part in parts for made in _made_by(part, names, steps + 1)]
