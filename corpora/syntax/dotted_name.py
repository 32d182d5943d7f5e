"""The dotted name in an expression of Python."""

import ast


def dotted_name(node: ast.expr | None) -> str:
    """Return `node` as a dotted name, such as `torch.abs`; empty for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
