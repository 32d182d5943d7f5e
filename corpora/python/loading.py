"""The modules of a package as griffe reads them; nothing is imported."""

import ast
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from os import devnull
from pathlib import Path
from typing import TypeVar

import griffe

from corpora.outside.file_text import decode_text
from corpora.outside.files import open_outside, read_outside
from corpora.python.applied.notes import SourceNotes
from corpora.python.deprecated import DeprecatedByWarning
from corpora.python.grown_exports import with_plain_exports
from corpora.python.module_files import MODULE_SUFFIXES, PackageFiles, without_stubs_suffix
from corpora.python.package_paths import imported_folders
from corpora.spec import MAX_FILE_BYTES
from corpora.syntax.older_python import in_older_syntax
from corpora.syntax.taken_branches import taken_branches

_Read = TypeVar("_Read")

UNRESOLVED = (griffe.AliasResolutionError, griffe.CyclicAliasError)


class _ListedFinder(griffe.ModuleFinder):
    """Finds the modules that the corpus lists, and no others (tests, vendored packages)."""

    def __init__(self, root: Path, files: frozenset[str], *, merges_stubs: bool) -> None:
        # In the folders given to the constructor, griffe follows each .pth file: so none are given, and the
        # root is set afterwards.
        super().__init__([devnull])
        self.search_paths = [root]
        self._root = root
        self._listed = frozenset(root / file for file in files)
        # A folder before what is in it: `Cipher/AES.py` stands before `Cipher/__init__.py` in the alphabet.
        self._sorted = sorted(self._listed, key=lambda path: (path.parent, path.stem != "__init__", path))
        self._merges_stubs = merges_stubs

    def find_package(self, module_name: str) -> griffe.Package | griffe.NamespacePackage:
        stem = self._root / module_name
        for path in (
            *(stem / f"__init__{end}" for end in MODULE_SUFFIXES),
            *(Path(f"{stem}{end}") for end in MODULE_SUFFIXES),
        ):
            if path not in self._listed and os.path.lexists(path):
                _check_readable(path, self._root)  # (the scan has left it out, but griffe would read it)
        described = f"{module_name}-stubs"
        has_own = any(path.is_relative_to(stem) or path.stem == module_name for path in self._sorted)
        if not has_own and any(path.is_relative_to(self._root / described) for path in self._sorted):
            stem = self._root / described  # nothing but stubs: they are read as the package
        # (griffe's own search reads an `__init__.py` as UTF-8, which it need not be.)
        for module in (stem / "__init__.py", Path(f"{stem}.py")):
            if module.is_file():
                stubs = module.with_suffix(".pyi")
                return griffe.Package(
                    module_name, module, stubs if self._merges_stubs and stubs.is_file() else None
                )
        for module in (stem / "__init__.pyi", Path(f"{stem}.pyi")):
            if module.is_file():
                return griffe.Package(module_name, module, None)
        if stem.is_dir():
            return griffe.NamespacePackage(module_name, [stem])
        raise ModuleNotFoundError(module_name)

    def _filter_py_modules(self, path: Path) -> Iterator[Path]:
        # griffe would follow all links: to the root of the disk, if one leads there.
        return (file for file in self._sorted if file.is_relative_to(path))

    def submodules(self, module: griffe.Module) -> list[tuple[tuple[str, ...], Path]]:
        return [found for found in super().submodules(module) if found[1] in self._listed]


class _SourceLoader(griffe.GriffeLoader):
    """Reads modules in their own encoding and syntax, without branches that `python` does not take."""

    python: str = ""
    any_folder: bool = False
    """Whether modules count in all folders without `__init__.py`: Python imports them; most are scripts."""
    folders: frozenset[Path] = frozenset()
    """Those in which they count in any case."""

    def _get_or_create_parent_module(
        self, module: griffe.Module, subparts: tuple[str, ...], subpath: Path
    ) -> griffe.Module:
        place, folder = module, subpath.parents[len(subparts) - 1]
        for part in subparts[:-1] if subpath.stem != "__init__" else ():
            folder /= part
            found = place.members.get(part)
            if found is None and (self.any_folder or folder in self.folders):
                found = self._create_module(part, [folder])
                place.set_member(part, found)
            if not isinstance(found, griffe.Module):
                break
            place = found
        return super()._get_or_create_parent_module(module, subparts, subpath)

    def _visit_module(
        self, module_name: str, module_path: Path, parent: griffe.Module | None = None
    ) -> griffe.Module:
        data = read_outside(module_path, max_bytes=MAX_FILE_BYTES)

        def visit(code: str) -> griffe.Module:
            return griffe.visit(
                module_name,
                filepath=module_path,
                code=code,
                extensions=self.extensions,
                parent=parent,
                lines_collection=self.lines_collection,
                modules_collection=self.modules_collection,
            )

        module = _in_any_syntax(data, visit, self.python)
        listed = module.members.get("__all__")
        if not module.exports and isinstance(listed, griffe.Attribute) and listed.value is None:
            module.exports = None  # `__all__: list[str]` in a stub says nothing: its code does
        return module

    def expand_exports(self, module: griffe.Module, seen: set[str] | None = None) -> None:
        """Expand what modules take from the `__all__` of others.

        A list that only running the code can tell, and one that takes up nothing but such a list, count as
        none: `from core import *` then brings all public names, and not nothing at all.
        """
        super().expand_exports(module, seen)
        listed = module.members.get("__all__")
        if module.exports == [] and isinstance(listed, griffe.Attribute) and not _is_empty(listed.value):
            module.exports = None

    def _load_package(
        self, package: griffe.Package | griffe.NamespacePackage, *, submodules: bool = True
    ) -> griffe.Module:
        """Load a package; what its stub declares completes what its code imports by `*`.

        griffe by itself expands such imports before it knows what `__all__ += core.__all__` lists.
        """
        if isinstance(package, griffe.NamespacePackage) or not package.stubs:
            return super()._load_package(package, submodules=submodules)
        code = self._load_module(package.name, package.path, submodules=submodules)
        self.expand_exports(code)
        self.expand_wildcards(code)
        stub = self._load_module(package.name, package.stubs, submodules=False)
        self.modules_collection.members[package.name] = code  # (reading the stub has put that there)
        for name, declared in stub.members.items():
            if isinstance(declared, griffe.Object) and not _is_found(code.members.get(name)):
                del code.members[name]  # of compiled code only the stub tells
        griffe.merge_stubs(code, stub)
        return code


