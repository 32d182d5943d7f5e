"""`from __future__ import ...` in answers, which Python takes at the beginning of a program only."""

import ast

from rag.generators.extraction.python_code import python_statements, without_statements


def future_imports_first(program: str) -> str:
    r"""Return a program with the imports from `__future__` where they have to be.

    A data set puts imports of its own above an answer, and an answer may begin with such an import.

    >>> future_imports_first("import math\nfrom __future__ import annotations\nx: int = 1")
    'from __future__ import annotations\nimport math\n\nx: int = 1'
    """
    found = _future_imports(program)
    statements = python_statements(program)[0] if found else []
    is_docstring = ast.get_docstring(ast.Module(statements[:1], []), clean=False) is not None
    begin = 1 if is_docstring else 0
    without = without_statements(program, found)
    is_first = [node.lineno for node in statements[begin : begin + len(found)]] == [
        node.lineno for node in found
    ]
    if is_first or without == program:
        return program
    names = dict.fromkeys(alias.name for node in found for alias in node.names)
    lines = without.split("\n")
    lines.insert(
        (statements[0].end_lineno or 1) if is_docstring else 0, f"from __future__ import {', '.join(names)}"
    )
    return "\n".join(lines)


def without_future_imports(code: str) -> str:
    """Return code without imports from `__future__`, to be put into the middle of another program."""
    return without_statements(code, _future_imports(code))


def _future_imports(code: str) -> list[ast.ImportFrom]:
    """Return the imports from `__future__`; none where the code does not parse."""
    if "__future__" not in code:
        return []
    return [
        node
        for node in python_statements(code)[0]
        if isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level
    ]
