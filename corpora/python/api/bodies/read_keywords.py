"""The keywords out of `**kwargs` that a function reads itself, and those that it warns of as deprecated.

    def dumps(value, **kwargs):
        encoding = kwargs.pop("encoding", None)
        if encoding is not None:
            warnings.warn("'encoding' is deprecated and will be removed", DeprecationWarning)

It takes `encoding`, whatever becomes of the other keywords.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from corpora.python.api.bodies.statements import statements_of
from corpora.python.applied.notes import FunctionNode
from corpora.syntax.dotted_name import dotted_name

_MAX_NODES: Final = 20_000  # of a function
_MAX_READ: Final = 60
_MAX_DEPTH: Final = 20  # of the expression of a message
_MAX_SAID: Final = 500  # characters of a warning
_READS: Final = frozenset({"pop", "get", "setdefault"})
_WARNS: Final = re.compile(r"warn|deprecat", re.IGNORECASE)
_DEPRECATES: Final = re.compile(r"deprecat|futurewarning", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReadKeywords:
    """The keywords that a function reads out of its `**kwargs`.

    Attributes:
        names: of all of them, in their order.
        deprecated: those that it warns of, with what it says.
    """

    names: tuple[str, ...] = ()
    deprecated: Mapping[str, str] = field(default_factory=dict)


def read_keywords(node: FunctionNode) -> ReadKeywords:
    """Return the keywords that a function reads out of its `**kwargs` by name."""
    if node.args.kwarg is None:
        return ReadKeywords()
    stars = node.args.kwarg.arg
    names: dict[str, None] = {}
    held: dict[str, str] = {}
    for part in _nodes(node.body):
        if name := _read(part, stars):
            names[name] = None
        match part:
            case (
                ast.Assign(targets=[ast.Name(id=variable)], value=value)
                | ast.AnnAssign(target=ast.Name(id=variable), value=value)
                | ast.NamedExpr(target=ast.Name(id=variable), value=value)
            ) if value is not None and (name := _read(value, stars)):
                held[variable] = name
    found = tuple(names)[:_MAX_READ]
    return ReadKeywords(found, dict(_warned(node, held, frozenset(found))) if found else {})


def _nodes(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    number = 0
    for statement in body:
        for node in ast.walk(statement):
            number += 1
            if number > _MAX_NODES:
                return
            yield node


def _read(node: ast.AST, stars: str) -> str:
    """Return the keyword in `kwargs.pop("x")`, `kwargs["x"]` or `"x" in kwargs`; empty for anything else."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr=verb), args=[ast.Constant(value=str(key)), *_]
        ) if verb in _READS:
            return key if name == stars else ""
        case ast.Subscript(
            value=ast.Name(id=name), slice=ast.Constant(value=str(key)), ctx=ast.Load() | ast.Del()
        ):
            return key if name == stars else ""
        case ast.Compare(
            left=ast.Constant(value=str(key)), ops=[ast.In() | ast.NotIn()], comparators=[ast.Name(id=name)]
        ):
            return key if name == stars else ""
    return ""


def _warned(node: FunctionNode, held: Mapping[str, str], names: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the keywords on which a branch depends that warns of them by their names."""
    for statement in statements_of(node.body):
        if not isinstance(statement, ast.If):
            continue
        asked = {held.get(one.id, "") for one in ast.walk(statement.test) if isinstance(one, ast.Name)}
        asked |= {str(one.value) for one in ast.walk(statement.test) if isinstance(one, ast.Constant)}
        for said in map(_warning, statements_of(statement.body)) if asked & names else ():
            words = {*re.findall(r"\w+", said)}
            yield from ((name, said) for name in sorted(asked & names & words))


def _warning(statement: ast.stmt) -> str:
    """Return what a statement warns of as deprecated; empty if it does not."""
    match statement:
        case ast.Expr(value=ast.Call(func=function, args=[message, *others], keywords=keywords)):
            called = dotted_name(function).rpartition(".")[2]
        case _:
            return ""
    if not _WARNS.search(called):
        return ""
    said = " ".join(_text(message).split())[:_MAX_SAID]
    category = " ".join(dotted_name(one) for one in (*others, *(each.value for each in keywords)))
    return said if _DEPRECATES.search(f"{called} {category} {said}") else ""


def _text(message: ast.expr, depth: int = 0) -> str:
    """Return the constant parts of a message."""
    if depth > _MAX_DEPTH:
        return ""
    match message:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, depth + 1) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left, depth + 1) + _text(right, depth + 1)
        case ast.BinOp(left=form, op=ast.Mod()) | ast.Call(func=ast.Attribute(value=form, attr="format")):
            return _text(form, depth + 1)
    return ""
