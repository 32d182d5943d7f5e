"""The documentation of a Python package: the docstrings and signatures of its public objects."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from corpora.dependencies.package_name import normalized_name
from corpora.document import Document, Listed, Origin, Skipped, hash_bytes, join_sections
from corpora.outside.files import read_outside
from corpora.outside.folder_entries import file_stamp, status_below
from corpora.outside.path_filter import PathFilter
from corpora.python.module_files import (
    PackageFiles,
    is_compiled_module,
    without_stubs_suffix,
)
from corpora.python.package_paths import module_paths, offered_test_folders
from corpora.python.package_units import PackageUnits, kept_units, known_units
from corpora.python.source import PackageSource, find_package
from corpora.runtime.facts import facts_file, read_facts
from corpora.shipped_pages import is_shipped_page, page_paths, read_shipped_page
from corpora.source_tree.roles.test_paths import is_test_file
from corpora.spec import MAX_FILE_BYTES, CorpusSpec
from corpora.syntax.parse import whole_reading_time_limit

_VENDORED = frozenset({"_vendor", "vendor", "_vendored", "vendored", "extern", "_extern", "third_party"})
_ASKED = "(run time)"  # no module has this name

_STUB = "the stub of a module beside it"


class PythonPackage:
    """The modules of a package, a wheel or an installed distribution, which is not imported.

    A document is a module; its sections are the documented public objects that it defines, under the names by
    which users import them (`numpy.sum`, not `numpy._core.fromnumeric.sum`). Its README and the pages that
    lie among its modules are documents, too.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        self.spec = spec
        self._filter = PathFilter(spec.include, spec.exclude)
        self._source: PackageSource | None = None
        self._files: frozenset[str] = frozenset()
        self._stubs: frozenset[str] = frozenset()
        self._compiled: frozenset[str] = frozenset()
        self._size_bytes = 0
        self._stamp = ""
        self._units: tuple[str, PackageUnits] | None = None

    def scan(self) -> Iterator[Listed | Skipped]:
        """Yield every module of the package in the order of their paths.

        All modules have the same stamp, which covers all of them: the public name of an object depends on
        modules other than its own.

        Raises:
            CorpusError: there is no such package.
        """
        source = self._source = self._found()
        pages = {source.description, *page_paths(source.root, source.tops)} - {""}
        paths = [*module_paths(source), *pages]
        offered = offered_test_folders(paths)
        found = {path: self._examine(source.root, path, offered) for path in paths}
        self._compiled = frozenset(
            path for path in found if _is_compiled(path) and isinstance(found[path], int)
        )
        if self.spec.runtime and not self._facts():
            found[_ASKED] = Skipped(_ASKED, "unreadable", "not asked yet; run: rag docs update")
        self._stamp = _stamp(source, found, self._facts())
        # Of compiled modules only those of the top level are documents: others belong to their package.
        found = {path: size for path, size in found.items() if "/" not in path or not _is_compiled(path)}
        self._files = (
            frozenset(path for path, size in found.items() if isinstance(size, int)) - self._compiled - pages
        )
        self._stubs = frozenset(path for path, size in found.items() if _is_read(size)) - self._files - pages
        self._size_bytes = sum(size for size in found.values() if isinstance(size, int))
        for path, size in sorted(found.items()):
            yield Listed(path, size, self._stamp) if isinstance(size, int) else size

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the module of `listed`; `Skipped` if it documents nothing public or cannot be parsed."""
        from corpora.python.loading import syntax_problem  # (griffe is heavy)

        if self._stamp != listed.stamp:
            self._source = None  # another process scanned, or the package has changed since
        pages = {} if is_shipped_page(listed.path) else self.units().pages
        source = self._source or self._found()
        most = MAX_FILE_BYTES if _is_compiled(listed.path) else self.spec.max_file_bytes
        try:
            data = read_outside(source.root / listed.path, max_bytes=most)
        except OSError as error:
            return Skipped(listed.path, "unreadable", str(error.strerror), listed.size_bytes)
        origin = Origin(
            corpus=self.spec.name,
            path=listed.path,
            language="python",
            kind="docs",
            library=self.spec.library or _library(source),
            version=self.spec.version or source.version,
            url=self.spec.page_url(listed.path),
        )
        if is_shipped_page(listed.path):
            return read_shipped_page(origin, data)
        sections = pages.get(listed.path, "")
        if isinstance(sections, str):
            wrong = sections or syntax_problem(data, source.python)
            if wrong:
                return Skipped(listed.path, "malformed", wrong, listed.size_bytes)
            return Skipped(
                listed.path, "ignored", "a script: its folder has no __init__.py", listed.size_bytes
            )
        if not sections:
            return Skipped(listed.path, "empty", "no documented public object", listed.size_bytes)
        return Document(origin, join_sections(sections), hash_bytes(data), sections)

    def _read(self, source: PackageSource) -> PackageUnits:
        """Read the whole package, unless it was read before."""

        def read() -> PackageUnits:
            from corpora.python.sections import read_package  # (griffe is heavy)

            # It is read at once, within a limit of its own, when the first of its modules is asked for.
            with whole_reading_time_limit(self._size_bytes):
                return read_package(files)

        files = PackageFiles(
            source.root, source.tops, self._files, self._stubs, self._compiled, source.python, self._stamp
        )
        return kept_units(self._content(source), read)

    def _content(self, source: PackageSource) -> str:
        """Return what the units depend on, as a stamp."""
        return "\0".join([self._stamp, source.python, *source.tops])

    def was_read(self) -> bool:
        """Return whether the units are known, so that asking for them takes no time.

        A package that is made to take long is only read by workers, which end in time.

        Raises:
            CorpusError: there is no such package.
        """
        for _ in self.scan():
            pass
        source = self._source or self._found()
        is_held = self._units is not None and self._units[0] == self._stamp
        return is_held or known_units(self._content(source)) is not None

    def units(self) -> PackageUnits:
        """Return the units of all modules, and what is known of their documentation.

        Raises:
            CorpusError: there is no such package.
        """
        from corpora.python.runtime_units import with_facts

        if self._source is None:
            for _ in self.scan():
                pass
        source = self._source or self._found()
        if self._units is None or self._units[0] != self._stamp:
            units = self._read(source)
            if file := self._facts():
                units = with_facts(units, read_facts(file, source.tops))
            self._units = self._stamp, units
        return self._units[1]

    def _found(self) -> PackageSource:
        return find_package(self.spec.location, self.spec.environment, self.spec.hashes)

    def _facts(self) -> Path | None:
        """Return the file of what the package says when it runs, if it is wanted and there; else None."""
        source = self._source
        if not self.spec.runtime or source is None or not source.version:
            return None
        file = facts_file(source.library, source.version, source.stamp)
        return file if file.is_file() else None

    def _examine(self, root: Path, path: str, offered: frozenset[str]) -> int | Skipped:
        """Return the size of a module in bytes, or why it is left out; `offered` as for `_left_out`."""
        status = status_below(root, path, holder="package")
        if isinstance(status, Skipped):
            return status
        size = status.st_size
        if why := self._filter.left_out(path):
            return Skipped(path, "ignored", why, size)
        most = MAX_FILE_BYTES if _is_compiled(path) else self.spec.max_file_bytes
        if size > most:
            return Skipped(path, "too large", f"more than {most} bytes", size)
        return _left_out(path, root / path, size, offered) or size


def _library(source: PackageSource) -> str:
    """Return the library that a package documents: of `types-requests`, which has only stubs, `requests`."""
    described = {without_stubs_suffix(top) for top in source.tops if top != without_stubs_suffix(top)}
    if len(described) == len(source.tops):
        return normalized_name(min(described, key=lambda top: (top not in source.library, top)))
    return source.library


def _left_out(path: str, full: Path, size: int, offered: frozenset[str]) -> Skipped | None:
    """Return why a module is not for users: vendored, a test, or a stub of another module; else None.

    `offered` are the folders that look like tests and are none.
    """
    *folders, name = PurePosixPath(path).parts
    judged = next((path.removeprefix(folder) for folder in offered if path.startswith(folder)), path)
    if not _VENDORED.isdisjoint(folders):
        return Skipped(path, "vendored", "", size)
    if is_test_file(judged):
        return Skipped(path, "ignored", "a test", size)
    if name.endswith(".pyi") and full.with_suffix(".py").is_file():
        return Skipped(path, "ignored", _STUB, size)
    return None


def _is_compiled(path: str) -> bool:
    return is_compiled_module(PurePosixPath(path).name)


def _is_read(found: int | Skipped) -> bool:
    return isinstance(found, int) or found.detail == _STUB


def _stamp(source: PackageSource, found: dict[str, int | Skipped], facts: Path | None) -> str:
    digest = hashlib.blake2b(f"{source.version}\0{source.stamp}".encode(), digest_size=16)
    if facts:
        digest.update(f"\0{file_stamp(facts.stat())}".encode())
    for path in sorted(found):
        status = None
        if not source.stamp and _is_read(found[path]):
            with suppress(OSError):  # if it is gone meanwhile, the stamp differs for that
                status = (source.root / path).stat()
        size = found[path] if isinstance(found[path], int) else -1
        digest.update(f"\0{path}\0{status.st_mtime_ns if status else 0}\0{size}".encode())
    return f"/{digest.hexdigest()}"  # all of it tells how a module is read
