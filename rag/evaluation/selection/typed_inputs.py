"""Calls of a function that are made up from the types of its parameters."""

import ast
import random
from collections.abc import Callable, Sequence

from rag.evaluation.selection.syntax import parsed

_CALLS = 30
_MOST_ITEMS = 5
_WHOLE = (0, 1, 2, 3, 4, 5, 7, 10, 12, 100, -1, -3)  # small numbers distinguish programs best
_WORDS = ("", "a", "ab", "aba", "hello world", "Hello", "12", "a,b", "xyz xyz", "([])")
_UNKNOWN = ("int", "str", "list[int]", "list[str]", "float")
_ALIASES = {"List": "list", "Sequence": "list", "Iterable": "list", "Tuple": "tuple", "Dict": "dict"}
_ALIASES |= {"Set": "set", "Mapping": "dict"}

Maker = Callable[[random.Random, Sequence[ast.expr]], str]
"""Return the source of a value, given the arguments of its type, such as `int` for `list[int]`."""


def typed_calls(function: str, programs: Sequence[str]) -> list[str]:
    """Return up to 30 different calls of `function`, always the same, by its signature in the first program.

    A parameter without a type gets values of several types; one with a default is sometimes left out.
    """
    parameters = next(filter(None, (_parameters(function, program) for program in programs)), None)
    if parameters is None:
        return []
    lots = random.Random(function)
    return list(dict.fromkeys(_call(function, parameters, lots) for _ in range(_CALLS)))


def _parameters(function: str, program: str) -> ast.arguments | None:
    tree = parsed(program)
    for node in reversed(tree.body if tree else []):  # the last definition is the one that is called
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return node.args
    return None


def _call(function: str, parameters: ast.arguments, lots: random.Random) -> str:
    positional = [*parameters.posonlyargs, *parameters.args]
    needed = len(positional) - len(parameters.defaults)
    given = positional[: lots.randint(needed, len(positional))]
    values = [_value(lots, parameter.annotation) for parameter in given]
    for parameter, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True):
        if default is None:
            values.append(f"{parameter.arg}={_value(lots, parameter.annotation)}")
    return f"{function}({', '.join(values)})"


def _value(lots: random.Random, annotation: ast.expr | None) -> str:
    """Return the source of a value of the annotated type, or of any type where that is not known."""
    if isinstance(annotation, ast.Constant) and annotation.value is None:
        return "None"
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):  # "list[int]"
        tree = parsed(annotation.value)
        annotation = tree.body[0].value if tree and isinstance(tree.body[0], ast.Expr) else None
    if isinstance(annotation, ast.BinOp):  # int | None
        return _value(lots, lots.choice([annotation.left, annotation.right]))
    arguments: Sequence[ast.expr] = ()
    if isinstance(annotation, ast.Subscript):
        inner = annotation.slice
        arguments = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        annotation = annotation.value
    name = ast.unparse(annotation).rpartition(".")[2] if annotation else ""
    make = _MAKERS.get(_ALIASES.get(name, name))
    if make is None:
        return _value(lots, ast.parse(lots.choice(_UNKNOWN), mode="eval").body)
    return make(lots, arguments)


def _items(lots: random.Random, arguments: Sequence[ast.expr]) -> str:
    kind = arguments[0] if arguments else ast.Name(lots.choice(("int", "str")))
    return ", ".join(_value(lots, kind) for _ in range(lots.randint(0, _MOST_ITEMS)))


def _tuple(lots: random.Random, arguments: Sequence[ast.expr]) -> str:
    endless = any(isinstance(kind, ast.Constant) and kind.value is Ellipsis for kind in arguments)
    if endless or not arguments:
        return f"tuple([{_items(lots, arguments)}])"
    return "(" + "".join(f"{_value(lots, kind)}, " for kind in arguments) + ")"


def _dict(lots: random.Random, arguments: Sequence[ast.expr]) -> str:
    keys, values = arguments if len(arguments) == 2 else (ast.Name("str"), ast.Name("int"))
    pairs = (f"{_value(lots, keys)}: {_value(lots, values)}" for _ in range(lots.randint(0, _MOST_ITEMS)))
    return "{" + ", ".join(pairs) + "}"


_MAKERS: dict[str, Maker] = {
    "int": lambda lots, _: repr(lots.choice(_WHOLE)),
    "float": lambda lots, _: repr(lots.choice(_WHOLE) / lots.choice((1, 2, 4))),
    "bool": lambda lots, _: repr(lots.choice((True, False))),
    "str": lambda lots, _: repr(lots.choice(_WORDS)),
    "bytes": lambda lots, _: repr(lots.choice(_WORDS).encode()),
    "list": lambda lots, arguments: f"[{_items(lots, arguments)}]",
    "set": lambda lots, arguments: f"set([{_items(lots, arguments)}])",
    "tuple": _tuple,
    "dict": _dict,
    "Optional": lambda lots, arguments: _value(lots, lots.choice([*arguments, ast.Constant(None)])),
    "Union": lambda lots, arguments: _value(lots, lots.choice(list(arguments))),
}
