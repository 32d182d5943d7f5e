"""Find what code calls, and what the comment above it or the sentence before it says it is for."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from corpora.syntax.dotted_name import dotted_name
from corpora.syntax.python_imports import resolve_name
from indexers.training.compact.asked import cleaned
from indexers.training.compact.documented_units import Units

_COMMENT: Final = re.compile(r"\s*#+\s?(.*\S)")
_MAX_COMMENT_CHARS = 300
_MAX_CALLS_OF_A_STATEMENT, _MAX_CALLS_OF_AN_EXAMPLE = 6, 8  # more do several things


class Call(NamedTuple):
    """What is called: a dotted name that was imported, or only the name of a method."""

    name: str
    is_method: bool


class Use(NamedTuple):
    """What code is for, and what it calls."""

    question: str
    calls: tuple[Call, ...]


def commented_uses(tree: ast.Module, source: str, names: Mapping[str, str]) -> Iterator[Use]:
    """Yield the calls of each statement below a comment."""
    comments = _comments(source.split("\n"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or isinstance(
            node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ):
            continue
        if node.lineno - 1 in comments:
            calls = _calls(
                (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)), names
            )
            if isinstance(node, ast.With):
                calls = _calls((item.context_expr for item in node.items), names)
            if 0 < len(calls) <= _MAX_CALLS_OF_A_STATEMENT:
                yield Use(cleaned(comments[node.lineno - 1]), calls)


def example_use(sentence: str, tree: ast.Module, names: Mapping[str, str]) -> Iterator[Use]:
    """Yield the calls of an example with the sentence before it."""
    calls = _calls([tree], names)
    if 0 < len(calls) <= _MAX_CALLS_OF_AN_EXAMPLE:
        yield Use(cleaned(sentence), calls)


def answers(use: Use, units: Units) -> list[str]:
    """Return the units that a use calls, each once."""
    found = (units.method(call.name) if call.is_method else units.called(call.name) for call in use.calls)
    return list(dict.fromkeys(name for name in found if name))


def _calls(nodes: Iterable[ast.AST], names: Mapping[str, str]) -> tuple[Call, ...]:
    found: dict[Call, None] = {}
    for node in nodes:
        for call in ast.walk(node):
            if not isinstance(call, ast.Call):
                continue
            if name := resolve_name(dotted_name(call.func), names):
                found[Call(name, is_method=False)] = None
            elif isinstance(call.func, ast.Attribute):
                found[Call(call.func.attr, is_method=True)] = None
    return tuple(found)


def _comments(lines: Iterable[str]) -> dict[int, str]:
    """Return the text of each comment that has its lines to itself, by its last line (1-based)."""
    ending: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        if found := _COMMENT.match(line):
            before = ending.get(number - 1, "")
            ending[number] = f"{before} {found[1]}".strip() if len(before) < _MAX_COMMENT_CHARS else before
    return ending
