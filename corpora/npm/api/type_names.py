"""The names in types: what a class extends, and what a value is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from corpora.npm.exports import node_text

if TYPE_CHECKING:
    from tree_sitter import Node

_NAMES: Final = frozenset(
    {"identifier", "type_identifier", "nested_type_identifier", "nested_identifier", "member_expression"}
)
_SAME: Final = frozenset({"Partial", "Required", "Readonly", "Mutable", "DeepReadonly"})
"""Types with the members of what they are given."""

_MAX_PARTS: Final = 100


def base_names(node: Node) -> Iterator[str]:
    """Yield the dotted names of what a class or an interface extends; empty for what cannot be named."""
    for clause in node.named_children:
        if clause.type == "class_heritage":
            for inner in clause.named_children:
                if inner.type == "extends_clause":
                    value = inner.child_by_field_name("value")
                    yield type_name(value) if value is not None else ""
        elif clause.type == "extends_type_clause":
            for given in clause.named_children[:_MAX_PARTS]:
                if given.type != "comment":
                    yield type_name(given)


def type_name(node: Node) -> str:
    """Return the dotted name of a type, without what it is given (`A.B<C>`); empty if it is no name."""
    for _ in range(5):
        if node.type == "generic_type":
            named = node.child_by_field_name("name")
            if named is None:
                return ""
            given = node.child_by_field_name("type_arguments")
            if node_text(named) not in _SAME:
                node = named
            elif given is not None and given.named_children:
                node = given.named_children[0]
            else:
                return ""
        elif node.type == "parenthesized_type" and node.named_children:
            node = node.named_children[0]
        elif node.type in _NAMES:
            text = "".join(node_text(node).split())
            return text if all(part.replace("$", "_").isidentifier() for part in text.split(".")) else ""
        else:
            return ""
    return ""


def parts_of_intersection(node: Node) -> list[Node]:
    """Return the types of `A & B & { c: string }`; the type itself if it is none."""
    found: list[Node] = []
    left = [node]
    while left and len(found) < _MAX_PARTS:
        one = left.pop()
        if one.type == "intersection_type":
            left += reversed([child for child in one.named_children if child.type != "comment"])
        else:
            found.append(one)
    return found
