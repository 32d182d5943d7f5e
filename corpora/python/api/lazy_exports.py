"""Names that a module loads when they are first asked for, where tables in its source tell them."""

import ast
from collections.abc import Iterator
from typing import Final

import griffe

from corpora.python.api.facts import lazy_tables
from corpora.python.api.resolving import Paths
from corpora.syntax.dotted_name import dotted_name

_MAX_NAMES: Final = 5_000


def lazy_exports(module: griffe.Module, paths: Paths) -> dict[str, str]:
    """Return the names of a module with `__getattr__` that its tables or `__all__` tell, with their paths.

    It knows `_HOMES = {"Name": "package.module"}`, `{"Name": (".module", "name")}`, `{".module": ["Name"]}`,
    and `lazy_loader.attach(__name__, submod_attrs={"module": ["Name"]})`.
    """
    if "__getattr__" not in module.members:
        return {}
    found: dict[str, str] = {}
    for one in lazy_tables(module):
        for name, path in _of_value(one, module):
            if len(found) < _MAX_NAMES and name.isidentifier() and name not in module.members:
                found[name] = paths.final(path)
    for export in module.exports or ():
        if str(export) not in module.members and str(export).isidentifier():
            found.setdefault(str(export), f"{module.path}.{export}")
    return found


def _of_value(value: ast.expr, module: griffe.Module) -> Iterator[tuple[str, str]]:
    if isinstance(value, ast.Dict):
        yield from _of_table(value, module)
    if isinstance(value, ast.Call) and dotted_name(value.func).rpartition(".")[2] == "attach":
        named = {one.arg: one.value for one in value.keywords}
        positional = dict(zip(("__name__", "submodules", "submod_attrs"), value.args, strict=False))
        given = positional | named
        submodules = given.get("submodules")
        for part in submodules.elts if isinstance(submodules, ast.List | ast.Set | ast.Tuple) else ():
            if text := _text(part):
                yield text, f"{module.path}.{text}"
        if isinstance(table := given.get("submod_attrs"), ast.Dict):
            yield from _of_table(table, module, of_modules=True)


def _of_table(
    table: ast.Dict, module: griffe.Module, *, of_modules: bool = False
) -> Iterator[tuple[str, str]]:
    for key, value in zip(table.keys, table.values, strict=True):
        name = _text(key)
        if not name:
            continue
        if isinstance(value, ast.List | ast.Tuple | ast.Set):
            parts = [text for part in value.elts if (text := _text(part))]
            place = _absolute(name, module, of_modules=of_modules)
            if of_modules or name.startswith("."):
                yield from ((part, f"{place}.{part}") for part in parts)
            elif name.isidentifier() and isinstance(value, ast.Tuple) and len(parts) > 1:
                # pydantic: {"Field": (__spec__.parent, ".fields")}; others: {"Field": (".fields", "Field")}
                yield name, f"{_absolute(parts[0], module)}.{parts[1]}"
            elif name.isidentifier() and parts and isinstance(value, ast.Tuple):
                last = f"{_absolute(parts[-1], module)}"
                yield name, f"{last}.{name}"
        elif (
            (text := _text(value))
            and name.isidentifier()
            and all(part.isidentifier() for part in text.lstrip(".").split("."))
        ):
            place, _, last = text.rpartition(".")
            is_object = last == name and place
            yield name, _absolute(text, module) if is_object else f"{_absolute(text, module)}.{name}"


def _absolute(place: str, module: griffe.Module, *, of_modules: bool = False) -> str:
    """Return a module that is named from within a package: `.fields` in `pydantic` is `pydantic.fields`."""
    if not place.startswith("."):
        return f"{module.path}.{place}" if of_modules else place
    dots = len(place) - len(place.lstrip("."))
    base = module.path if module.is_init_module else module.path.rpartition(".")[0]
    for _ in range(dots - 1):
        base = base.rpartition(".")[0]
    return f"{base}.{place[dots:]}".rstrip(".")


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
