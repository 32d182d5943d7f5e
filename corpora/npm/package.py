"""An npm package as a corpus: its TypeScript declarations with their comments."""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from corpora.document import Document, Listed, Origin, Skipped, hash_bytes, join_sections
from corpora.npm.declarations import declared_sections
from corpora.npm.exports import PackageNames, read_package_names
from corpora.npm.source import DECLARATION_SUFFIXES, NpmSource, find_npm
from corpora.outside.files import read_outside
from corpora.outside.folder_entries import file_stamp, status_below
from corpora.outside.path_filter import PathFilter
from corpora.source_tree.file_role import is_test_file
from corpora.spec import CorpusSpec
from corpora.syntax.parse import NotParsed

# Folders with the same declarations for two module systems; the one on the left is read.
_TWIN_FOLDERS: Final = (("esm", "cjs"), ("es", "cjs"), ("esm", "commonjs"), ("mjs", "cjs"), ("es", "lib"))
_OLD_TYPESCRIPT = re.compile(r"ts\d+\.\d+")  # `ts5.0/index.d.ts` is for users of an older TypeScript


class NpmPackage:
    """The declaration files of an npm package, read without running any of its code.

    A document is a file; its sections are the exported declarations and their public members, qualified
    by the package (`lodash.debounce`, `axios.AxiosInstance.get`).
    """

    def __init__(self, spec: CorpusSpec) -> None:
        self.spec = spec
        self._filter = PathFilter(spec.include, spec.exclude)
        self._source: NpmSource | None = None

    def scan(self) -> Iterator[Listed | Skipped]:
        """Yield every declaration file of the package, sorted by path.

        Raises:
            CorpusError: there is no such package, or it cannot be opened.
        """
        source = self._source = find_npm(self.spec.location)
        paths = sorted(_declaration_files(source.root))
        known = frozenset(paths)
        for path in paths:
            yield self._examine(source, path, known)

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the file behind `listed`; a `Skipped` if it exports no declaration.

        Raises:
            CorpusError: the package cannot be opened (any more).
        """
        source = self._source = self._source or find_npm(self.spec.location)
        try:
            data = read_outside(source.root / listed.path, max_bytes=self.spec.max_file_bytes)
            entry = _read_entry(source, self.spec.max_file_bytes)
        except OSError as error:
            return Skipped(listed.path, "unreadable", str(error.strerror), listed.size_bytes)
        library = self.spec.library or source.library
        text = data.decode("utf-8", "replace").encode()  # makes the text of every node valid UTF-8
        try:
            sections = declared_sections(text, documented_name(library), _whole(entry))
        except NotParsed as error:
            return Skipped(listed.path, "malformed", str(error), listed.size_bytes)
        if not sections:
            return Skipped(listed.path, "empty", "no exported declaration of its own", listed.size_bytes)
        origin = Origin(
            corpus=self.spec.name,
            path=listed.path,
            language="typescript",
            kind="docs",
            library=library,
            version=self.spec.version or source.version,
            url=self.spec.page_url(listed.path),
        )
        return Document(origin, join_sections(sections), hash_bytes(data), sections)

    def _examine(self, source: NpmSource, path: str, known: frozenset[str]) -> Listed | Skipped:
        status = status_below(source.root, path, holder="package")
        if isinstance(status, Skipped):
            return status
        if why := self._filter.left_out(path):
            return Skipped(path, "ignored", why, status.st_size)
        if status.st_size > self.spec.max_file_bytes:
            return Skipped(path, "too large", f"more than {self.spec.max_file_bytes} bytes", status.st_size)
        if why := _left_out(path, known):
            return Skipped(path, "ignored", why, status.st_size)
        # A document depends on version and entry, too, which may change while the file itself does not.
        own = source.stamp or file_stamp(status)
        return Listed(path, status.st_size, f"{own}-{source.version}-{source.entry}")


def documented_name(library: str) -> str:
    """Return the package that declarations describe: `@types/lodash` -> `lodash`, `@types/a__b` -> `@a/b`."""
    if not library.startswith("@types/"):
        return library
    name = library.removeprefix("@types/")
    scope, mark, rest = name.partition("__")
    return f"@{scope}/{rest}" if mark else name


def _declaration_files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in {"node_modules", ".git"}]
        for name in names:
            if name.endswith(DECLARATION_SUFFIXES):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _left_out(path: str, known: frozenset[str]) -> str:
    """Return why a file is redundant or a test; empty if it is neither."""
    *folders, name = PurePosixPath(path).parts
    if any(_OLD_TYPESCRIPT.fullmatch(folder) for folder in folders):
        return "for an old version of TypeScript"
    if is_test_file(path):
        return "a test"
    suffix = next(suffix for suffix in DECLARATION_SUFFIXES if name.endswith(suffix))
    for other in DECLARATION_SUFFIXES[: DECLARATION_SUFFIXES.index(suffix)]:
        if path.removesuffix(suffix) + other in known:
            return f"the same declarations as {path.removesuffix(suffix)}{other}"
    for left, right in _TWIN_FOLDERS:
        if right in folders:
            at = folders.index(right)
            twin = str(PurePosixPath(*folders[:at], left, *folders[at + 1 :], name))
            if any(twin.removesuffix(suffix) + other in known for other in DECLARATION_SUFFIXES):
                return f"the same declarations as {twin}"
    return ""


def _read_entry(source: NpmSource, max_bytes: int) -> bytes:
    """Return the main declaration file; empty if the package has none."""
    try:
        return read_outside(source.root / source.entry, max_bytes=max_bytes, root=source.root)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return b""


def _whole(entry: bytes) -> PackageNames:
    return read_package_names(entry) if b"export" in entry and b"=" in entry else PackageNames(frozenset())
