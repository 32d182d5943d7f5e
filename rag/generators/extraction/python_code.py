"""What can be read from Python that a model wrote, without running it."""

import ast
import builtins
import re
import textwrap
import warnings
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Final

_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS: Final = (ast.Import, ast.ImportFrom)
_UNPARSABLE: Final = (ValueError, RecursionError, MemoryError)
_BUILTINS: Final = frozenset(dir(builtins))
_PATIENT_ATTEMPTS: Final = 10
_TRIPLE_QUOTES: Final = ("'''", '"""')


def python_statements(code: str) -> tuple[list[ast.stmt], int]:
    """Return the statements and 0; or none and the 1-based line of the syntax error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code).body, 0
        except SyntaxError as error:
            return [], error.lineno or 1
        except _UNPARSABLE:
            return [], 1


def is_in_string(code: str) -> bool:
    """Return whether code ends inside of a string of several lines."""
    if not any(quotes in code for quotes in _TRIPLE_QUOTES):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(textwrap.dedent(code))
        except SyntaxError as error:
            return "unterminated triple-quoted" in str(error.msg)
        except _UNPARSABLE:
            return False
    return False


def parsable(code: str) -> str:
    """Return the code up to the first unindented statement that does not parse: prose, or a cut-off one."""
    lines = code.split("\n")
    for attempt in count():
        _, wrong = python_statements("\n".join(lines))
        if not wrong or not lines:
            break
        # After some attempts ever more lines are dropped at once: a text of nothing but lines `@a` is wrong
        # as often as it has lines.
        end = max(min(wrong, len(lines)) - (1 << max(attempt - _PATIENT_ATTEMPTS, 0)), 0)
        while end and (not lines[end].strip() or lines[end][0].isspace()):
            end -= 1
        del lines[end:]
    return "\n".join(lines)


def without_statements(code: str, nodes: Sequence[ast.stmt]) -> str:
    """Return code with the lines of these statements empty; as it is where one shares a line with others."""
    lines = code.split("\n")
    if any(node.col_offset or _behind(lines, node) for node in nodes):
        return code
    for node in nodes:
        end = node.end_lineno or node.lineno
        lines[node.lineno - 1 : end] = [""] * (end - node.lineno + 1)
    return "\n".join(lines)


def _behind(lines: Sequence[str], node: ast.stmt) -> str:
    """Return what stands behind a statement in its last line, without a comment."""
    behind = lines[(node.end_lineno or node.lineno) - 1].encode()[node.end_col_offset or 0 :].decode()
    return behind.strip(" \t;\r").partition("#")[0]


def defines(name: str, code: str) -> bool:
    """Return whether code has an unindented definition of `name`, even if it does not parse."""
    return bool(name) and bool(
        re.search(rf"^(?:async +def|def|class) +{re.escape(name)}\b", code, re.MULTILINE)
    )


@dataclass(frozen=True)
class PythonBlock:
    """A block of Python among others of the same answer."""

    code: str

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """Its statements; none where it does not parse."""
        return python_statements(textwrap.dedent(self.code))[0]

    @cached_property
    def defined(self) -> frozenset[str]:
        """The functions and classes that it defines, without tests and those that are not written out."""
        found = (node for node in self.statements if isinstance(node, _DEFINITIONS))
        return frozenset(node.name for node in found if not _is_test(node) and not _is_stub(node))

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that its statements bind where others see them; "*" for an import of everything."""
        return _bound_by(self.statements)

    @cached_property
    def made(self) -> frozenset[str]:
        """The names that it binds, without those that it imports."""
        return _bound_by([node for node in self.statements if not isinstance(node, _IMPORTS)])

    @cached_property
    def needed(self) -> frozenset[str]:
        """The names that it uses and binds nowhere, without builtins."""
        nodes = [node for statement in self.statements for node in ast.walk(statement)]
        used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        bound = {node.arg for node in nodes if isinstance(node, ast.arg)}
        bound |= {node.name for node in nodes if isinstance(node, _DEFINITIONS)}
        for node in nodes:
            bound.update(_stored(node, deep=False))
        return frozenset(used - bound - _BUILTINS)

    def is_example_of(self, known: Collection[str], before: Iterable["PythonBlock"]) -> bool:
        """Return whether it only shows what other blocks are about: it uses, tests, prints or quotes them.

        Args:
            known: names of functions and classes that are defined elsewhere.
            before: the blocks before it.
        """
        if self.defined:
            return False
        if any(isinstance(node, _DEFINITIONS) and _is_test(node) for node in self.statements):
            return True
        if self.statements and all(map(_shows, self.statements)):
            return True
        lines = {line.strip() for line in self.code.split("\n")} - {""}
        if any(lines <= {line.strip() for line in block.code.split("\n")} for block in before):
            return True
        return bool(self.needed & set(known)) or any(
            isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & set(known)
            for node in self.statements
        )


def _is_test(node: ast.stmt) -> bool:
    return getattr(node, "name", "").lower().startswith("test")


def _is_stub(node: ast.stmt) -> bool:
    """Return whether a definition has no body but a docstring, `...`, `pass` or an error."""
    body: list[ast.stmt] = getattr(node, "body", [])
    if isinstance(node, ast.ClassDef):
        return all(_is_stub(one) for one in body if isinstance(one, _DEFINITIONS)) and any(
            isinstance(one, _DEFINITIONS) for one in body
        )
    return all(
        isinstance(one, ast.Pass)
        or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        or (isinstance(one, ast.Raise) and "NotImplemented" in ast.dump(one))
        for one in body
    )


def _shows(node: ast.stmt) -> bool:
    """Return whether a statement only prints, asserts, or gives a value that was computed already."""
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Expr):
        return False
    called = node.value.func if isinstance(node.value, ast.Call) else None
    return (isinstance(called, ast.Name) and called.id == "print") or isinstance(
        node.value, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.Name
    )


def _bound_by(statements: Iterable[ast.stmt]) -> frozenset[str]:
    names: set[str] = set()
    for node in statements:
        names |= {node.name} if isinstance(node, _DEFINITIONS) else _stored(node)
    return frozenset(names)


def _stored(node: ast.AST, deep: bool = True) -> set[str]:
    """Return the names that a statement imports or assigns, in itself or `deep` in its parts."""
    names: set[str] = set()
    for one in ast.walk(node) if deep else (node,):
        if isinstance(one, _IMPORTS):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in one.names}
        elif isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load):
            names.add(one.id)
        elif isinstance(one, ast.ExceptHandler) and one.name:
            names.add(one.name)
    return names
