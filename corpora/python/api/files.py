"""The files of a package that its API is read from: those that an import can reach, without tests."""

import os
from hashlib import blake2b
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Final

from corpora.document import Skipped
from corpora.outside.files import read_outside
from corpora.outside.folder_entries import status_below
from corpora.python.dist_info import UNREADABLE, installed_distribution
from corpora.python.environments import installed_in
from corpora.python.module_files import PackageFiles, is_compiled_module
from corpora.python.package_paths import module_paths, offered_test_folders
from corpora.python.source import PackageSource
from corpora.source_tree.roles.test_paths import is_test_file
from corpora.spec import MAX_FILE_BYTES

_MAX_SOURCE_BYTES: Final = 4_000_000  # of one module; of generated ones, the largest have 2 MB
_MAX_FILES: Final = 30_000


def api_files(source: PackageSource, environment: str = "") -> tuple[PackageFiles, list[Skipped]]:
    """Return the files to read, and those left out that users can import, each with the reason.

    Vendored packages are read, too: classes inherit from what is in them.

    Args:
        source: the package.
        environment: the folder of the environment that it is installed in; empty for that of this program.
    """
    paths = [*module_paths(source)]
    if (own := _own_files(source, paths, environment)) is not None:
        paths = [path for path in paths if path in own]
    offered = offered_test_folders(paths)
    modules, stubs, compiled, skipped = set[str](), set[str](), set[str](), list[Skipped]()
    for path in sorted(paths)[:_MAX_FILES]:
        judged = next((path.removeprefix(folder) for folder in offered if path.startswith(folder)), path)
        if is_test_file(judged):
            continue
        status = status_below(source.root, path, holder="package")
        if isinstance(status, Skipped):
            skipped.append(status)
            continue
        is_compiled = is_compiled_module(PurePosixPath(path).name)
        if status.st_size > (MAX_FILE_BYTES if is_compiled else _MAX_SOURCE_BYTES):
            skipped.append(Skipped(path, "too large", f"{status.st_size} bytes", status.st_size))
        elif is_compiled:
            compiled.add(path)
        elif path.endswith(".pyi") and path.removesuffix("i") in paths:
            stubs.add(path)
        else:
            modules.add(path)
    files = PackageFiles(
        source.root, source.tops, frozenset(modules), frozenset(stubs), frozenset(compiled), source.python
    )
    return files, skipped


def _own_files(source: PackageSource, paths: list[str], environment: str) -> frozenset[str] | None:
    """Return the files of a distribution, where others have modules in the same folder; None for any.

    `google` holds modules of many distributions, and has no `__init__.py`.
    """
    shared = [
        top
        for top in source.tops
        if not {f"{top}/__init__.py", f"{top}/__init__.pyi", f"{top}.py"} & {*paths}
    ]
    if not source.found.startswith("installed") or not shared:
        return None
    try:
        found = (
            installed_in(Path(environment), source.library)
            if environment
            else installed_distribution(source.library)
        )
        listed = frozenset(file.as_posix() for file in (found.files or ()) if found) if found else frozenset()
    except (metadata.PackageNotFoundError, *UNREADABLE):
        return None
    return listed or None


def content_stamp(files: PackageFiles) -> str:
    """Return a stamp of the content of the files."""
    digest = blake2b(digest_size=16)
    for path in sorted(files.modules | files.stubs | files.compiled):
        try:
            data = read_outside(files.root / path, max_bytes=MAX_FILE_BYTES)
        except OSError:
            data = b""
        digest.update(f"\0{path}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def file_states(source: PackageSource) -> str:
    """Return a stamp that changes when a file of a package is written, made or removed; none is read.

    It is empty for packages that share their folders with others, and for those of too many files.
    """
    digest = blake2b(digest_size=16)
    count = 0
    for top in source.tops:
        if not (source.root / top / "__init__.py").is_file():
            return ""
        for folder, folders, names in os.walk(source.root / top):
            folders.sort()
            count += len(names)
            if count > _MAX_FILES:
                return ""
            for name in sorted(names):
                try:
                    found = os.lstat(f"{folder}/{name}")
                except OSError:
                    return ""
                state = found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_mode
                digest.update(f"\0{folder}\0{name}\0{state}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
