"""The paths of the modules of a package, and the folders among them that hold tests."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from corpora.outside.files import lies_in
from corpora.python.module_files import MODULE_SUFFIXES, is_compiled_module
from corpora.python.source import PackageSource
from corpora.source_tree.roles.test_paths import is_test_file


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
