"""Classes that answer any name, but with their items alone, as a data frame with its columns.

`df.to_yaml()` fails, whatever columns `df` has, if the `__getattr__` of its class returns `self[name]` or
what `object` has, and nothing else. It is read where the library has it, and not run.
"""

import ast
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, Protocol

from corpora.api.builtin_members import builtin_members
from corpora.api.calls.accepted import Apis
from corpora.api.model import ApiObject
from corpora.errors import CorpusError
from corpora.outside.files import read_outside
from corpora.syntax.parse_python import parse_python
from rag.checking.library import CheckedLibrary

_GETS: Final = "__getattr__"
_WHY_OPEN: Final = f"it has {_GETS}"
_MAX_BYTES: Final = 5_000_000
_MAX_LINES: Final = 200  # of a function


class Owners(Apis, Protocol):
    """Where objects are found, and whose they are."""

    def owner(self, top: str) -> CheckedLibrary | None:
        """Return the library that has a top-level name; None if none has, or several do."""
        ...


class ItemAttributes:
    """Tells which classes answer with their items alone.

    Args:
        libraries: that may be used.
    """

    def __init__(self, libraries: Owners) -> None:
        self._libraries = libraries
        self._known: dict[str, bool] = {}

    def has_only_items(self, path: str) -> bool:
        """Return whether a class answers any name, and with nothing but its members and its items."""
        if path not in self._known:
            order = self._libraries.order(path)
            classes = (self._libraries.object_at(base) for base in order)
            answers = any(one is not None and _GETS in one.members for one in classes)
            self._known[path] = answers and all(map(self._is_told, order))
        return self._known[path]

    def _is_told(self, path: str) -> bool:
        own = self._libraries.object_at(path)
        if own is None:
            return builtin_members(path) is not None
        if own.kind != "class" or "" in own.bases or {"__new__", "__getattribute__"} & own.members.keys():
            return False
        if _GETS not in own.members:
            return not own.is_open
        found = self._libraries.object_at(own.members[_GETS])
        return own.why_open == _WHY_OPEN and found is not None and _gives_items(self._node(found))

    def _node(self, found: ApiObject) -> ast.FunctionDef | None:
        """Return the syntax of a function of a library."""
        library = self._libraries.owner(found.path.partition(".")[0])
        with suppress(CorpusError, OSError, ValueError):
            if library is not None and found.file and found.line:
                text = read_outside(library.source.root / found.file, max_bytes=_MAX_BYTES)
                lines = text.decode("utf-8", "replace").split("\n")[found.line - 1 :]
                tree = parse_python(textwrap.dedent("\n".join(_block(lines[:_MAX_LINES]))))
                if tree is not None and tree.body and isinstance(tree.body[0], ast.FunctionDef):
                    return tree.body[0]
        return None


def _block(lines: list[str]) -> Iterator[str]:
    """Yield the first line, and those after it that are further to the right."""
    yield from lines[:1]
    indent = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    for line in lines[1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent and not line.lstrip().startswith(")"):
            return
        yield line


def _gives_items(function: ast.FunctionDef | None) -> bool:
    """Return whether a `__getattr__` returns `self[name]`, or what it would have anyway, and nothing else."""
    names = [one.arg for one in function.args.args] if function is not None else []
    if function is None or len(names) != 2:
        return False
    nodes = list(ast.walk(function))
    if any(isinstance(node, ast.Yield | ast.YieldFrom | ast.Lambda) for node in nodes):
        return False
    returned = [node.value for node in nodes if isinstance(node, ast.Return)]
    return bool(returned) and all(_is_item(value, *names) for value in returned)


def _is_item(value: ast.expr | None, own: str, name: str) -> bool:
    match value:
        case ast.Subscript(value=ast.Name(id=held), slice=ast.Name(id=key)):
            return held == own and key == name
        case ast.Call(
            func=ast.Attribute(
                value=ast.Name(id="object") | ast.Call(func=ast.Name(id="super")),
                attr="__getattr__" | "__getattribute__",
            ),
            args=[*_, ast.Name(id=key)],
        ):
            return key == name
    return False
