"""The documentation of a package of npm: its TypeScript declarations with their comments."""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from corpora.document import Document, Listed, Origin, Skipped, hash_bytes, join_sections
from corpora.npm.declarations import Whole, declared_sections, whole_of
from corpora.npm.source import SUFFIXES, NpmSource, find_npm
from corpora.outside.files import lies_in, read_outside, regular_status
from corpora.source_tree.test_files import is_test_file
from corpora.spec import CorpusSpec
from corpora.syntax.parse import NotParsed

# The same declarations for two kinds of import; the one on the left is read.
_TWIN_FOLDERS: Final = (("esm", "cjs"), ("es", "cjs"), ("esm", "commonjs"), ("mjs", "cjs"), ("es", "lib"))
_OLD_TYPESCRIPT = re.compile(r"ts\d+\.\d+")  # `ts5.0/index.d.ts`, for those who have not upgraded


class NpmPackage:
    """The declaration files of a package of npm, without running anything of it.

    A document is a file; its sections are the exported declarations and their public members, named
    after the package (`lodash.debounce`, `axios.AxiosInstance.get`).
    """

    def __init__(self, spec: CorpusSpec) -> None:
        from corpora.source_tree.path_patterns import path_spec  # (heavy: loaded when a corpus is opened)

        self.spec = spec
        self._include = path_spec(spec.include) if spec.include else None
        self._exclude = path_spec(spec.exclude)
        self._source: NpmSource | None = None

    def scan(self) -> Iterator[Listed | Skipped]:
        """Every declaration file of the package, by path. Raises `CorpusError` if there is no package."""
        source = self._source = find_npm(self.spec.location)
        paths = sorted(_declaration_files(source.root))
        known = frozenset(paths)
        for path in paths:
            yield self._examine(source, path, known)

    def read(self, listed: Listed) -> Document | Skipped:
        """The file behind `listed`; `Skipped` if it declares nothing that is exported."""
        source = self._source = self._source or find_npm(self.spec.location)
        try:
            data = read_outside(source.root / listed.path, max_bytes=self.spec.max_file_bytes)
            entry = _read_entry(source, self.spec.max_file_bytes)
        except OSError as error:
            return Skipped(listed.path, "unreadable", str(error.strerror), listed.size_bytes)
        library = self.spec.library or source.library
        text = data.decode("utf-8", "replace").encode()  # (so that every node is UTF-8)
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
            url=f"{self.spec.url.rstrip('/')}/{listed.path}" if self.spec.url else "",
        )
        return Document(origin, join_sections(sections), hash_bytes(data), sections)

    def _examine(self, source: NpmSource, path: str, known: frozenset[str]) -> Listed | Skipped:
        full = source.root / path
        try:
            if full.is_symlink() and not lies_in(full, source.root):
                return Skipped(path, "outside", "a link that leads out of the package")
            status = regular_status(full)
        except OSError as error:
            return Skipped(path, "unreadable", str(error.strerror))
        included = self._include is None or self._include.match_file(path)
        if not included or self._exclude.match_file(path):
            return Skipped(path, "ignored", "by the corpus's include and exclude patterns", status.st_size)
        if status.st_size > self.spec.max_file_bytes:
            return Skipped(path, "too large", f"more than {self.spec.max_file_bytes} bytes", status.st_size)
        if why := _left_out(path, known):
            return Skipped(path, "ignored", why, status.st_size)
        # The version and the entry are part of what is read, whatever the file's own time says.
        own = source.stamp or f"{status.st_mtime_ns}-{status.st_size}"
        return Listed(path, status.st_size, f"{own}-{source.version}-{source.entry}")


def documented_name(library: str) -> str:
    """The package that declarations are about: `@types/lodash` -> `lodash`, `@types/a__b` -> `@a/b`."""
    if not library.startswith("@types/"):
        return library
    name = library.removeprefix("@types/")
    scope, mark, rest = name.partition("__")
    return f"@{scope}/{rest}" if mark else name


def _declaration_files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in {"node_modules", ".git"}]
        for name in names:
            if name.endswith(SUFFIXES):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _left_out(path: str, known: frozenset[str]) -> str:
    """Why a file says nothing that another one does not; empty where it does."""
    *folders, name = PurePosixPath(path).parts
    if any(_OLD_TYPESCRIPT.fullmatch(folder) for folder in folders):
        return "for an old TypeScript"
    if is_test_file(path):
        return "a test"
    suffix = next(suffix for suffix in SUFFIXES if name.endswith(suffix))
    for other in SUFFIXES[: SUFFIXES.index(suffix)]:
        if path.removesuffix(suffix) + other in known:
            return f"the same declarations as {path.removesuffix(suffix)}{other}"
    for left, right in _TWIN_FOLDERS:
        if right in folders:
            at = folders.index(right)
            twin = str(PurePosixPath(*folders[:at], left, *folders[at + 1 :], name))
            if any(twin.removesuffix(suffix) + other in known for other in SUFFIXES):
                return f"the same declarations as {twin}"
    return ""


def _read_entry(source: NpmSource, max_bytes: int) -> bytes:
    """The main declaration file; empty where there is none in the package."""
    try:
        return read_outside(source.root / source.entry, max_bytes=max_bytes, root=source.root)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return b""


def _whole(entry: bytes) -> Whole:
    return whole_of(entry) if b"export" in entry and b"=" in entry else Whole(frozenset())
