"""The parameters that a function gives a value of its own where they are None: `if prefix is None: ...`."""

import ast
from collections.abc import Iterator
from typing import Final

from corpora.python.api.bodies.local_names import parameters_of
from corpora.python.api.bodies.statements import statements_of
from corpora.python.applied.notes import FunctionNode

_MAX_STATEMENTS: Final = 5_000


def filled_parameters(node: FunctionNode) -> tuple[str, ...]:
    """Return the parameters that a function assigns to where they are None, sorted."""
    parameters = parameters_of(node.args)
    filled: set[str] = set()
    for statement, _ in zip(statements_of(node.body), range(_MAX_STATEMENTS), strict=False):
        filled |= parameters.intersection(_filled(statement))
    return tuple(sorted(filled))


def _filled(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.If(test=test, body=body):
            for name in _asked(test):
                if any(_assigns(one, name) for one in body):
                    yield name
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            if name in _asked(value.test if isinstance(value, ast.IfExp) else value):
                yield name


def _asked(test: ast.expr) -> Iterator[str]:
    """Yield the name in `name is None`, `name is not None`, `not name` and `name or ...`."""
    match test:
        case ast.Compare(
            left=ast.Name(id=name), ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]
        ):
            yield name
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)):
            yield name
        case ast.BoolOp(op=ast.Or(), values=[ast.Name(id=name), *_]):
            yield name


def _assigns(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)):
            return target == name
    return False
