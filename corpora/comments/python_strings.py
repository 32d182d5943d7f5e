"""The docstring of a module, a class or a function of Python, from its syntax tree."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING

from corpora.syntax.parse_python import literal_string

if TYPE_CHECKING:
    from tree_sitter import Node


def docstring(node: Node) -> str:
    """Return the docstring of `node`, its indentation removed; empty where there is none.

    A docstring is a first statement that is nothing but a string literal.
    """
    string = _first_string(node)
    text = (string.text or b"").decode(errors="surrogateescape") if string is not None else ""
    return cleandoc(literal_string(text)).strip()


def docstring_span(node: Node) -> tuple[int, int]:
    """Return the span of the docstring of `node` in bytes; (0, 0) where there is none."""
    string = _first_string(node)
    return (string.start_byte, string.end_byte) if string is not None else (0, 0)


def _first_string(node: Node) -> Node | None:
    body = node.child_by_field_name("body") or (node if node.type == "module" else None)
    statements = [] if body is None else [child for child in body.named_children if child.type != "comment"]
    if not statements or statements[0].type != "expression_statement":
        return None
    first = statements[0].named_children
    found = len(first) == 1 and first[0].type in {"string", "concatenated_string"}
    return first[0] if found else None
