"""The docstring of a module, a class or a function of Python, from its syntax tree."""

from __future__ import annotations

import ast
from inspect import cleandoc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


def docstring(node: Node) -> str:
    """What the first statement of `node`, if it is nothing but a string, says; else empty."""
    body = node.child_by_field_name("body") or (node if node.type == "module" else None)
    statements = [] if body is None else [child for child in body.named_children if child.type != "comment"]
    if not statements or statements[0].type != "expression_statement":
        return ""
    first = statements[0].named_children
    if len(first) != 1 or first[0].type not in {"string", "concatenated_string"}:
        return ""
    try:
        value = ast.literal_eval((first[0].text or b"").decode())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""  # an f-string, or an escape that Python does not know
    return cleandoc(value).strip() if isinstance(value, str) else ""
