"""What decorators leave of the functions and classes that they are given."""

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Final

import griffe

from corpora.api.model import Note
from corpora.python.api.facts import function_facts, module_facts
from corpora.python.api.resolving import Paths
from corpora.python.applied.class_makers import names_all_it_adds
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
_CHANGES: Final = ("deprec", "renam", "delet", "remov", "legacy")
_KEYWORDS: Final = ("param", "kw", "arg")
_MAX_KEYWORDS: Final = 60
_MAX_SAID: Final = 500  # characters
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


def deprecated_keywords(function: griffe.Function, paths: Paths) -> tuple[Note, ...]:
    """Return notes on the keywords that decorators still take for a function that no longer names them.

    They are written out: `@deprecate_kwarg(old_arg_name="a")`, `@rename_parameter("3.5", "s", "x")`
    or `@deprecated_params(autoload=("2.0", "Use autoload_with."))`.
    """
    named = {one.name for one in function.parameters}
    notes: dict[str, Note] = {}
    for path, node in decorator_paths(function, paths):
        if isinstance(node, ast.Call) and _is_of_keywords(path.rpartition(".")[2].lower()):
            for name, said in _written_keywords(node):
                if name not in named and len(notes) < _MAX_KEYWORDS:
                    version = said[0] if len(said) > 1 else ""
                    text = " ".join(" ".join(said[1:]).split())[:_MAX_SAID]
                    notes.setdefault(name, Note("deprecated", version, text, name))
    return tuple(notes.values())


def _is_of_keywords(decorator: str) -> bool:
    return any(part in decorator for part in _CHANGES) and any(part in decorator for part in _KEYWORDS)


def _written_keywords(call: ast.Call) -> Iterator[tuple[str, list[str]]]:
    """Yield the names in the arguments of a decorator, with what is said of each."""
    for node in (*call.args, *(one.value for one in call.keywords if "name" in (one.arg or ""))):
        if isinstance(node, ast.Constant) and isinstance(name := node.value, str) and name.isidentifier():
            yield name, []
    for one in call.keywords:
        if one.arg and isinstance(one.value, ast.Tuple):
            parts = (part.value for part in one.value.elts if isinstance(part, ast.Constant))
            yield one.arg, [part for part in parts if isinstance(part, str)]


def takes_more_keywords(function: griffe.Function, paths: Paths) -> bool:
    """Return whether a decorator may take keywords that the signature lacks: `@deprecate_kwarg("old")`."""
    if deprecated_keywords(function, paths):
        return True
    for path, node in decorator_paths(function, paths):
        is_named_so = _TAKES_KEYWORDS.search(path.rpartition(".")[2]) is not None
        if is_named_so and isinstance(node, ast.Call) and node.args:
            return True
        found = paths.object_at(path)
        if isinstance(found, griffe.Function) and function_facts(found).adds_keywords:
            return True
    return False


def opening_decorator(cls: griffe.Class, paths: Paths) -> str:
    """Return the decorator of a class that may give it members which cannot be told; empty for none."""
    for path, node in decorator_paths(cls, paths):
        found = paths.object_at(path)
        makers = texts_of(found.module).makers if found is not None else {}
        if isinstance(found, griffe.Function) and found.name in makers and not isinstance(node, ast.Call):
            asks = partial(_only_asks, found.module, paths)
            if names_all_it_adds(makers[found.name], asks):
                continue
        if path.rpartition(".")[2] in _KEEP_CLASSES and (found is None or found.name not in makers):
            continue
        if not _keeps(path, node, paths, _KEEP_CLASSES) or (found is not None and found.name in makers):
            return path or "a decorator"
    return ""


def _only_asks(module: griffe.Module, paths: Paths, name: str) -> bool:
    """Return whether a function of a module does not change what it is given first."""
    found = paths.object_at(f"{module.path}.{name}")
    if not isinstance(found, griffe.Function) or found.name in texts_of(found.module).makers:
        return False
    facts = function_facts(found)
    return not facts.own and not facts.opens_first


def _keeps(path: str, node: ast.expr, paths: Paths, known: frozenset[str]) -> bool:
    name = path.rpartition(".")[2]
    if name in known or name in {"setter", "getter", "deleter"}:
        return True
    found = paths.object_at(path)
    if found is not None and found.name in module_facts(found.module).names.branching:
        return False
    if isinstance(found, griffe.Function):
        return function_facts(found).keeps_signature
    if isinstance(found, griffe.Attribute):
        return _is_made_to_keep(found, paths)
    if isinstance(found, griffe.Class):  # `@doc("...")`, whose `__call__` is given the function
        call = found.members.get("__call__")
        takes_one = isinstance(call, griffe.Function) and len(call.parameters) == len(("self", "function"))
        is_kept = isinstance(call, griffe.Function) and function_facts(call).keeps_signature
        return isinstance(node, ast.Call) and takes_one and is_kept
    return False


def _is_made_to_keep(found: griffe.Attribute, paths: Paths) -> bool:
    """Return whether a value is a decorator that a call makes: `docfiller = filldoc(texts)`."""
    value = found.value
    if not isinstance(value, griffe.ExprCall):
        return False
    path = paths.of_expression(value.function)
    if path == "functools.partial" and value.arguments:
        path = paths.of_expression(value.arguments[0])
    maker: griffe.Object | griffe.Alias | None = paths.object_at(path)
    if isinstance(maker, griffe.Class):  # an object whose `__call__` is given the function
        maker = maker.members.get("__call__")
    return isinstance(maker, griffe.Function) and function_facts(maker).keeps_signature
