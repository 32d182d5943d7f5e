"""An npm package as a corpus: its TypeScript declarations, or its scripts, with their comments."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from corpora.document import Document, Listed, Origin, Section, Skipped, hash_bytes, join_sections
from corpora.npm.declarations import FileNames, declared_sections
from corpora.npm.exports import PackageNames, read_package_names
from corpora.npm.read_package import SIZE_FACTOR, ReadPackage, documented_name, kept_file
from corpora.npm.scripts import script_sections
from corpora.npm.source import SCRIPT_SUFFIXES, NpmSource, find_npm
from corpora.outside.folder_entries import file_stamp, status_below
from corpora.outside.path_filter import PathFilter
from corpora.shipped_pages import is_shipped_page, page_paths, read_shipped_page
from corpora.source_tree.roles.test_paths import is_test_file
from corpora.spec import CorpusSpec
from corpora.syntax.parse import NotParsed

_OLD_TYPESCRIPT = re.compile(r"ts\d+\.\d+")  # `ts5.0/index.d.ts` is for users of an older TypeScript


class NpmPackage:
    """The declaration files of an npm package, read without running any of its code.

    A document is a file; its sections are the exported declarations and their public members, qualified
    by the package (`lodash.debounce`, `axios.AxiosInstance.get`). Its README and other pages are documents,
    too, but for those of packages that hold only types.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        self.spec = spec
        self._filter = PathFilter(spec.include, spec.exclude)
        self._package: ReadPackage | None = None

    def scan(self) -> Iterator[Listed | Skipped]:
        """Yield every declaration file and every page of the package, sorted by path.

        Raises:
            CorpusError: there is no such package, or it cannot be opened.
        """
        source = find_npm(self.spec.location, self.spec.hashes)
        self._package = ReadPackage(source, self.spec)
        known = self._package.files
        is_types = source.holder or source.library.startswith("@types/")
        pages = () if is_types else page_paths(source.root)
        found = [self._examine(source, path, known) for path in sorted({*known, *pages})]
        way = _way_of_reading(source, found)
        for one in found:
            path = source.holder + one.path
            yield (
                replace(one, path=path, stamp=f"{one.stamp}/{way}")
                if isinstance(one, Listed)
                else replace(one, path=path)
            )

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the file behind `listed`; a `Skipped` if it exports no declaration.

        Raises:
            CorpusError: the package cannot be opened (any more).
        """
        if self._package is None:
            self._package = ReadPackage(find_npm(self.spec.location, self.spec.hashes), self.spec)
        package, source = self._package, self._package.source
        path = listed.path.removeprefix(source.holder)
        try:
            data = package.data(path)
        except OSError as error:
            return Skipped(listed.path, "unreadable", str(error.strerror), listed.size_bytes)
        origin = Origin(
            corpus=self.spec.name,
            path=listed.path,
            language="typescript",
            kind="docs",
            library=self.spec.library or documented_name(source.library),
            version=self.spec.version or source.version,
            url=self.spec.page_url(listed.path),
        )
        if is_shipped_page(path):
            return read_shipped_page(origin, data)
        text = data.decode("utf-8", "replace").encode()  # makes the text of every node valid UTF-8
        try:
            if is_script := listed.path.endswith(SCRIPT_SUFFIXES):
                sections = script_sections(text, package.module_name(path))
            else:
                sections = (*package.namespaces(path), *self._declared(package, path, text))
        except NotParsed as error:
            return Skipped(listed.path, "malformed", str(error), listed.size_bytes)
        if not sections:
            return Skipped(listed.path, "empty", "no exported declaration of its own", listed.size_bytes)
        origin = replace(origin, language="javascript") if is_script else origin
        return Document(
            origin, join_sections(sections), hash_bytes(data), sections, notes=package.notes(path)
        )

    def _declared(self, package: ReadPackage, path: str, text: bytes) -> tuple[Section, ...]:
        """Return the declarations of a file under the names that users import."""
        names, name = package.names, package.name
        scope = names.scopes.get(path, name)
        whole = PackageNames(frozenset())
        if scope == name and (entry := package.entry) and b"export" in entry and b"=" in entry:
            whole = read_package_names(entry)
        known = FileNames(names.of_file(path), names.members)
        sections = declared_sections(text, scope, whole, known)
        if not package.is_outer(path):
            return sections
        return tuple(one for one in sections if package.is_exported(one.name, path))

    def _examine(self, source: NpmSource, path: str, known: frozenset[str]) -> Listed | Skipped:
        assert self._package is not None
        root, below = self._package.root_of(path)
        status = status_below(root, below, holder="package")
        if isinstance(status, Skipped):
            return status
        if why := self._filter.left_out(path):
            return Skipped(path, "ignored", why, status.st_size)
        if status.st_size > (limit := SIZE_FACTOR * self.spec.max_file_bytes):
            return Skipped(path, "too large", f"more than {limit} bytes", status.st_size)
        if why := _left_out(path, known):
            return Skipped(path, "ignored", why, status.st_size)
        return Listed(path, status.st_size, source.stamp or file_stamp(status))


def _way_of_reading(source: NpmSource, found: Iterable[Listed | Skipped]) -> str:
    """Return a text that changes with the version and with any file: names of one come from others."""
    files = [(one.path, one.stamp) for one in found if isinstance(one, Listed)]
    return hash_bytes(repr((source.version, source.entry, source.facts, files)).encode(errors="replace"))


def _left_out(path: str, known: frozenset[str]) -> str:
    """Return why a file is redundant or a test; empty if it is neither."""
    if any(_OLD_TYPESCRIPT.fullmatch(folder) for folder in PurePosixPath(path).parts[:-1]):
        return "for an old version of TypeScript"
    if is_test_file(path):
        return "a test"
    twin = kept_file(path, known)
    return f"the same declarations as {twin}" if twin != path else ""
