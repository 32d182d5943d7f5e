"""Whether the arguments of a call fit a signature of what is called."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from corpora.api.signature import Parameter, Signature
from rag.checking.finding import brief_name


@dataclass(frozen=True, slots=True)
class ArgumentProblem:
    """An argument that no signature takes, or that each of them needs.

    Attributes:
        rule: `unknown-parameter`, `too-many-arguments` or `missing-argument`.
        name: of the parameter; empty for an argument too many.
        node: where it is.
        most: positional arguments that are taken; for an argument too many.
    """

    rule: str
    name: str
    node: ast.AST
    most: int = 0

    def message(self, called: str) -> str:
        """Return what is wrong, in a sentence; `called` is the name of what is called."""
        shown = brief_name(called)
        messages = {
            "unknown-parameter": f"{shown!r} has no parameter {brief_name(self.name)!r}",
            "missing-argument": f"{shown!r} needs an argument for {brief_name(self.name)!r}",
            "too-many-arguments": f"{shown!r} takes at most {self.most} positional arguments",
        }
        return messages[self.rule]


def argument_problems(
    call: ast.Call, signatures: Sequence[Signature], *, is_unbound: bool = False
) -> list[ArgumentProblem]:
    """Return what is wrong with the arguments of a call; nothing where a signature may take them.

    Args:
        call: the call.
        signatures: overloads of what is called, as users call it.
        is_unbound: whether it is a method that is called on its class, so that an object comes first.
    """
    if not signatures:
        return []
    keywords = [keyword for keyword in call.keywords if keyword.arg is not None]
    unknown = [
        ArgumentProblem("unknown-parameter", keyword.arg or "", keyword)
        for keyword in keywords
        if not any(_takes(signature, keyword.arg or "") for signature in signatures)
    ]
    if unknown or is_unbound or any(isinstance(argument, ast.Starred) for argument in call.args):
        return unknown
    most = [_most_positional(signature) for signature in signatures]
    if None not in most and len(call.args) > (limit := max(count for count in most if count is not None)):
        return [ArgumentProblem("too-many-arguments", "", call.args[limit], limit)]
    if len(keywords) < len(call.keywords):  # **options may hold anything
        return []
    given = {keyword.arg for keyword in keywords}
    missing = [_missing(signature, len(call.args), given) for signature in signatures]
    shared = [name for name in missing[0] if all(name in names for names in missing)]
    return [ArgumentProblem("missing-argument", name, call) for name in shared[:1]]


def argument_for(call: ast.Call, name: str, place: int) -> ast.expr | None:
    """Return what a call passes for a parameter; None for nothing, and `...` if that is in doubt.

    Args:
        call: the call.
        name: of the parameter.
        place: its number among those that are given by position; -1 if it is given by name only.
    """
    if any(isinstance(one, ast.Starred) for one in call.args) or any(not one.arg for one in call.keywords):
        return ast.Constant(value=...)
    by_name = next((one.value for one in call.keywords if one.arg == name), None)
    return call.args[place] if 0 <= place < len(call.args) else by_name


def default_of(parameter: ast.arg, arguments: ast.arguments) -> ast.expr | None:
    """Return the default of a parameter that is no positional-only one; None if it has none."""
    if parameter in arguments.kwonlyargs:
        return arguments.kw_defaults[arguments.kwonlyargs.index(parameter)]
    number = arguments.args.index(parameter) - len(arguments.args) + len(arguments.defaults)
    return arguments.defaults[number] if number >= 0 else None


def _takes(signature: Signature, name: str) -> bool:
    return any(
        parameter.kind == "variadic keyword"
        or (parameter.name == name and parameter.kind in {"positional or keyword", "keyword only"})
        for parameter in signature.parameters
    )


def _most_positional(signature: Signature) -> int | None:
    """Return how many positional arguments are taken; None for any number."""
    if any(parameter.kind == "variadic positional" for parameter in signature.parameters):
        return None
    return len(_positional(signature))


def _positional(signature: Signature) -> list[Parameter]:
    return [
        parameter
        for parameter in signature.parameters
        if parameter.kind in {"positional only", "positional or keyword"}
    ]


def _missing(signature: Signature, count: int, given: set[str | None]) -> list[str]:
    by_position = {parameter.name for parameter in _positional(signature)[:count]}
    return [
        parameter.name
        for parameter in signature.parameters
        if parameter.is_required and parameter.name not in by_position and parameter.name not in given
    ]
