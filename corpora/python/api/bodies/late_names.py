"""Names that a module imports for type checkers alone, while its functions use them when they run.

Another module sets them then:

    if TYPE_CHECKING:
        from . import lambdas
    def coerce(element):
        return lambdas.Element(element)
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from corpora.python.api.bodies.local_names import parameters_of
from corpora.python.applied.notes import FunctionNode

_MAX_NODES: Final = 200_000  # of a module


def names_set_later(body: Sequence[ast.stmt], names: set[str]) -> set[str]:
    """Return those of some names that functions use when they run, and do not bind themselves.

    Args:
        body: of a module or class.
        names: that it binds for type checkers.
    """
    found: set[str] = set()
    for function in _functions(body) if names else ():
        nodes = [*_nodes_that_run(function)]
        bound = {name for node in nodes for name in _bound(node)}
        used = {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
        found |= (names & used) - bound
    return found


def _functions(body: Sequence[ast.stmt]) -> Iterator[FunctionNode]:
    """Yield the functions of a body, and those of its classes; not those in functions."""
    for node in body:
        if isinstance(node, FunctionNode):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from (one for one in node.body if isinstance(one, FunctionNode))


def _nodes_that_run(function: FunctionNode) -> Iterator[ast.AST]:
    """Yield the nodes of a function without annotations."""
    todo: list[ast.AST] = [function]
    for _ in range(_MAX_NODES):
        if not todo:
            return
        node = todo.pop()
        yield node
        match node:
            case ast.AnnAssign(target=target, value=value):
                todo += [target, *([value] if value is not None else [])]
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                todo += [*node.body, *(ast.Name(name, ast.Store()) for name in parameters_of(node.args))]
            case _:
                todo += ast.iter_child_nodes(node)


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from (one.asname or one.name.partition(".")[0] for one in aliases)
