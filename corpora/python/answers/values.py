"""Values that are known without running a program, and operations on them."""

import ast
import operator
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MOST_CHARS: Final = 20_000  # of a text, or items of a table


class Unknown:
    """The value of what cannot be told."""


NOT_KNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module, by its dotted path."""

    path: str


@dataclass(frozen=True, slots=True)
class MemberValue:
    """A member of a module, whatever it is."""

    path: str


@dataclass(frozen=True, slots=True)
class ModuleNames:
    """The names of a module, as `globals()` gives them: what is asked of `__getattr__` is not among them."""


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """A function of the source with the module that it is of, and the names around it."""

    node: ast.FunctionDef
    module: str
    around: Mapping[str, Any]


class Mark:
    """What `object()` makes: equal to nothing but itself, to tell that a default came back."""


class Fails(Exception):
    """The program would raise here.

    Args:
        message: of its exception; empty if it is not known.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


def is_known(value: object) -> bool:
    """Return whether a value is plain data, all of it."""
    if isinstance(value, dict):
        return all(is_known(key) and is_known(item) for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(is_known, value))
    return value is None or isinstance(value, str | int | float | bytes)


_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.eq,
    ast.IsNot: operator.ne,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}


def comparison_of(left: object, how: ast.cmpop, right: object) -> Any:
    """Return the outcome of a comparison, or `NOT_KNOWN`."""
    if isinstance(right, ModuleNames) and isinstance(how, ast.In | ast.NotIn):
        return isinstance(how, ast.NotIn)
    if isinstance(how, ast.Is | ast.IsNot) and right is None and not isinstance(left, Unknown):
        return (left is None) is isinstance(how, ast.Is)
    if isinstance(how, ast.Is | ast.IsNot) and isinstance(right, Mark) and not isinstance(left, Unknown):
        return (left is right) is isinstance(how, ast.Is)
    compare = _COMPARE.get(type(how))
    # Of a table, what its values are does not matter.
    is_table = isinstance(right, dict) and isinstance(how, ast.In | ast.NotIn)
    if compare is None or not is_known(left) or not (is_table or is_known(right)):
        return NOT_KNOWN
    try:
        return compare(left, right)
    except (TypeError, ValueError):
        return NOT_KNOWN


_METHODS: Final[dict[type, frozenset[str]]] = {
    str: frozenset(
        {
            "startswith", "endswith", "strip", "lstrip", "rstrip", "partition", "rpartition", "split",
            "rsplit", "removeprefix", "removesuffix", "lower", "upper", "isupper", "replace", "isidentifier",
        }
    ),
    dict: frozenset({"get", "keys", "values", "items", "copy"}),
    list: frozenset({"index", "count", "copy"}),
    tuple: frozenset({"index", "count"}),
    set: frozenset({"union", "copy"}),
    frozenset: frozenset({"union"}),
}  # fmt: skip


def method_result(value: object, method: str, arguments: list[Any]) -> Any:
    """Return what a method of plain data returns, or `NOT_KNOWN`."""
    if method not in _METHODS.get(type(value), ()) or not all(map(is_known, arguments)):
        return NOT_KNOWN
    if method == "replace" and len(str(value)) * max(map(len, map(str, arguments)), default=1) > MOST_CHARS:
        return NOT_KNOWN
    try:
        found = getattr(value, method)(*arguments)
    except (KeyError, IndexError, ValueError) as error:
        raise Fails from error
    except TypeError:
        return NOT_KNOWN
    return list(found) if method in {"keys", "values", "items"} else found


def formatted(template: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """Return what `str.format` gives of plain data, or `NOT_KNOWN`.

    >>> formatted("np.{n} is {}, {{}}", ["old"], {"n": "float"})
    'np.float is old, {}'
    """
    given = {**{str(place): one for place, one in enumerate(arguments)}, **keywords}
    parts: list[str] = []
    unnumbered = 0
    try:
        for literal, field, how, conversion in string.Formatter().parse(template):
            parts.append(literal)
            if field is None:
                continue
            value = given.get(field or str(unnumbered), NOT_KNOWN)
            unnumbered += not field
            if how or conversion not in {None, "r", "s"} or not is_known(value):
                return NOT_KNOWN
            parts.append(repr(value) if conversion == "r" else str(value))
            if sum(map(len, parts)) > MOST_CHARS:
                return NOT_KNOWN
    except ValueError:
        return NOT_KNOWN
    return "".join(parts)


def sum_of(left: object, how: ast.operator, right: object) -> Any:
    """Return two texts, lists or tables in one, or `NOT_KNOWN`."""
    if isinstance(how, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    if isinstance(how, ast.BitOr) and isinstance(left, set) and isinstance(right, set):
        return left | right
    if isinstance(how, ast.Add):
        if isinstance(left, str) and isinstance(right, str) and len(left) + len(right) <= MOST_CHARS:
            return left + right
        if isinstance(left, list) and isinstance(right, list) and len(left) + len(right) <= MOST_CHARS:
            return [*left, *right]
        if isinstance(left, tuple) and isinstance(right, tuple) and len(left) + len(right) <= MOST_CHARS:
            return (*left, *right)
    return NOT_KNOWN


def bound(target: ast.expr, value: Any) -> dict[str, Any]:
    """Return the names that an assignment binds, with their values as far as they are known."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, ast.Tuple | ast.List):
        parts = list(value) if isinstance(value, tuple | list) and len(value) == len(target.elts) else None
        found: dict[str, Any] = {}
        for place, element in enumerate(target.elts):
            found |= bound(element, parts[place] if parts is not None else NOT_KNOWN)
        return found
    return {}


def shown_text(parts: Sequence[Any]) -> str:
    """Return the parts of a text, with `…` for those that are not known; empty if none is."""
    if not any(isinstance(part, str) for part in parts):
        return ""
    return "".join(part if isinstance(part, str) else "…" for part in parts)[:MOST_CHARS]
