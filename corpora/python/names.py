"""A package as griffe reads it, and the names by which users import its objects. Nothing is imported."""

import os
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import devnull
from pathlib import Path

import griffe

from corpora.outside.files import open_outside, read_outside
from corpora.python.deprecated import DeprecatedByWarning, literal_string

UNRESOLVED = (griffe.AliasResolutionError, griffe.CyclicAliasError)


_ENDS = (".py", ".pyi")
_MAX_BYTES = 100_000_000  # (the corpus has left out what is larger than it takes)


class _ListedFinder(griffe.ModuleFinder):
    """Finds the modules that the corpus lists, and no others (tests, vendored packages)."""

    def __init__(self, root: Path, files: frozenset[str]) -> None:
        # Where it is told to search, it reads each .pth file and follows it: first nowhere, then in the root.
        super().__init__([devnull])
        self.search_paths = [root]
        self._root = root
        self._listed = frozenset(root / file for file in files)
        self._sorted = sorted(self._listed)

    def find_package(self, module_name: str) -> griffe.Package | griffe.NamespacePackage:
        stem = self._root / module_name
        for path in (*(stem / f"__init__{end}" for end in _ENDS), *(Path(f"{stem}{end}") for end in _ENDS)):
            if path not in self._listed and os.path.lexists(path):
                _check_readable(path, self._root)  # (the scan has left it out, and griffe reads it)
        return super().find_package(module_name)

    def _filter_py_modules(self, path: Path) -> Iterator[Path]:
        # The library walks through all links: to the root of the disk, if one leads there.
        return (file for file in self._sorted if file.is_relative_to(path))

    def submodules(self, module: griffe.Module) -> list[tuple[tuple[str, ...], Path]]:
        return [found for found in super().submodules(module) if found[1] in self._listed]


def _check_readable(path: Path, root: Path) -> None:
    """Raises `ImportError` for what is no regular file in the folder of the package, and for a huge one."""
    try:
        with open_outside(path, root=root) as file:
            too_large = os.fstat(file.fileno()).st_size > _MAX_BYTES
        if too_large:
            raise ImportError(f"{path.name} holds more than {_MAX_BYTES} bytes")
    except OSError as error:
        raise ImportError(f"{path.name}: {error.strerror}") from error


class _OverloadsAlone(griffe.Extension):
    """Makes members of functions that have overloads and no body, as stubs have them."""

    def on_members(self, *, obj: griffe.Object, **_: object) -> None:
        if isinstance(obj, griffe.Module | griffe.Class):
            for name, overloads in obj.overloads.items():
                if overloads and name not in obj.members:
                    overloads[0].overloads = list(overloads)
                    obj.set_member(name, overloads[0])


def _extensions() -> griffe.Extensions:
    return griffe.Extensions(_OverloadsAlone(), DeprecatedByWarning())


def load_stub(root: Path, path: str) -> griffe.Module | None:
    """The module of a stub by itself; None if it cannot be read. `path` is relative to `root`."""
    parts = Path(path).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    try:
        code = read_outside(root / path, max_bytes=_MAX_BYTES).decode("utf-8")
        module = griffe.visit(name, root / path, code, extensions=_extensions())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError, griffe.GriffeError):
        return None  # what it would have told is missing; the module beside it is read all the same
    return module


def load_modules(
    root: Path, tops: tuple[str, ...], files: frozenset[str]
) -> tuple[list[griffe.Module], dict[str, str]]:
    """The top-level modules, and for the files of those that cannot be loaded the reason."""
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
    """Keep griffe from asking git of the package's folder: that runs what its repository names."""
    asked = griffe.GitInfo.__dict__["from_package"]
    griffe.GitInfo.from_package = classmethod(lambda cls, package: None)  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        griffe.GitInfo.from_package = asked  # type: ignore[method-assign]


def _load(loader: griffe.GriffeLoader, top: str) -> griffe.Module | str:
    """A top-level module with all below it, or why it cannot be loaded."""
    try:
        with _without_git():
            loader.load(top, try_relative_path=False)
    except UNRESOLVED:
        pass  # `from compiled import *`: everything is loaded, and what that line brings is not known
    except (RecursionError, MemoryError):  # both are how the parser says it
        return "a module is nested too deep to be parsed"
    except (griffe.GriffeError, ImportError, OSError, SyntaxError, ValueError) as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    loaded = loader.modules_collection.members.get(top)
    return loaded if isinstance(loaded, griffe.Module) else "griffe finds no module of this name"


def modules_below(module: griffe.Module) -> Iterator[griffe.Module]:
    """`module` and all modules below it, in the order of their names."""
    yield module
    for _, member in sorted(module.members.items()):
        if isinstance(member, griffe.Module):
            yield from modules_below(member)


def members_of(holder: griffe.Module | griffe.Class) -> list[griffe.Object]:
    """What is defined in `holder` itself, in the order of its lines."""
    own = [member for member in holder.members.values() if isinstance(member, griffe.Object)]
    return sorted(own, key=lambda member: (member.lineno or 0, member.name))


def public_names(tops: Sequence[griffe.Module]) -> dict[str, str]:
    """Where each object can be imported from: its path to the shortest public name, breadth first.

    Where the code says itself under which module it shows an object (`@set_module("numpy")`), that counts.
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
            offer(names, target.path, f"{public}.{name}")
            if known is None and isinstance(target, griffe.Module):
                todo.append((target, f"{public}.{name}"))
    for same_name in defined.values():
        for member in same_name:
            if (shown := _shown_module(member)) and shown in names:
                offer(names, member.path, f"{names[shown]}.{member.name}")
    return names


def offer(names: dict[str, str], path: str, candidate: str) -> None:
    """Let `candidate` be the name of the object at `path` if it is the best so far."""
    names[path] = min(candidate, names.get(path, candidate), key=_rank)


def _rank(name: str) -> tuple[int, int, str]:
    return name.count("."), len(name), name


def _definitions(tops: Sequence[griffe.Module]) -> dict[str, list[griffe.Object]]:
    """Functions and classes of all modules, by their own name."""
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
    """What a name stands for; None if that cannot be told.

    Where a module computes what it passes on (`extend_all(numeric)`), the only object of that name
    that is defined below it is meant.
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
    """The module that a decorator or `__module__` names as that of the object; empty if none does."""
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
