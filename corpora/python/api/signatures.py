"""The signatures of functions as users call them, from griffe's parameters or a call as it is written."""

import ast
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import griffe

from corpora.api.signature import MAX_DEFAULT_CHARS, Parameter, ParameterKind, Signature
from corpora.syntax.parse_python import parse_python

_MAX_OVERLOADS: Final = 20
_MAX_PARAMETERS: Final = 200
_MAX_ANNOTATION_CHARS: Final = 400
_KINDS: Final[dict[griffe.ParameterKind | None, ParameterKind]] = {
    griffe.ParameterKind.positional_only: "positional only",
    griffe.ParameterKind.positional_or_keyword: "positional or keyword",
    griffe.ParameterKind.var_positional: "variadic positional",
    griffe.ParameterKind.keyword_only: "keyword only",
    griffe.ParameterKind.var_keyword: "variadic keyword",
    None: "positional or keyword",
}


def unparsed(node: ast.expr | None, most: int = _MAX_ANNOTATION_CHARS) -> str:
    """Return an expression on one line of at most `most` characters; `...` if it is nested too deep."""
    if node is None:
        return ""
    try:
        return " ".join(ast.unparse(node).split())[:most]
    except RecursionError:  # `1 + 1 + 1 + ...`, which the parser takes
        return "..."


def expression_text(value: str | griffe.Expr | None, most: int = _MAX_ANNOTATION_CHARS) -> str:
    """Return an expression as it is written, on one line of at most `most` characters."""
    if value is None:
        return ""
    try:
        text = str(value)
    except (RecursionError, ValueError):
        return ""
    shown = " ".join(text.split()) if "\n" in text or len(text) > most else text
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."


def signatures_of(function: griffe.Function, *, is_bound: bool) -> tuple[Signature, ...]:
    """Return the overloads of a function, or its one signature.

    Args:
        function: with overloads only where a stub or a module declares them.
        is_bound: whether the first parameter is left out, since Python gives it.
    """
    is_stub = isinstance(function.filepath, Path) and function.filepath.suffix == ".pyi"
    overloads = function.overloads if is_stub else None
    # An implementation in a module shows the general call, its overloads the types that go together.
    ways = (overloads or [function])[:_MAX_OVERLOADS]
    return tuple(dict.fromkeys(signature_of_function(one, is_bound=is_bound) for one in ways))


def signature_of_function(function: griffe.Function, *, is_bound: bool) -> Signature:
    """Return the signature of one declaration."""
    parameters = [_parameter(one) for one in [*function.parameters][:_MAX_PARAMETERS]]
    return Signature(_bound(parameters) if is_bound else tuple(parameters), expression_text(function.returns))


def _parameter(given: griffe.Parameter) -> Parameter:
    kind = _KINDS[given.kind]
    default = None if given.default is None else expression_text(given.default, MAX_DEFAULT_CHARS)
    if kind.startswith("variadic"):
        default = None  # (griffe writes `()` and `{}`)
    if kind == "positional or keyword" and given.name.startswith("__") and not given.name.endswith("__"):
        kind = "positional only"  # as it was written before Python 3.8
    return Parameter(given.name.lstrip("*"), kind, default, expression_text(given.annotation))


def _bound(parameters: Sequence[Parameter]) -> tuple[Parameter, ...]:
    """Return parameters without the first one, unless that takes the others too (`*args`)."""
    if not parameters or parameters[0].kind in {"variadic positional", "variadic keyword", "keyword only"}:
        return tuple(parameters)
    return tuple(parameters[1:])


def signature_of_call(call: str) -> tuple[Signature, ...]:
    """Return the signature in `sqrt(x, /)` or `class array(object, dtype=None) -> array`.

    Nothing where it cannot be parsed: `f(...)`, `range(start[, stop])`.
    """
    _, paren, rest = call.removeprefix("class ").partition("(")
    if not paren or rest.startswith("..."):
        return ()
    tree = parse_python(f"def f({rest}: pass")
    node = tree.body[0] if tree and tree.body else None
    if not isinstance(node, ast.FunctionDef):
        return ()
    return (Signature(tuple(_of_arguments(node.args)), unparsed(node.returns)),)


def _of_arguments(given: ast.arguments) -> Iterable[Parameter]:
    positional = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(positional) - len(given.defaults)) + [*given.defaults]
    for number, (one, default) in enumerate(zip(positional, defaults, strict=True)):
        kind: ParameterKind = "positional or keyword"
        yield _of_argument(one, "positional only" if number < len(given.posonlyargs) else kind, default)
    if given.vararg:
        yield _of_argument(given.vararg, "variadic positional", None)
    for one, keyword_default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _of_argument(one, "keyword only", keyword_default)
    if given.kwarg:
        yield _of_argument(given.kwarg, "variadic keyword", None)


def _of_argument(given: ast.arg, kind: ParameterKind, default: ast.expr | None) -> Parameter:
    value = None if default is None else unparsed(default, MAX_DEFAULT_CHARS)
    return Parameter(given.arg, kind, value, unparsed(given.annotation))
