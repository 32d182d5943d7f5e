"""Read the files of an npm package, and of the installed ones whose names it exports as its own."""

import os
import posixpath
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from corpora.document import Section
from corpora.npm.entry_points import entry_points
from corpora.npm.import_names import ImportNames, import_names
from corpora.npm.modules import Module, ModuleGraph, read_module
from corpora.npm.scripts import required_script
from corpora.npm.source import DECLARATION_SUFFIXES, SCRIPT_SUFFIXES, NpmSource, installed_beside
from corpora.outside.files import lies_in, read_outside
from corpora.spec import CorpusSpec
from corpora.syntax.parse import NotParsed, parse

# Folders with the same declarations for two module systems; the one on the left is read.
_TWIN_FOLDERS: Final = (("esm", "cjs"), ("es", "cjs"), ("esm", "commonjs"), ("mjs", "cjs"), ("es", "lib"))
SIZE_FACTOR: Final = 4
"""A declaration file may be larger than other pages: bundlers put all declarations of a package into one."""

_OTHER_FOLDERS: Final = frozenset(
    "dist build umd test tests __tests__ spec example examples doc docs bench benchmark benchmarks "  # noqa: SIM905
    "scripts fixtures demo bin".split()
)
_MAX_REQUIRED: Final = 5  # scripts that export each other
_MAX_OUTER: Final = 30
_MAX_SHOWN_NAMES: Final = 300
_OUTER: Final = "node_modules/"


class ReadPackage:
    """A package with the names under which users import what it declares.

    Paths are those below its folder; a file of another package that it exports from lies below
    `node_modules/NAME/`, as that package is installed beside it.
    """

    def __init__(self, source: NpmSource, spec: CorpusSpec) -> None:
        self.source = source
        self.name = documented_name(spec.library or source.library)
        self._max_bytes = SIZE_FACTOR * spec.max_file_bytes
        self._roots: dict[str, NpmSource] = {}
        self._missing: dict[str, None] = {}
        self.own_files = frozenset(declaration_files(source.root))
        self._outer_files: dict[str, frozenset[str]] = {}

    @cached_property
    def files(self) -> frozenset[str]:
        """The paths of all declaration files, with those of other packages that names lead to; or scripts."""
        if not self.own_files:
            return frozenset(filter(self._is_source, declaration_files(self.source.root, SCRIPT_SUFFIXES)))
        return self.own_files | {file for file in self.names.declared if self.is_outer(file)}

    @cached_property
    def names(self) -> ImportNames:
        """The names under which users import the declarations."""
        entries = entry_points(dict(self.source.facts), self.own_files, self._graph)
        return import_names(self.name, entries, self._graph)

    @cached_property
    def entry(self) -> bytes:
        """The content of the main declaration file; empty if there is none."""
        try:
            return self.data(self.source.entry)
        except (OSError, ValueError):  # ValueError: a NUL in the path
            return b""

    @cached_property
    def _graph(self) -> ModuleGraph:
        return ModuleGraph(self.has, self._module, self.kept, self.outer_entry)

    def has(self, path: str) -> bool:
        """Return whether there is a declaration file at a path."""
        prefix = self._prefix_of(path)
        return path.removeprefix(prefix) in self._outer_files[prefix] if prefix else path in self.own_files

    def kept(self, path: str) -> str:
        """Return the file that is read in place of one with the same declarations."""
        if prefix := self._prefix_of(path):
            return prefix + kept_file(path.removeprefix(prefix), self._outer_files[prefix])
        return kept_file(path, self.own_files)

    def _prefix_of(self, path: str) -> str:
        """Return where the package lies that a file belongs to; empty for the package itself."""
        return next((prefix for prefix in self._roots if path.startswith(prefix)), "")

    @cached_property
    def main_script(self) -> str:
        """The path of the script that a package without declarations is."""
        facts = self.source.facts
        main = facts.get("module") or facts.get("main")
        path = posixpath.normpath(main) if isinstance(main, str) and main else "index.js"
        for _ in range(_MAX_REQUIRED):
            path = next(
                (name for name in (path, f"{path}.js", f"{path}/index.js") if self._is_file(name)), path
            )
            try:
                required = required_script(self.data(path).decode("utf-8", "replace"))
            except (OSError, ValueError):
                break
            if not required:
                break
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), required))
        return path

    def module_name(self, script: str) -> str:
        """Return how users import a script: `semver/functions/inc`, or by the name of the package."""
        stem = script.rpartition(".")[0]
        return self.name if script == self.main_script else f"{self.name}/{stem.removesuffix('/index')}"

    def _is_file(self, path: str) -> bool:
        return lies_in(self.source.root / path, self.source.root) and (self.source.root / path).is_file()

    def _is_source(self, script: str) -> bool:
        """Return whether a script is meant to be imported: no test, example, or bundle of the others."""
        folders = set(PurePosixPath(script).parts[:-1]) - set(PurePosixPath(self.main_script).parts)
        is_inner = PurePosixPath(script).name.startswith("_")  # by custom, for the package's own use
        is_bundle = script.endswith((".min.js", ".config.js", ".umd.js"))
        return not (folders & _OTHER_FOLDERS or is_inner or is_bundle)

    def is_outer(self, path: str) -> bool:
        """Return whether a file belongs to another package."""
        return path.startswith(_OUTER)

    def is_exported(self, name: str, path: str) -> bool:
        """Return whether a section of a file is about what the package exports, or a member of it."""
        known = (names[0] for names in self.names.declared.get(path, {}).values())
        return any(name == one or name.startswith(f"{one}.") for one in known)

    def data(self, path: str) -> bytes:
        """Return the content of a file; raises `OSError` if it cannot be read."""
        root, below = self.root_of(path)
        return read_outside(root / below, max_bytes=self._max_bytes, root=root)

    def namespaces(self, path: str) -> tuple[Section, ...]:
        """Return a section for each namespace that a module exports: `export * as core from "./core"`."""
        found = self.names.namespaces.get(path, {})
        return tuple(
            Section(name, f"namespace {name}: {', '.join(inner[:_MAX_SHOWN_NAMES])}", "", f"namespace {name}")
            for name, inner in found.items()
        )

    def notes(self, path: str) -> tuple[str, ...]:
        """Return what is missing in the main file: names of packages that are not installed."""
        if path != kept_file(self.source.entry, self.own_files):
            return ()
        cut = self._graph.is_cut_short or self.names.is_cut_short
        return (
            *(["not all names are followed: its files export each other too often"] if cut else []),
            *(
                f"{self.name} exports names of {other}, which is not installed beside it: add npm:{other}"
                for other in self._missing
            ),
        )

    def root_of(self, path: str) -> tuple[Path, str]:
        """Return the folder of the package that a file belongs to, and its path there."""
        if path.startswith(_OUTER) and not self._prefix_of(path):
            _ = self.names  # another process listed the file: this one does not know the package yet
        prefix = self._prefix_of(path)
        return (self._roots[prefix].root if prefix else self.source.root), path.removeprefix(prefix)

    def _module(self, file: str) -> Module | None:
        try:
            data = self.data(file)
            return read_module(parse(data.decode("utf-8", "replace").encode(), "typescript", len(data)))
        except (OSError, ValueError, NotParsed):  # reading the file reports it
            return None

    def outer_entry(self, specifier: str) -> str | None:
        """Return the file that a module of another package leads to, if that is installed."""
        parts = specifier.split("/")
        size = 2 if specifier.startswith("@") else 1
        package, subpath = "/".join(parts[:size]), "/".join(parts[size:])
        prefix = f"{_OUTER}{package}/"
        if prefix not in self._roots:
            other = installed_beside(self.source.root, package) if len(self._roots) < _MAX_OUTER else None
            if other is None:
                self._missing[package] = None
                return None
            self._roots[prefix] = other
            self._outer_files[prefix] = frozenset(declaration_files(other.root))
        files = self._outer_files[prefix]
        graph = ModuleGraph(files.__contains__, lambda _: None, lambda path: kept_file(path, files))
        entries = entry_points(dict(self._roots[prefix].facts), files, graph)
        found = next((entry.file for entry in entries if entry.subpath == subpath), None)
        return f"{prefix}{found}" if found is not None else None


