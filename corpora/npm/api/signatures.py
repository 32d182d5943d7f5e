"""The ways to call what TypeScript declares, as records of an API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from corpora.api.signature import MAX_DEFAULT_CHARS, Parameter, Signature
from corpora.npm.code_text import without_comments
from corpora.npm.exports import node_text

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_PARAMETERS: Final = 200
_MAX_NAME: Final = 60


def type_text(node: Node | None) -> str:
    """Return a type as it is written, on one line, without comments and cut if it is long; or empty."""
    if node is None:
        return ""
    text = (node.text or b"")[: 8 * MAX_DEFAULT_CHARS].decode(errors="ignore")
    line = " ".join(without_comments(text).split()).removeprefix(":").strip()
    return line if len(line) <= MAX_DEFAULT_CHARS else f"{line[: MAX_DEFAULT_CHARS - 1]}…"


def typescript_signature(node: Node, *, has_result: bool = True) -> Signature:
    """Return how a function, a method, a constructor or a value of a function type is called."""
    listed = node.child_by_field_name("parameters")
    found = []
    for one in listed.named_children[:_MAX_PARAMETERS] if listed is not None else ():
        parameter = _parameter(one)
        if parameter is not None:
            found.append(parameter)
    result = node.child_by_field_name("return_type") or node.child_by_field_name("type")
    return Signature(tuple(found), type_text(result) if has_result else "", by_position=True)


def _parameter(node: Node) -> Parameter | None:
    pattern = node.child_by_field_name("pattern")
    if node.type not in {"required_parameter", "optional_parameter"} or pattern is None:
        return None
    if pattern.type == "this":  # what the function is called on is not given
        return None
    annotation = type_text(node.child_by_field_name("type"))
    if pattern.type == "rest_pattern":
        inner = pattern.named_children[0] if pattern.named_children else pattern
        return Parameter(_name(inner), "variadic positional", None, annotation)
    is_optional = node.type == "optional_parameter" or node.child_by_field_name("value") is not None
    return Parameter(_name(pattern), "positional only", "" if is_optional else None, annotation)


def _name(node: Node) -> str:
    """Return the name of a parameter; `{a, b}` of one that is taken apart."""
    line = " ".join(node_text(node).split())
    return line if len(line) <= _MAX_NAME else f"{line[: _MAX_NAME - 1]}…"