def _is_empty(value: str | griffe.Expr | None) -> bool:
    return str(value) in {"[]", "()"}


def _is_found(member: griffe.Object | griffe.Alias | None) -> bool:
    """Return whether the source shows what a name stands for, if there is such a name."""
    try:
        return not isinstance(member, griffe.Alias) or bool(member.final_target)
    except UNRESOLVED:
        return False


def _check_readable(path: Path, root: Path) -> None:
    """Raise `ImportError` unless `path` is a regular file in the folder of the package and not huge."""
    try:
        with open_outside(path, root=root) as file:
            too_large = os.fstat(file.fileno()).st_size > MAX_FILE_BYTES
        if too_large:
            raise ImportError(f"{path.name} holds more than {MAX_FILE_BYTES} bytes")
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


def _extensions(more: Iterable[griffe.Extension] = ()) -> griffe.Extensions:
    return griffe.Extensions(_OverloadsAlone(), DeprecatedByWarning(), SourceNotes(), *more)


def _in_any_syntax(data: bytes, read: Callable[[str], _Read], python: str) -> _Read:
    """Return what `read` makes of the text of a module, in older syntax if it does not parse as it is.

    `python` is the version whose branches are read.

    Raises:
        SyntaxError: it is not text, or not Python.
    """
    decoded = decode_text(data)
    if isinstance(decoded, str):
        raise SyntaxError(f"the module is no text ({decoded})")
    text = decoded[0].replace("\r\n", "\n").replace("\r", "\n")
    try:
        return read(with_plain_exports(taken_branches(text, python)))
    except SyntaxError:
        older = in_older_syntax(text)
        if older == text:
            raise
    return read(with_plain_exports(taken_branches(older, python)))


def syntax_problem(data: bytes, python: str = "") -> str:
    """Return why a module cannot be parsed, as the version `python` reads it; empty if it can."""
    try:
        _in_any_syntax(data, ast.parse, python)
    except (RecursionError, MemoryError):  # the parser raises either
        return "it is nested too deep to be parsed"
    except (SyntaxError, ValueError) as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""


def problem_of(package: PackageFiles, path: str) -> str:
    """Return why the module at `path` of a package cannot be read; empty if it can."""
    try:
        return syntax_problem(read_outside(package.root / path, max_bytes=MAX_FILE_BYTES), package.python)
    except OSError as error:
        return str(error.strerror)


def load_stub(
    package: PackageFiles, path: str, more: Iterable[griffe.Extension] = ()
) -> griffe.Module | None:
    """Return the module of a stub of a package by itself; None if it cannot be read."""
    parts = Path(path).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    try:
        data = read_outside(package.root / path, max_bytes=MAX_FILE_BYTES)

        def visit(code: str) -> griffe.Module:
            return griffe.visit(name, package.root / path, code, extensions=_extensions(more))

        return _in_any_syntax(data, visit, package.python)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError, griffe.GriffeError):
        return None  # only what the stub adds is missing: the module beside it is read all the same


def load_modules(
    package: PackageFiles, more: Iterable[griffe.Extension] = (), *, for_documentation: bool = True
) -> tuple[list[griffe.Module], dict[str, str]]:
    """Return the top-level modules, and the reasons by file for those that cannot be loaded.

    Args:
        package: the files to read.
        more: extensions of griffe beside those that documentation needs.
        for_documentation: whether the stub of a top-level package replaces what its code says, and modules in
            folders without `__init__.py` are left out.
    """
    loader = _SourceLoader(
        search_paths=[devnull], allow_inspection=False, store_source=False, extensions=_extensions(more)
    )
    loader.python = package.python
    loader.any_folder = not for_documentation
    if for_documentation:
        loader.folders = frozenset(package.root / folder for folder in imported_folders(package))
    loader.finder = _ListedFinder(package.root, package.modules, merges_stubs=for_documentation)
    modules: list[griffe.Module] = []
    failed: dict[str, str] = {}
    for top in package.tops:
        loaded = _load(loader, without_stubs_suffix(top))
        if isinstance(loaded, griffe.Module):
            modules.append(loaded)
        else:
            failed.update(
                {file: loaded for file in package.modules if file.split("/")[0].split(".")[0] == top}
            )
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