def documented_name(library: str) -> str:
    """Return the package that declarations describe: `@types/lodash` -> `lodash`, `@types/a__b` -> `@a/b`."""
    if not library.startswith("@types/"):
        return library
    name = library.removeprefix("@types/")
    scope, mark, rest = name.partition("__")
    return f"@{scope}/{rest}" if mark else name


def declaration_files(root: Path, suffixes: tuple[str, ...] = DECLARATION_SUFFIXES) -> Iterator[str]:
    """Yield the paths of the declaration files of a package, without those of packages within it.

    Other `suffixes` give other files.
    """
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in {"node_modules", ".git"}]
        for name in names:
            if name.endswith(suffixes):
                yield (Path(folder) / name).relative_to(root).as_posix()


def kept_file(path: str, known: frozenset[str]) -> str:
    """Return the file that is read in place of one with the same declarations: `a.d.ts` for `a.d.cts`."""
    suffix = next((suffix for suffix in DECLARATION_SUFFIXES if path.endswith(suffix)), "")
    stem = path.removesuffix(suffix) if suffix else path
    for other in DECLARATION_SUFFIXES[: DECLARATION_SUFFIXES.index(suffix)] if suffix else ():
        if stem + other in known:
            return stem + other
    *folders, name = PurePosixPath(path).parts or ("",)
    for left, right in _TWIN_FOLDERS:
        if right in folders:
            at = folders.index(right)
            twin = str(PurePosixPath(*folders[:at], left, *folders[at + 1 :], name))
            for other in DECLARATION_SUFFIXES:
                if twin.removesuffix(suffix) + other in known:
                    return twin.removesuffix(suffix) + other
    return path
