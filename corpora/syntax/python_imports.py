"""What the names that Python code imports stand for, read from its source; nothing is imported.

    import numpy as np        np    ->  numpy
    import os.path            os    ->  os
    from os import path as p  p     ->  os.path
    from . import models      models -> app.models    (in the module app.views)
    from ..db import connect  connect -> db.connect   (the same: two levels up is above `app`)

One table holds for a whole file: an import counts wherever it is written, in a function, or under `try` or
`if`. Where a name is imported more than once, the innermost import wins, and of those the last
(the fallback after `except ImportError`).
"""

import ast
import re
from collections.abc import Iterator, Mapping

_IMPORT = re.compile(r"^[ \t]{0,40}import ([\w.]{1,200})(?: as (\w{1,80}))?[ \t]{0,40}(?:$|#)", re.MULTILINE)
_FROM = re.compile(r"^[ \t]{0,40}from ([\w.]{1,200}) import \(?([\w ,]{1,500})", re.MULTILINE)


def imported_names(tree: ast.AST, module: str = "", *, is_package: bool = False) -> dict[str, str]:
    """Return the dotted name that each imported name stands for, by its local name.

    What `from x import *` binds is not known: see `star_imports`.

    Args:
        tree: any tree; imports at every depth are found.
        module: the dotted name of the module that holds the code, to which relative imports refer. Where it
            is empty, or an import leads above its top, the dots are dropped: `from ..y import z` is `y.z`.
        is_package: the code is that of an `__init__.py`, so that one dot stands for `module` itself.
    """
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(_bound_by_import(alias.name, alias.asname) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not _is_star(node):
            base = _absolute(node.module or "", node.level, _package(module, is_package))
            names.update(_bound_by_from(base, alias.name, alias.asname) for alias in node.names)
    return names


def star_imports(tree: ast.AST, module: str = "", *, is_package: bool = False) -> list[str]:
    """Return the modules from which everything is imported (`from x import *`); see `imported_names`."""
    package = _package(module, is_package)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and _is_star(node)]
    return [_absolute(node.module or "", node.level, package) for node in nodes]


def imported_names_in_lines(code: str) -> dict[str, str]:
    """Return the same for code that cannot be parsed, from those of its lines that are imports.

    A name behind the first line of an import in parentheses is not found; the dots of relative imports are
    dropped.
    """
    names = dict(_bound_by_import(module, alias or None) for module, alias in _IMPORT.findall(code))
    for module, listed in _FROM.findall(code):
        base = _absolute(module.lstrip("."), len(module) - len(module.lstrip(".")), [])
        names.update(_bound_by_from(base, name, alias) for name, alias in _listed_names(listed))
    return names


def resolve_name(name: str, names: Mapping[str, str]) -> str:
    """Return a dotted name with its first part replaced by what it stands for; empty if `names` lacks it.

    >>> resolve_name("np.linalg.norm", {"np": "numpy"}), resolve_name("self.x", {})
    ('numpy.linalg.norm', '')
    """
    first, dot, rest = name.partition(".")
    return names[first] + dot + rest if first in names else ""


def _is_star(node: ast.ImportFrom) -> bool:
    return node.names[0].name == "*"


def _package(module: str, is_package: bool) -> list[str]:
    parts = module.split(".") if module else []
    return parts if is_package else parts[:-1]


def _bound_by_import(module: str, alias: str | None) -> tuple[str, str]:
    """Return the local name and its meaning: `import a.b` binds `a`, `import a.b as c` binds `c` to `a.b`."""
    if alias:
        return alias, module
    root = module.partition(".")[0]
    return root, root


def _bound_by_from(base: str, name: str, alias: str | None) -> tuple[str, str]:
    return alias or name, f"{base}.{name}" if base else name


def _absolute(module: str, level: int, package: list[str]) -> str:
    """Return the module that `from` names: `level` dots lead up from `package`, if it is known that far."""
    above = package[: len(package) - level + 1] if 0 < level <= len(package) else []
    return ".".join([*above, module] if module else above)


def _listed_names(listed: str) -> Iterator[tuple[str, str | None]]:
    """Yield name and alias of each part of `a, b as c`, however the line goes on."""
    for part in listed.split(","):
        words = part.split()
        if words:
            yield words[0], words[-1] if len(words) > 1 else None
