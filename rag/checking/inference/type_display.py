"""Read types as a type checker prints them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from rag.checking.inference.type_inference import InferredType, TypeName

MAX_DISPLAY_CHARS: Final = 4_000
BUILTIN_CLASSES: Final = frozenset(
    {"str", "int", "float", "bool", "bytes", "list", "dict", "tuple", "set", "frozenset", "type", "complex"}
)
"""Classes that are shown without a module."""

_OPENING: Final = {"[": "]", "(": ")", "<": ">", "{": "}"}
_CLOSING: Final = frozenset(_OPENING.values())
_PATH: Final = re.compile(r"[A-Za-z_]\w*+(?:\.(?:<locals>|<locals of [^>\n]{1,100}>|[A-Za-z_]\w*+))*+")
_NAMED: Final = re.compile(r"<(class|module) '([^'\[\n]{1,300})(?:\[[^\n]{0,3000})?'>")
_ANYTHING: Final = frozenset({"Unknown", "Any"})
# What nothing is known about, or what stands for any type.
_UNKNOWN: Final = frozenset(
    {"Unknown", "Any", "Never", "Todo", "Divergent", "object", "builtins.object", "type", "builtins.type"}
)


@lru_cache(maxsize=10_000)
def parsed_type(display: str) -> InferredType:
    """Return the classes that a displayed type names, without None; empty if any part of it is not known.

    >>> parsed_type("pandas.core.frame.DataFrame | None")
    (TypeName(kind='instance', path='pandas.core.frame.DataFrame'),)
    """
    found: list[TypeName] = []
    if len(display) > MAX_DISPLAY_CHARS:
        return ()
    for part in split_at(display, "|"):
        if part in {"None", "<class 'NoneType'>"}:
            continue
        one = _of_intersection(part)
        if one is None:
            return ()
        if one not in found:
            found.append(one)
    return tuple(found)


def elements(display: str) -> list[str]:
    """Return the displayed types of the elements of a displayed tuple; none if it is something else."""
    if not display.startswith("tuple[") or not display.endswith("]") or len(display) > 4 * MAX_DISPLAY_CHARS:
        return []
    return list(split_at(display[len("tuple[") : -1], ","))


def split_at(text: str, mark: str) -> Iterator[str]:
    """Yield the parts of a displayed type between marks that are in no brackets and in no quotes."""
    depth, begun, quote = 0, 0, ""
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and text[at - 1] != "\\" else quote
        elif letter == '"':
            quote = letter
        elif letter in _OPENING:
            depth += 1
        elif letter in _CLOSING and text[at - 1 : at + 1] != "->":
            depth -= 1
        elif letter == mark and not depth:
            yield text[begun:at].strip()
            begun = at + 1
    yield text[begun:].strip()


def _of_intersection(text: str) -> TypeName | None:
    """Return what an intersection such as `Path & ~AlwaysFalsy` says; None if that is not one class.

    What nothing but a test by `isinstance` tells of is `Unknown & Path`.
    """
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    positive = [part for part in split_at(text, "&") if not part.startswith("~")]
    positive = [part for part in positive if part not in _ANYTHING] or positive
    return _one(positive[0]) if len(positive) == 1 else None


def _one(text: str) -> TypeName | None:
    if named := _NAMED.fullmatch(text):
        return TypeName("class" if named[1] == "class" else "module", named[2])
    if text.startswith("type[") and text.endswith("]"):
        inner = _one(text[len("type[") : -1])
        return TypeName("class", inner.path) if inner and inner.kind == "instance" else None
    path = _PATH.match(text)
    rest = text[path.end() :] if path else ""
    if path is None or (rest and not (rest.startswith("[") and rest.endswith("]"))):
        return None  # `bound method ...`, `(x) -> int`, `Self@f`, `def f(...)`
    if path[0] in _UNKNOWN or "<locals" in path[0]:
        return None
    if path[0] in {"Literal", "LiteralString"}:
        value = rest[1:2]
        return TypeName("instance", "builtins.str") if value in {'"', ""} else None
    # (Those of classes that have the name of a builtin are shown with their modules.)
    return TypeName("instance", f"builtins.{path[0]}" if path[0] in BUILTIN_CLASSES else path[0])
