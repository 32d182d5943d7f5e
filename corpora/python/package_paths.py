"""The paths of the modules of a package, and the folders among them that hold tests."""

import ast
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from corpora.outside.files import lies_in, read_outside
from corpora.python.module_files import MODULE_SUFFIXES, PackageFiles, importable_name, is_compiled_module
from corpora.python.source import PackageSource
from corpora.source_tree.roles.test_paths import is_test_file
from corpora.spec import MAX_FILE_BYTES
from corpora.syntax.parse_python import parse_python
from corpora.syntax.python_imports import imported_names, star_imports


def module_paths(source: PackageSource) -> Iterator[str]:
    """Yield the paths of all Python files of the package, relative to its root."""
    for top in source.tops:
        for suffix in MODULE_SUFFIXES:
            if (source.root / f"{top}{suffix}").is_file():
                yield f"{top}{suffix}"
        yield from (path.name for path in source.root.glob(f"{top}.*") if is_compiled_module(path.name))
        if not lies_in(source.root / top, source.root):  # else we would walk the folder that a link leads to
            yield top
            continue
        for folder, folders, names in os.walk(source.root / top):
            folders[:] = [name for name in folders if name.isidentifier() and name != "__pycache__"]
            for name in names:
                if name.endswith(MODULE_SUFFIXES) or is_compiled_module(name):
                    yield (Path(folder) / name).relative_to(source.root).as_posix()


def offered_test_folders(paths: Iterable[str]) -> frozenset[str]:
    """Return the folders called `test` that hold no tests, but what a package offers to those who write some.

    `django.test` is one.
    """
    found, of_tests = set[str](), set[str]()
    for path in paths:
        folder, test, inside = f"/{path}".rpartition("/test/")
        if test:
            found.add(place := f"{folder}{test}".lstrip("/"))
            if is_test_file(inside):
                of_tests.add(place)
    return frozenset(found - of_tests)


def imported_folders(package: PackageFiles) -> frozenset[str]:
    """Return the folders without `__init__.py` from which modules elsewhere in the package import.

    Python imports modules in any folder, and most of them are scripts; `flask.sansio` is none.
    """
    held = {PurePosixPath(path).parent.as_posix() for path in package.modules if path.endswith("__init__.py")}
    bare = {
        folder.as_posix()
        for path in package.modules
        for folder in PurePosixPath(path).parents
        if folder.name and len(folder.parts) > 1 and folder.as_posix() not in held
    }
    wanted = {folder.rpartition("/")[2].encode() for folder in bare}
    found = set[str]()
    for path in sorted(package.modules) if wanted else ():
        data = _content(package.root / path)
        if any(name in data for name in wanted):
            own = importable_name(path)
            imports = _imports(data, own, is_package=path.endswith("__init__.py"))
            found |= {
                folder
                for folder in bare
                if not path.startswith(f"{folder}/")
                and any(f"{one}.".startswith(f"{folder.replace('/', '.')}.") for one in imports)
            }
    return frozenset(found)


def _content(path: Path) -> bytes:
    try:
        return read_outside(path, max_bytes=MAX_FILE_BYTES)
    except OSError:
        return b""


def _imports(data: bytes, module: str, *, is_package: bool) -> set[str]:
    """Return the dotted names of what a module imports."""
    tree = parse_python(data)
    if tree is None:
        return set()
    whole = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named = imported_names(tree, module, is_package=is_package).values()
    return {*whole, *named, *star_imports(tree, module, is_package=is_package)}
