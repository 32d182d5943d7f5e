"""A package as griffe reads it, and the names by which users import its objects; nothing is imported."""

import os
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import devnull
from pathlib import Path

import griffe

from corpora.outside.files import open_outside, read_outside
from corpora.python.deprecated import DeprecatedByWarning
from corpora.python.module_files import MODULE_SUFFIXES
from corpora.syntax.parse_python import literal_string

UNRESOLVED = (griffe.AliasResolutionError, griffe.CyclicAliasError)


_MAX_BYTES = 100_000_000  # (the corpus has left out files above its own limit)


class _ListedFinder(griffe.ModuleFinder):
    """Finds the modules that the corpus lists, and no others (tests, vendored packages)."""

    def __init__(self, root: Path, files: frozenset[str]) -> None:
        # In the folders given to the constructor, griffe follows each .pth file: so none are given, and the
        # root is set afterwards.
        super().__init__([devnull])
        self.search_paths = [root]
        self._root = root
        self._listed = frozenset(root / file for file in files)
        self._sorted = sorted(self._listed)

    def find_package(self, module_name: str) -> griffe.Package | griffe.NamespacePackage:
        stem = self._root / module_name
        for path in (
            *(stem / f"__init__{end}" for end in MODULE_SUFFIXES),
            *(Path(f"{stem}{end}") for end in MODULE_SUFFIXES),
        ):
            if path not in self._listed and os.path.lexists(path):
                _check_readable(path, self._root)  # (the scan has left it out, but griffe would read it)
        return super().find_package(module_name)

    def _filter_py_modules(self, path: Path) -> Iterator[Path]:
        # griffe would follow all links: to the root of the disk, if one leads there.
        return (file for file in self._sorted if file.is_relative_to(path))

    def submodules(self, module: griffe.Module) -> list[tuple[tuple[str, ...], Path]]:
        return [found for found in super().submodules(module) if found[1] in self._listed]


def _check_readable(path: Path, root: Path) -> None:
    """Raise `ImportError` unless `path` is a regular file in the folder of the package and not huge."""
    try:
        with open_outside(path, root=root) as file:
            too_large = os.fstat(file.fileno()).st_size > _MAX_BYTES
        if too_large:
            raise ImportError(f"{path.name} holds more than {_MAX_BYTES} bytes")
    except OSError as error:
        raise ImportError(f"{path.name}: {error.strerror}") from error


class _OverloadsAlone(griffe.Extension):
    """Makes functions that have overloads and no body, as in stubs, members of their module or class."""

    def on_members(self, *, obj: griffe.Object, **_: object) -> None:
        if isinstance(obj, griffe.Module | griffe.Class):
            for name, overloads in obj.overloads.items():
                if overloads and name not in obj.members:
                    overloads[0].overloads = list(overloads)
                    obj.set_member(name, overloads[0])


def _extensions() -> griffe.Extensions:
    return griffe.Extensions(_OverloadsAlone(), DeprecatedByWarning())


def load_stub(root: Path, path: str) -> griffe.Module | None:
    """Return the module of a stub by itself; None if it cannot be read. `path` is relative to `root`."""
    parts = Path(path).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    try:
        code = read_outside(root / path, max_bytes=_MAX_BYTES).decode("utf-8")
        module = griffe.visit(name, root / path, code, extensions=_extensions())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError, griffe.GriffeError):
        return None  # only what the stub adds is missing: the module beside it is read all the same
    return module


def load_modules(
    root: Path, tops: tuple[str, ...], files: frozenset[str]
) -> tuple[list[griffe.Module], dict[str, str]]:
    """Return the top-level modules, and the reasons by file for those that cannot be loaded."""
    loader = griffe.GriffeLoader(
        search_paths=[devnull], allow_inspection=False, store_source=False, extensions=_extensions()
    )
    loader.finder = _ListedFinder(root, files)
    modules: list[griffe.Module] = []
    failed: dict[str, str] = {}
    for top in tops:
        loaded = _load(loader, top)
        if isinstance(loaded, griffe.Module):
            modules.append(loaded)
        else:
            failed.update({file: loaded for file in files if file.split("/")[0].split(".")[0] == top})
    return modules, failed


@contextmanager
def _without_git() -> Iterator[None]:
    """Keep griffe from running git in the package's folder: git runs programs that its repository names."""
    asked = griffe.GitInfo.__dict__["from_package"]
    griffe.GitInfo.from_package = classmethod(lambda cls, package: None)  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        griffe.GitInfo.from_package = asked  # type: ignore[method-assign]


