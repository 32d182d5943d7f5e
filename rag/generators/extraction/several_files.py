"""An answer of several files that import from each other: in one program, such imports are left out."""

import ast
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rag.generators.extraction.fenced_blocks import FencedBlock
from rag.generators.extraction.python_code import PythonBlock, without_statements

_FILE: Final = re.compile(r"\b(\w{1,80})(?:/__init__)?\.py\b")


def without_own_imports(blocks: Sequence[FencedBlock], text: str) -> list[FencedBlock]:
    """Return the blocks without imports of what another of them makes, in a file that the text names.

    "a.py: ```def f(): ...```, b.py: ```from a import f```" is one program in two blocks.
    """
    files = {found[1] for found in _FILE.finditer(text)}
    if not files or len(blocks) < 2:
        return list(blocks)
    parsed = [PythonBlock(block.code) for block in blocks]
    found = []
    for block, own in zip(blocks, parsed, strict=True):
        made = frozenset[str]().union(*(other.made for other in parsed if other is not own))
        imports = [node for node in own.statements if _is_import_of(node, files, made)]
        found.append(replace(block, code=without_statements(block.code, imports)))
    return found


def _is_import_of(node: ast.stmt, files: set[str], made: frozenset[str]) -> bool:
    """Return whether a statement imports names that were made, from one of the files."""
    if not isinstance(node, ast.ImportFrom) or not {alias.name for alias in node.names} <= made:
        return False
    is_own = node.level > 0 or (node.module or "").rpartition(".")[2] in files
    return is_own and not any(alias.asname for alias in node.names)
