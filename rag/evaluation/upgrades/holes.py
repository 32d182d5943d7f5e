"""The use of an API in an example, cut out: what is left calls a function that an answer has to write."""

import ast
import builtins
import keyword
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rag.evaluation.upgrades.records import ApiCandidate

SOLUTION: Final = "solution"
"""The name of the function that an answer writes."""
OPTION: Final = "option"
"""The name by which a task knows a parameter that is new."""
_MOST_ARGUMENTS: Final = 8
_UNPARSABLE: Final = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True, slots=True)
class Hole:
    """A statement whose use of an API is replaced by a call of `SOLUTION`.

    Attributes:
        statement: with the call.
        parameters: of the function.
        reference: the expression that it returns.
        bare: the same without the parameter that is new; empty if there is none.
        needed: names that the statement reads.
        read: names that the reference reads beside its parameters.
        bound: names that the statement assigns.
    """

    statement: str
    parameters: tuple[str, ...]
    reference: str
    bare: str
    needed: frozenset[str]
    read: frozenset[str]
    bound: frozenset[str]


def statement_of(source: str) -> ast.stmt | None:
    """Return the one statement of an example; None if it is not one statement that can be parsed."""
    if len(source) > 4_000:
        return None
    try:
        body = ast.parse(source).body
    except _UNPARSABLE:
        return None
    return body[0] if len(body) == 1 else None


def names_read(node: ast.AST) -> frozenset[str]:
    """Return the names that code reads and does not bind itself, builtins left out."""
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    inner = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
    inner |= {
        name.id
        for one in ast.walk(node)
        if isinstance(one, ast.comprehension)
        for name in ast.walk(one.target)
        if isinstance(name, ast.Name)
    }
    if isinstance(node, ast.For | ast.With | ast.FunctionDef | ast.ClassDef):
        inner |= names_bound(node)  # `for call in calls: print(call)` needs only `calls`
    read = {one.id for one in names if isinstance(one.ctx, ast.Load)}
    return frozenset(read - inner - set(dir(builtins)))


def names_bound(node: ast.stmt) -> frozenset[str]:
    """Return the names that a statement binds at its own level, imports and definitions among them."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return frozenset((one.asname or one.name).partition(".")[0] for one in node.names)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return frozenset({node.name})
    stored = (one for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
    return frozenset(one.id for one in stored)


def uses_name(node: ast.AST, name: str) -> bool:
    """Return whether code uses a name, as a name of its own or of a member, or imports it."""
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and one.id == name:
            return True
        if isinstance(one, ast.Attribute) and one.attr == name:
            return True
        if isinstance(one, ast.alias) and one.name.rpartition(".")[2] == name:
            return True
    return False


def hole_in(node: ast.stmt, candidate: ApiCandidate, local: Collection[str]) -> Hole | str:
    """Cut the first use of an API out of a statement, or return why that cannot be done.

    Args:
        node: the statement, which is changed.
        candidate: the API.
        local: names that earlier examples assign, imports left out.
    """
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return "its example only defines or imports"
    use = next((one for one in ast.walk(node) if _is_use(one, candidate, local)), None)
    if use is None:
        return "no example uses it in a call" if not candidate.parameter else "no example uses the parameter"
    if isinstance(use, ast.Call) and _is_unpacked(use):
        return "its call unpacks arguments"
    return _cut(node, use, candidate, local)


def _is_unpacked(use: ast.Call) -> bool:
    stars = [one for one in use.args if isinstance(one, ast.Starred)]
    stars_too = [one for one in use.keywords if one.arg is None]
    return bool(stars or stars_too) or len(use.args) + len(use.keywords) > _MOST_ARGUMENTS


def _is_use(node: ast.AST, candidate: ApiCandidate, local: Collection[str]) -> bool:
    """Return whether a node is a use of the API: a call, or for a property the attribute."""
    if not candidate.is_called:
        is_load = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
        return is_load and isinstance(node, ast.Attribute) and node.attr == candidate.own_name
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    if isinstance(function, ast.Attribute):
        if function.attr != candidate.own_name:
            return False
        if not candidate.holder and _root(function) in {"", *local}:
            return False  # a method of something, of the same name
    elif not (isinstance(function, ast.Name) and function.id == candidate.own_name and not candidate.holder):
        return False
    return not candidate.parameter or _gives(node, candidate)


def _gives(call: ast.Call, candidate: ApiCandidate) -> bool:
    """Return whether a call gives the parameter that is new, by its name or its place."""
    if any(one.arg == candidate.parameter for one in call.keywords):
        return True
    names = candidate.parameters
    return candidate.parameter in names and names.index(candidate.parameter) < len(call.args)


def _root(node: ast.expr) -> str:
    """Return the name that a chain of attributes begins with; empty if it begins with something else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


