"""What decorators leave of the functions and classes that they are given."""

import ast
import re
from typing import Final

import griffe

from corpora.python.api.facts import function_facts, module_facts
from corpora.python.api.resolving import Paths
from corpora.python.applied.notes import decorators_of, texts_of
from corpora.syntax.dotted_name import dotted_name

_KEEP_FUNCTIONS: Final = frozenset(
    {
        "abstractmethod", "asynccontextmanager", "cache", "classmethod", "contextmanager", "deprecated",
        "final", "lru_cache", "no_type_check", "overload", "override", "runtime_checkable", "set_module",
        "singledispatch", "singledispatchmethod", "staticmethod", "type_check_only", "total_ordering",
        "coroutine", "wraps",
        "setupmethod", "array_function_dispatch", "field_validator", "validator", "root_validator",
        "model_validator", "field_serializer", "model_serializer",
    }
)  # fmt: skip
_KEEP_CLASSES: Final = frozenset(
    {
        "dataclass", "final", "runtime_checkable", "total_ordering", "unique", "verify", "deprecated",
        "set_module", "type_check_only", "python_2_unicode_compatible", "disjoint_base",
        "dataclass_transform",
        "define", "frozen", "mutable", "attrs", "s", "no_type_check",
    }
)  # fmt: skip
_TAKES_KEYWORDS: Final = re.compile(r"(?:deprec|renam|legacy|alias|kwarg)\w{0,40}", re.IGNORECASE)


def decorator_paths(member: griffe.Function | griffe.Class, paths: Paths) -> list[tuple[str, ast.expr]]:
    """Return the decorators of an object: the path of each, empty if it is not told, and its expression."""
    holder = member.parent if isinstance(member.parent, griffe.Module | griffe.Class) else member.module
    found = []
    for node in decorators_of(member):
        called = node.func if isinstance(node, ast.Call) else node
        name = dotted_name(called)
        found.append((paths.named_in(holder, name) or name if name else "", node))
    return found


def keeps_signature(function: griffe.Function, paths: Paths) -> bool:
    """Return whether all decorators of a function leave its signature as it is written."""
    return all(_keeps(path, node, paths, _KEEP_FUNCTIONS) for path, node in decorator_paths(function, paths))


def takes_more_keywords(function: griffe.Function, paths: Paths) -> bool:
    """Return whether a decorator may take keywords that the signature lacks: `@deprecate_kwarg("old")`."""
    return any(
        _TAKES_KEYWORDS.search(path.rpartition(".")[2]) and isinstance(node, ast.Call) and node.args
        for path, node in decorator_paths(function, paths)
    )


def opening_decorator(cls: griffe.Class, paths: Paths) -> str:
    """Return the decorator of a class that may give it members which cannot be told; empty for none."""
    for path, node in decorator_paths(cls, paths):
        found = paths.object_at(path)
        makers = texts_of(found.module).makers if found is not None else {}
        if path.rpartition(".")[2] in _KEEP_CLASSES and (found is None or found.name not in makers):
            continue
        if not _keeps(path, node, paths, _KEEP_CLASSES) or (found is not None and found.name in makers):
            return path or "a decorator"
    return ""


def _keeps(path: str, node: ast.expr, paths: Paths, known: frozenset[str]) -> bool:
    name = path.rpartition(".")[2]
    if name in known or name in {"setter", "getter", "deleter"}:
        return True
    found = paths.object_at(path)
    if found is not None and found.name in module_facts(found.module).names.branching:
        return False
    if isinstance(found, griffe.Function):
        return function_facts(found).keeps_signature
    if isinstance(found, griffe.Class):  # `@doc("...")`, whose `__call__` is given the function
        call = found.members.get("__call__")
        takes_one = isinstance(call, griffe.Function) and len(call.parameters) == len(("self", "function"))
        is_kept = isinstance(call, griffe.Function) and function_facts(call).keeps_signature
        return isinstance(node, ast.Call) and takes_one and is_kept
    return False
