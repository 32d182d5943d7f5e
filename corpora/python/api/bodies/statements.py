"""The statements of a body, with those in its branches."""

import ast
from collections.abc import Iterator, Sequence

from corpora.python.applied.notes import FunctionNode


def statements_of(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body with those in its branches."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody"):
            if not isinstance(node, FunctionNode | ast.ClassDef):
                yield from statements_of(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from statements_of(handler.body)
