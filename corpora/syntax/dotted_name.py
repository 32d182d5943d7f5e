"""The dotted name that an expression of Python is."""

import ast


def dotted_name(node: ast.expr | None) -> str:
    """`torch.abs` for such an expression; empty for any other."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