class _Replace(ast.NodeTransformer):
    """Replaces one node."""

    def __init__(self, old: ast.AST, new: ast.expr) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def _cut(node: ast.stmt, use: ast.AST, candidate: ApiCandidate, local: Collection[str]) -> Hole:
    given: list[ast.expr] = []
    names: list[str] = []

    def hoisted(value: ast.expr, name: str) -> ast.expr:
        given.append(value)
        names.append(_free_name(value, name, names))
        return ast.Name(names[-1], ast.Load())

    function = use.func if isinstance(use, ast.Call) else use
    assert isinstance(function, ast.Name | ast.Attribute)
    if isinstance(function, ast.Attribute) and candidate.holder:
        if _root(function.value) in {"", *local}:  # else a class, which the function knows itself
            holder = candidate.holder.rpartition(".")[2].lower()
            function = ast.Attribute(hoisted(function.value, holder), function.attr, ast.Load())
    elif isinstance(function, ast.Name):
        # The name by which users import it, so that the import of the library is enough.
        function = _dotted(candidate.name)
    reference: ast.expr = function
    bare = ""
    if isinstance(use, ast.Call):
        args = [hoisted(one, name) for one, name in _named(use.args, candidate)]
        keywords = [
            ast.keyword(one.arg, hoisted(one.value, _known_as(one.arg or "", candidate)))
            for one in use.keywords
        ]
        reference = ast.Call(function, args, keywords)
        bare = _without_option(function, args, keywords, candidate)
    call = ast.Call(ast.Name(SOLUTION, ast.Load()), given, [])
    statement = _Replace(use, call).visit(node)
    assert isinstance(statement, ast.stmt)
    return Hole(
        ast.unparse(ast.fix_missing_locations(statement)),
        tuple(names),
        ast.unparse(ast.fix_missing_locations(reference)),
        bare,
        names_read(statement) - {SOLUTION},
        names_read(reference) - {*names},
        names_bound(statement),
    )


def _dotted(name: str) -> ast.Name | ast.Attribute:
    first, *rest = name.split(".")
    node: ast.Name | ast.Attribute = ast.Name(first, ast.Load())
    for part in rest:
        node = ast.Attribute(node, part, ast.Load())
    return node


def _named(args: Sequence[ast.expr], candidate: ApiCandidate) -> Iterator[tuple[ast.expr, str]]:
    """Yield positional arguments with the names of their parameters."""
    for number, one in enumerate(args):
        known = candidate.parameters[number] if number < len(candidate.parameters) else f"value{number + 1}"
        yield one, _known_as(known, candidate)


def _known_as(name: str, candidate: ApiCandidate) -> str:
    """Return the name by which a task knows a parameter."""
    return OPTION if name == candidate.parameter else name


def _without_option(
    function: ast.expr, args: Sequence[ast.expr], keywords: Sequence[ast.keyword], candidate: ApiCandidate
) -> str:
    """Return the call without the parameter that is new, and what follows it; empty if there is none."""
    if not candidate.parameter:
        return ""
    kept = [one for one in keywords if one.arg != candidate.parameter]
    positional = [*args]
    if len(kept) == len(keywords):
        place = candidate.parameters.index(candidate.parameter)
        positional = positional[:place]
    return ast.unparse(ast.fix_missing_locations(ast.Call(function, positional, kept)))


def _free_name(value: ast.expr, name: str, taken: Iterable[str]) -> str:
    """Return a name for a parameter: that of a variable that is given, else `name`; numbered if taken."""
    if isinstance(value, ast.Name) and name != OPTION and value.id not in dir(builtins):
        name = value.id
    name = name.lstrip("_") or "value"
    name = f"{name}_" if keyword.iskeyword(name) or not name.isidentifier() else name
    number, free = 1, name
    while free in taken or free == SOLUTION:
        number += 1
        free = f"{name}{number}"
    return free
