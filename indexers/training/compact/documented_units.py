"""The documented definitions of a Python package, by names as its documentation would give them."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_MIN_CHARS: Final = 15
_MAX_SAME_NAME = 4  # definitions of one last name; more, and a use does not say which is meant
_MAX_METHODS = 3  # the same where only the name of a method is known
# Methods that belong to Python's own types or to NumPy's arrays more often than to the package.
_COMMON: Final = frozenset(
    {
        "add", "append", "array", "close", "copy", "count", "decode", "encode", "endswith",
        "exists", "extend", "format", "get", "index", "insert", "items", "join", "keys", "len",
        "lower", "main", "max", "mean", "min", "ones", "open", "pop", "print", "range", "read",
        "remove", "replace", "reshape", "run", "set", "skip", "sort", "split", "start",
        "startswith", "stop", "strip", "sum", "test", "update", "upper", "values", "write", "zeros",
    }
)  # fmt: skip


@dataclass(slots=True)
class Units:
    """Docstrings by public name, and the names by their last part."""

    docstrings: dict[str, str] = field(default_factory=dict)
    by_last: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    roots: set[str] = field(default_factory=set)

    def add_module(self, tree: ast.Module, module: str) -> None:
        """Add the public classes and functions of a module that have a docstring."""
        self.roots.add(module.partition(".")[0])
        for qualified, docstring in _documented(tree.body, ""):
            name = public_name(module, qualified)
            if name not in self.docstrings:
                self.docstrings[name] = docstring
                self.by_last[name.rpartition(".")[2]].append(name)

    def named(self, name: str) -> str | None:
        """Return the unit that a reference names, in full or by the end of its name."""
        return self._best(name.lstrip(".").split("."), _MAX_SAME_NAME)

    def called(self, name: str) -> str | None:
        """Return the unit that an imported name stands for."""
        return self.named(name) if name.partition(".")[0] in self.roots else None

    def method(self, last: str) -> str | None:
        """Return the unit whose last name is that of a method, if few have it."""
        return None if last in _COMMON else self._best([last], _MAX_METHODS)

    def _best(self, parts: list[str], most: int) -> str | None:
        found = self.by_last.get(parts[-1], [])
        if len(parts) > 1:
            found = [name for name in found if name.split(".")[-2:-1] == parts[-2:-1]] or found
        elif parts[-1] in _COMMON:
            return None
        return (
            min(found, key=lambda name: (name.count("."), len(name), name))
            if 0 < len(found) <= most
            else None
        )


def public_name(module: str, qualified: str) -> str:
    """Return the name under which documentation would list a definition: private modules are left out.

    >>> public_name("lib.core._impl.frame", "Frame.group"), public_name("lib._sort", "sort_by")
    ('lib.frame.Frame.group', 'lib.sort_by')
    """
    root, *middle = module.split(".")
    public = [part for part in middle if not part.startswith("_")][-1:]
    parts = [root, *public, *qualified.split(".")]
    return ".".join(part for place, part in enumerate(parts) if place == 0 or part != parts[place - 1])


def _documented(body: list[ast.stmt], scope: str) -> Iterator[tuple[str, str]]:
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_"):
            continue
        qualified = f"{scope}.{node.name}".lstrip(".")
        docstring = ast.get_docstring(node)
        if docstring and len(docstring) >= _MIN_CHARS:
            yield qualified, docstring
        if isinstance(node, ast.ClassDef):
            yield from _documented(node.body, qualified)
