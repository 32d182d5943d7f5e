"""The documented public objects of a package, read by griffe from its source. Nothing is imported."""

import ast
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from inspect import cleandoc
from pathlib import Path
from textwrap import indent

import griffe

from corpora.document import Section

_MAX_VALUE_CHARS = 80
_MAX_SIGNATURE_CHARS = 1000
_MAX_OVERLOADS = 4
_UNRESOLVED = (griffe.AliasResolutionError, griffe.CyclicAliasError)


class _ListedFinder(griffe.ModuleFinder):
    """Finds the modules that the corpus lists, and no others (tests, vendored packages)."""

    def __init__(self, root: Path, files: frozenset[str]) -> None:
        super().__init__([root])
        self._listed = frozenset(root / file for file in files)

    def submodules(self, module: griffe.Module) -> list[tuple[tuple[str, ...], Path]]:
        return [found for found in super().submodules(module) if found[1] in self._listed]


@lru_cache(maxsize=4)
def read_package(
    root: Path, tops: tuple[str, ...], files: frozenset[str], stubs: frozenset[str], stamp: str
) -> dict[str, tuple[Section, ...] | str]:
    """The sections of each of `files` (paths relative to `root`), or the reason why there are none.

    The whole of a package is read at once, since a module's public names depend on the others
    (`numpy.sum` is defined in `numpy/_core/fromnumeric.py`). Only the sections stay in memory.
    `stubs` lie beside a module of the same name. They tell names that the code computes, and
    would hide docstrings (`chebval: Final[...]` over `def chebval`), so they serve for names only.
    `stamp` is that of the files' content: another one reads them again.
    """
    modules, pages = _load_all(root, tops, files)
    names = _public_names(modules)
    if stubs:
        for path, name in _public_names(_load_all(root, tops, files | stubs)[0]).items():
            names[path] = min(name, names.get(path, name), key=_rank)
    for top_module in modules:
        for module in _modules(top_module):
            if not isinstance(module.filepath, list):
                path = module.filepath.relative_to(root).as_posix()
                pages[path] = tuple(_module_sections(module, names))
    return pages


def _load_all(
    root: Path, tops: tuple[str, ...], files: frozenset[str]
) -> tuple[list[griffe.Module], dict[str, tuple[Section, ...] | str]]:
    """The top-level modules, and for the files of those that cannot be loaded the reason."""
    loader = griffe.GriffeLoader(search_paths=[root], allow_inspection=False, store_source=False)
    loader.finder = _ListedFinder(root, files)
    modules: list[griffe.Module] = []
    failed: dict[str, tuple[Section, ...] | str] = {}
    for top in tops:
        loaded = _load(loader, top)
        if isinstance(loaded, griffe.Module):
            modules.append(loaded)
        else:
            failed.update({file: loaded for file in files if file.split("/")[0].split(".")[0] == top})
    return modules, failed