def _load(loader: griffe.GriffeLoader, top: str) -> griffe.Module | str:
    """Return a top-level module with all modules below it, or why it cannot be loaded."""
    try:
        with _without_git():
            loader.load(top, try_relative_path=False)
    except UNRESOLVED:
        pass  # `from compiled import *`: everything is loaded but the names of that line
    except (RecursionError, MemoryError):  # the parser raises either
        return "a module is nested too deep to be parsed"
    except (griffe.GriffeError, ImportError, OSError, SyntaxError, ValueError) as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    loaded = loader.modules_collection.members.get(top)
    return loaded if isinstance(loaded, griffe.Module) else "griffe finds no module of this name"


def modules_below(module: griffe.Module) -> Iterator[griffe.Module]:
    """Yield `module` and all modules below it, in the order of their names."""
    yield module
    for _, member in sorted(module.members.items()):
        if isinstance(member, griffe.Module):
            yield from modules_below(member)


def members_of(holder: griffe.Module | griffe.Class) -> list[griffe.Object]:
    """Return the objects that are defined in `holder` itself, in the order of their lines."""
    own = [member for member in holder.members.values() if isinstance(member, griffe.Object)]
    return sorted(own, key=lambda member: (member.lineno or 0, member.name))


def public_names(tops: Sequence[griffe.Module]) -> dict[str, str]:
    """Return the name under which users import each object, by its path: the shortest public one.

    Where the code itself says which module shows an object (`@set_module("numpy")`), that module counts.
    """
    offered = [top for top in tops if not top.path.startswith("_")] or list(tops)
    names: dict[str, str] = {top.path: top.path for top in offered}
    defined = _definitions(tops)
    todo = deque((top, top.path) for top in offered)
    while todo:
        module, public = todo.popleft()
        for name, member in sorted(module.members.items()):
            if not _is_public(module, name, member):
                continue
            target = _target(member, defined)
            if target is None:
                continue  # it comes from another distribution
            known = names.get(target.path)
            keep_shortest_name(names, target.path, f"{public}.{name}")
            if known is None and isinstance(target, griffe.Module):
                todo.append((target, f"{public}.{name}"))
    for same_name in defined.values():
        for member in same_name:
            if (shown := _shown_module(member)) and shown in names:
                keep_shortest_name(names, member.path, f"{names[shown]}.{member.name}")
    return names


def keep_shortest_name(names: dict[str, str], path: str, candidate: str) -> None:
    """Set `candidate` as the name of the object at `path` if it is the best so far."""
    names[path] = min(candidate, names.get(path, candidate), key=_rank)


def _rank(name: str) -> tuple[int, int, str]:
    return name.count("."), len(name), name


def _definitions(tops: Sequence[griffe.Module]) -> dict[str, list[griffe.Object]]:
    """Return the functions and classes of all modules, by their own names."""
    found: dict[str, list[griffe.Object]] = defaultdict(list)
    for top in tops:
        for module in modules_below(top):
            for member in module.members.values():
                if isinstance(member, griffe.Function | griffe.Class):
                    found[member.name].append(member)
    return found


def _target(
    member: griffe.Object | griffe.Alias, defined: Mapping[str, list[griffe.Object]]
) -> griffe.Object | None:
    """Return the object that a name stands for; None if its source does not tell.

    Where a module computes what it exports (`extend_all(numeric)`), it is the only object of that name
    defined below that module.
    """
    try:
        return member.final_target if isinstance(member, griffe.Alias) else member
    except griffe.AliasResolutionError as error:
        holder, _, name = error.alias.target_path.rpartition(".")
        below = [found for found in defined.get(name, ()) if found.path.startswith(f"{holder}.")]
        return below[0] if len(below) == 1 else None
    except griffe.CyclicAliasError:
        return None


def _shown_module(member: griffe.Object) -> str:
    """Return the module that a decorator or `__module__` gives for the object; empty if there is none."""
    if isinstance(member, griffe.Class) and isinstance(
        own := member.members.get("__module__"), griffe.Attribute
    ):
        return literal_string(str(own.value))
    for decorator in getattr(member, "decorators", ()):
        call = decorator.value
        if not isinstance(call, griffe.ExprCall) or not call.arguments:
            continue
        if str(call.function).rpartition(".")[2] == "set_module":
            return literal_string(str(call.arguments[0]))
        for argument in call.arguments:
            if isinstance(argument, griffe.ExprKeyword) and argument.name == "module":
                return literal_string(str(argument.value))
    return ""


def _is_public(module: griffe.Module, name: str, member: griffe.Object | griffe.Alias) -> bool:
    """Return whether `module` offers `name` to its users.

    `__all__` decides about imported names. Without it, names that an `__init__` imports from its own package
    are re-exported. An `__all__` that only running the code can tell (`[name for name in dir() ...]`) reads
    as empty and counts as none.
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
