"""The parts of a program that are meant to work with several versions: nothing is found there."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from rag.checking.programs.program import CheckedProgram

_IMPORT_ERRORS: Final = frozenset({"ImportError", "ModuleNotFoundError"})
_NAME_ERRORS: Final = frozenset({"AttributeError", "NameError"})
_CALL_ERRORS: Final = frozenset({"TypeError"})
_EVERY_ERROR: Final = frozenset({"Exception", "BaseException"})
_RAISING: Final = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress", "warns"})
_SKIPPING: Final = frozenset({"skipif", "skip", "skipIf", "skipUnless", "xfail", "requires", "overload"})
# What a test of a version, of a platform or of something optional is about.
_VERSION_WORDS: Final = re.compile(
    r"version|hasattr|find_spec|platform|TYPE_CHECKING|^_?(?:HAS|HAVE|IS|USE|PY|WITH)_?[A-Z0-9]|_?(?:available|installed)$|(?:GE|LT|GT|LE|GTE|LTE)_?\d"
)
_IGNORED: Final = re.compile(
    r"#[^#\n]{0,200}?\b(?:rag|type|ty|pyright|mypy|noqa)\s{0,5}:\s{0,5}(?:ignore|F401|E1101)\b", re.ASCII
)


def ignored_lines(program: CheckedProgram) -> frozenset[int]:
    """Return the lines with `# rag: ignore`, `# type: ignore` or the like."""
    return frozenset(
        number for number, line in enumerate(program.lines, 1) if "#" in line and _IGNORED.search(line)
    )


def is_ignored(program: CheckedProgram, ignored: frozenset[int], node: ast.AST) -> bool:
    """Return whether one of the `ignored` lines is that of a node, or the first or last of its statement."""
    lines = {getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)}
    if not ignored:
        return False
    statement = next((parent for _, parent in program.above(node) if isinstance(parent, ast.stmt)), node)
    if not hasattr(statement, "body"):
        lines |= {getattr(statement, "lineno", 0), getattr(statement, "end_lineno", 0)}
    return not ignored.isdisjoint(lines)


def is_guarded(program: CheckedProgram, node: ast.AST, rule: str) -> bool:
    """Return whether a node is where the program expects that something may not be there.

    Such places are both branches of a test of a version, of `TYPE_CHECKING`, or of what is installed; a `try`
    that handles the error, with its handlers; `with pytest.raises(...)`; and tests that are skipped.
    """
    return any(
        _is_guard(parent, child) or _expects_failure(parent, child, rule)
        for child, parent in program.above(node)
    )


def asks_for_types(program: CheckedProgram, node: ast.AST) -> bool:
    """Return whether a node is below a test of types: the program knows better what it has there.

    Such a test is `isinstance(x, list)` or `type(x) is list`. A type checker leaves a subclass of list in the
    other branch of the second.
    """
    return any(
        isinstance(parent, ast.If | ast.IfExp | ast.While)
        and child is not parent.test
        and _is_about_types(parent.test)
        for child, parent in program.above(node)
    )


@lru_cache(maxsize=4096)
def _is_about_types(test: ast.AST) -> bool:
    return any(
        _last_name(node) in {"isinstance", "issubclass"}
        or (isinstance(node, ast.Compare) and any(map(_is_type_call, (node.left, *node.comparators))))
        for node in ast.walk(test)
    )


def _is_type_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _last_name(node.func) == "type" and len(node.args) == 1


def _is_guard(parent: ast.AST, child: ast.AST) -> bool:
    match parent:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            return child is not test and _is_about_versions(test)
        case ast.BoolOp(values=values):
            return any(_is_about_versions(value) for value in values if value is not child)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return any(_last_name(_called(item.context_expr)) in _RAISING for item in items)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            made = parent.decorator_list
            return child not in made and any(_last_name(_called(one)) in _SKIPPING for one in made)
    return False


def _expects_failure(block: ast.AST, child: ast.AST, rule: str) -> bool:
    """Return whether a `try` handles the error of a rule, and has `child` in it or in a handler."""
    if not isinstance(block, ast.Try | ast.TryStar):
        return False
    caught = {name for handler in block.handlers for name in _caught(handler)}
    expected = _IMPORT_ERRORS | _NAME_ERRORS
    if rule in {"unknown-parameter", "too-many-arguments", "missing-argument"}:
        expected |= _CALL_ERRORS
    if rule in {"unknown-package", "unknown-module"} and child in block.body:
        expected |= _EVERY_ERROR
    return bool(caught & expected) and child not in block.finalbody


def _caught(handler: ast.ExceptHandler) -> Iterator[str]:
    if handler.type is None:
        yield "BaseException"
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    for kind in kinds:
        if kind is not None:
            yield _last_name(kind)


def _called(node: ast.AST) -> ast.AST:
    return node.func if isinstance(node, ast.Call) else node


def _last_name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


@lru_cache(maxsize=4096)
def _is_about_versions(test: ast.AST) -> bool:
    return any(_VERSION_WORDS.search(name) for node in ast.walk(test) if (name := _last_name(node)))