def _load(loader: griffe.GriffeLoader, top: str) -> griffe.Module | str:
    """A top-level module with all below it, or why it cannot be loaded."""
    try:
        loader.load(top, try_relative_path=False)
    except _UNRESOLVED:
        pass  # `from compiled import *`: everything is loaded, and what that line brings is not known
    except (griffe.GriffeError, ImportError, SyntaxError, ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    loaded = loader.modules_collection.members.get(top)
    return loaded if isinstance(loaded, griffe.Module) else "griffe finds no module of this name"


def _modules(module: griffe.Module) -> Iterator[griffe.Module]:
    """`module` and all modules below it, in the order of their names."""
    yield module
    for _, member in sorted(module.members.items()):
        if isinstance(member, griffe.Module):
            yield from _modules(member)


def _public_names(tops: list[griffe.Module]) -> dict[str, str]:
    """Where each object can be imported from: its path to the shortest public name, breadth first."""
    offered = [top for top in tops if not top.path.startswith("_")] or tops
    names: dict[str, str] = {top.path: top.path for top in offered}
    todo = deque((top, top.path) for top in offered)
    while todo:
        module, public = todo.popleft()
        for name, member in sorted(module.members.items()):
            if not _is_public(module, name, member):
                continue
            try:
                target = member.final_target if isinstance(member, griffe.Alias) else member
            except _UNRESOLVED:
                continue  # it comes from another distribution
            candidate = f"{public}.{name}"
            known = names.get(target.path)
            if known is None or _rank(candidate) < _rank(known):
                names[target.path] = candidate
            if known is None and isinstance(target, griffe.Module):
                todo.append((target, candidate))
    return names


def _rank(name: str) -> tuple[int, int, str]:
    return name.count("."), len(name), name


def _is_public(module: griffe.Module, name: str, member: griffe.Object | griffe.Alias) -> bool:
    """Whether `module` offers `name` to its users.

    `__all__` decides over what a module imports. Without it, what an `__init__` imports from its
    own package is meant for re-export. An `__all__` that only running the code can tell
    (`[name for name in dir() ...]`) comes out empty and counts as none.
    """
    exports = {str(export) for export in module.exports or ()}
    if name in exports:
        return True
    if name.startswith("_"):
        return False
    if not isinstance(member, griffe.Alias):
        return True
    own = member.target_path.split(".")[0] == module.path.split(".")[0]
    return own and not exports and module.is_init_module


def _module_sections(module: griffe.Module, names: dict[str, str]) -> Iterator[Section]:
    public = names.get(module.path, "")
    if public and module.docstring:
        yield Section(public, module.docstring.value.strip() or public)
    for member in _in_order(module):
        if member.path in names and not isinstance(member, griffe.Module):
            yield from _sections(member, names[member.path])


def _in_order(holder: griffe.Module | griffe.Class) -> list[griffe.Object]:
    """What is defined in `holder` itself, in the order of its lines."""
    own = [member for member in holder.members.values() if isinstance(member, griffe.Object)]
    return sorted(own, key=lambda member: (member.lineno or 0, member.name))


def _sections(member: griffe.Object, name: str) -> Iterator[Section]:
    """The section of an object, if it is documented or a function of the top level; then its members'."""
    text = member.docstring.value.strip() if member.docstring else ""
    if isinstance(member, griffe.Function):
        text = "\n\n".join(filter(None, (text, _parameter_docs(member))))
    signature = _signature(member)
    if not text and isinstance(member, griffe.Class):
        init = member.members.get("__init__")
        text = init.docstring.value.strip() if isinstance(init, griffe.Function) and init.docstring else ""
    if not text and isinstance(member, griffe.Function) and name.count(".") == 1:
        text = signature
    if text:
        yield Section(name, text, f"L{member.lineno}" if member.lineno else "", signature)
    if isinstance(member, griffe.Class):
        for inner in _in_order(member):
            if not inner.name.startswith("_"):
                yield from _sections(inner, f"{name}.{inner.name}")


def _signature(member: griffe.Object) -> str:
    """The declaration of an object on one line, with annotations and defaults; overloads after `; `."""
    shown = ""
    if isinstance(member, griffe.Function):
        # A module shows how it is called in general; only a stub has nothing but overloads.
        stub = isinstance(member.filepath, Path) and member.filepath.suffix == ".pyi"
        overloads = (member.overloads if stub else None) or [member]
        shown = "; ".join(_call(overload) for overload in overloads[:_MAX_OVERLOADS])
    elif isinstance(member, griffe.Class):
        shown = _constructor(member)
    elif isinstance(member, griffe.Attribute):
        shown = member.name
        if member.annotation is not None:
            shown += f": {member.annotation}"
        if member.value is not None and len(str(member.value)) <= _MAX_VALUE_CHARS:
            shown += f" = {member.value}"
    shown = " ".join(shown.split())
    return shown if len(shown) <= _MAX_SIGNATURE_CHARS else shown[: _MAX_SIGNATURE_CHARS - 3] + "..."


def _constructor(member: griffe.Class) -> str:
    try:
        inherited = member.all_members
        init = inherited.get("__init__") or inherited.get("__new__")
    except (*_UNRESOLVED, ValueError):  # ValueError: the bases have no consistent order
        init = member.members.get("__init__")
    if isinstance(init, griffe.Alias):
        init = init.final_target if init.resolved else None
    if not isinstance(init, griffe.Function):
        bases = ", ".join(str(base) for base in member.bases)
        return f"class {member.name}({bases})" if bases else f"class {member.name}"
    return f"class {_call(init, member.name).rpartition(' -> ')[0] or _call(init, member.name)}"


def _call(function: griffe.Function, name: str = "") -> str:
    for parameter in function.parameters:
        parameter.annotation = _bare(parameter.annotation)
    shown = function.signature(return_type=True, name=name or function.name)
    for first in ("self", "cls"):
        shown = shown.replace(f"({first}, ", "(", 1).replace(f"({first})", "()", 1)
    return shown


def _bare(annotation: griffe.Expr | str | None) -> griffe.Expr | str | None:
    """`int` for `Annotated[int, Doc("...")]`."""
    if isinstance(annotation, griffe.ExprSubscript) and str(annotation.left).endswith("Annotated"):
        inside = annotation.slice
        return inside.elements[0] if isinstance(inside, griffe.ExprTuple) else inside
    return annotation


def _parameter_docs(function: griffe.Function) -> str:
    """What `Annotated[..., Doc("...")]` says of each parameter (PEP 727), one block for each."""
    blocks = []
    for parameter in function.parameters:
        annotation = parameter.annotation
        if not isinstance(annotation, griffe.ExprSubscript) or not isinstance(
            annotation.slice, griffe.ExprTuple
        ):
            continue
        for note in annotation.slice.elements[1:]:
            if isinstance(note, griffe.ExprCall) and str(note.function).endswith("Doc") and note.arguments:
                said = _string(str(note.arguments[0]))
                blocks.append(f"{parameter.name}:\n{indent(cleandoc(said), '  ')}" if said else "")
    return "\n".join(filter(None, blocks))


def _string(literal: str) -> str:
    try:
        value = ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return ""
    return value if isinstance(value, str) else ""
