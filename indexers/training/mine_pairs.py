"""Pairs of (what it is for, what it is) mined from Python source: the supervision of the built-in encoder.

A docstring's first paragraph says in a person's words what a function does: it stands for the
question. The rest of the docstring, or the code without it, stands for the passage.
"""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MIN_SUMMARY_WORDS, _MAX_SUMMARY_CHARS = 3, 400
_MIN_REST_CHARS, _MAX_PASSAGE_CHARS = 60, 1500

# Installed packages below a standard library are other projects' code.
_LEFT_OUT = frozenset({"conftest.py", "site-packages"})

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Pair:
    """`question` and `passage` belong together; `name` is the qualified name of the definition."""

    question: str
    name: str
    passage: str


def mine_folder(root: Path) -> Iterator[Pair]:
    """Pairs of every Python file below `root` but tests, in the order of their paths."""
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        if any(part.startswith("test") or part in _LEFT_OUT for part in relative.parts):
            continue
        try:
            source = path.read_text(encoding="utf-8")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            continue  # templates and Python 2 files lie about in wheels: nothing to learn from them
        module = ".".join(part for part in relative.with_suffix("").parts if not part.startswith("_"))
        yield from _mine_body(tree, module, source.splitlines())


def _mine_body(node: ast.AST, scope: str, lines: list[str]) -> Iterator[Pair]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Definition):
            name = f"{scope}.{child.name}"
            yield from _mine_definition(child, name, lines)
            if isinstance(child, ast.ClassDef):
                yield from _mine_body(child, name, lines)


def _mine_definition(definition: _Definition, name: str, lines: list[str]) -> Iterator[Pair]:
    docstring = ast.get_docstring(definition)
    if not docstring:
        return
    summary, _, rest = docstring.partition("\n\n")
    summary = " ".join(summary.split())[:_MAX_SUMMARY_CHARS]
    if len(summary.split()) < _MIN_SUMMARY_WORDS:
        return
    signature = "" if isinstance(definition, ast.ClassDef) else ast.unparse(definition.args)
    if len(rest) >= _MIN_REST_CHARS:
        yield Pair(summary, name, f"{signature}\n{rest[:_MAX_PASSAGE_CHARS]}")
    body = lines[definition.body[0].end_lineno : definition.end_lineno]
    code = "\n".join(body)[:_MAX_PASSAGE_CHARS]
    if len(code) >= _MIN_REST_CHARS:
        yield Pair(summary, name, f"{signature}\n{code}")
