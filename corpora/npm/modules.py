"""Read what each declaration file of an npm package exports, and follow its names through other files."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from corpora.npm.exports import (
    assigned_name,
    clause_names,
    declarators,
    has_token,
    node_name,
    node_text,
    unwrapped,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_SUFFIXES: Final = (".d.ts", ".d.mts", ".d.cts")
# `./a.js` is declared in `a.d.ts`, `./a.mjs` in `a.d.mts`.
_DECLARED: Final = {".js": ".d.ts", ".mjs": ".d.mts", ".cjs": ".d.cts", ".jsx": ".d.ts", ".ts": ".d.ts"}
_MAX_DEPTH: Final = 60  # files that a name is followed through
_MAX_NAMES: Final = 100_000  # of all files together
_MAX_STEPS: Final = (
    500_000  # files looked at for all names; of eight large packages, each needs less than 4,000
)

WHOLE: Final = "*"
"""In place of a name: the module as a whole (`import * as ns`)."""


class ModuleName(NamedTuple):
    """A name in a module: of the module at `specifier`, or of this one if that is empty."""

    specifier: str
    name: str


class Declared(NamedTuple):
    """Where a name leads: a declaration in a file, a member of its `export =`, or the file as a whole."""

    file: str
    name: str
    is_member: bool = False


@dataclass(slots=True)
class Module:
    """What a file imports, declares and exports.

    Attributes:
        exported: by the names that others import.
        imported: by the names within the file.
        stars: the modules of which everything is exported.
        declared: the names that are declared at its top, each with whether it says `export`.
        assigned: X of `export = X`.
        is_explicit: whether only what says so is exported.
    """

    exported: dict[str, ModuleName] = field(default_factory=dict)
    imported: dict[str, ModuleName] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    declared: dict[str, bool] = field(default_factory=dict)
    assigned: str = ""
    is_explicit: bool = False


def read_module(root: Node) -> Module:
    """Return what a file exports."""
    module = Module()
    for node in root.named_children:
        if node.type == "import_statement":
            module.imported.update(_imports(node))
        elif node.type == "export_statement" and not _declaration(node):
            _read_export(node, module)
        elif node.type == "import_alias" and (parts := [node_text(part) for part in node.named_children]):
            module.declared[parts[0]] = False
        else:
            inner, is_exported = unwrapped(node)
            default = "default" if has_token(node, "default") else ""
            names = [node_name(one) for one in declarators(inner)] or [node_name(inner) or default]
            for name in filter(None, names):
                module.declared[name] = module.declared.get(name, False) or is_exported
                if default:
                    module.exported["default"] = ModuleName("", name)
    return module


def _declaration(node: Node) -> bool:
    """Return whether an export statement declares what it exports."""
    return node.child_by_field_name("declaration") is not None


def _read_export(node: Node, module: Module) -> None:
    source = _specifier(node)
    clause = next((child for child in node.named_children if child.type == "export_clause"), None)
    namespace = next((child for child in node.named_children if child.type == "namespace_export"), None)
    if clause is not None:
        module.is_explicit = True
        for local, public in clause_names(clause):
            module.exported[public] = ModuleName(source, local)
    elif namespace is not None and namespace.named_children:
        module.exported[node_text(namespace.named_children[0]).strip("'\"")] = ModuleName(source, WHOLE)
    elif source:
        module.stars.append(source)
    elif assigned := assigned_name(node):
        module.is_explicit = True
        if has_token(node, "default"):
            module.exported["default"] = ModuleName("", assigned)
        else:
            module.assigned = assigned


def _imports(node: Node) -> Iterator[tuple[str, ModuleName]]:
    """Yield each name that a file gives to something it imports."""
    source = _specifier(node)
    for child in node.named_children:
        if child.type == "import_require_clause":  # import x = require("./x")
            required = next((one for one in child.named_children if one.type == "string"), None)
            if required is not None and child.named_children:
                yield node_text(child.named_children[0]), ModuleName(node_text(required).strip("'\""), "=")
        for part in child.named_children if child.type == "import_clause" else ():
            if part.type == "identifier":
                yield node_text(part), ModuleName(source, "default")
            elif part.type == "namespace_import" and part.named_children:
                yield node_text(part.named_children[0]), ModuleName(source, WHOLE)
            elif part.type == "named_imports":
                for name, alias in clause_names(part):
                    yield alias, ModuleName(source, name)


def _specifier(node: Node) -> str:
    source = node.child_by_field_name("source")
    return node_text(source).strip("'\"`") if source is not None else ""


class ModuleGraph:
    """The modules of a package; each is read when a name leads to it.

    Args:
        has: returns whether there is a declaration file at a path.
        read: returns what a file exports; None if it cannot be read.
        kept: returns the file that is read in place of one with the same declarations.
        outer: returns the file that a module of another package leads to; None if it is not read.
    """

    def __init__(
        self,
        has: Callable[[str], bool],
        read: Callable[[str], Module | None],
        kept: Callable[[str], str] = str,
        outer: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._has, self._read = has, read
        self.kept, self._outer = kept, outer
        self._modules: dict[str, Module | None] = {}
        self._exports: dict[str, dict[str, Declared]] = {}
        self._stars: dict[str, list[str]] = {}
        self._names = self._steps = 0

    def module(self, file: str) -> Module | None:
        """Return what a file exports; None if it cannot be read."""
        if file not in self._modules:
            self._modules[file] = self._read(file)
        return self._modules[file]

    @property
    def is_cut_short(self) -> bool:
        """Return whether names were left out, since following all of them takes too long."""
        return self._names > _MAX_NAMES or self._steps > _MAX_STEPS

    def exports(self, file: str) -> dict[str, Declared]:
        """Return where each name that a file exports leads; that of a namespace leads to all of a file."""
        if file not in self._exports:
            found: dict[str, Declared] = {}
            for place, module in self.with_stars(file):
                for name, declared in self._own_exports(place, module):
                    if place == file or name != "default":  # which `export *` leaves out
                        found.setdefault(name, declared)
            self._exports[file] = found
            self._names += len(found)
        return self._exports[file] if self._names <= _MAX_NAMES else {}

    def _own_exports(self, file: str, module: Module) -> Iterator[tuple[str, Declared]]:
        """Yield the names that a file exports, without those of other files by `export *`."""
        for public in module.exported:
            if (declared := self._declared(file, public)) is not None:
                yield public, declared
        for local, is_exported in module.declared.items():
            if is_exported or not module.is_explicit:
                yield local, Declared(file, local)

    def with_stars(self, file: str) -> Iterator[tuple[str, Module]]:
        """Yield a file and the files of which it exports everything, each once: these lists branch."""
        seen, left = set[str](), [file]
        while left and self._steps <= _MAX_STEPS:
            self._steps += 1
            place = left.pop()
            if place in seen or (module := self.module(place)) is None:
                continue
            seen.add(place)
            yield place, module
            left += self._starred(place, module)

    def _starred(self, file: str, module: Module) -> list[str]:
        """Return the files of which a file exports everything, the first one last."""
        if file not in self._stars:
            found = [self.path_of(source, file) for source in module.stars]
            self._stars[file] = [other for other in reversed(found) if other is not None]
        return self._stars[file]

    def assigned(self, file: str) -> Declared | None:
        """Return where `export =` of a file leads; None if it has none."""
        module = self.module(file)
        return self.local(file, module.assigned, ()) if module is not None and module.assigned else None

    def _declared(self, file: str, name: str, above: tuple[tuple[str, str], ...] = ()) -> Declared | None:
        """Return where a name leads that a file exports."""
        if (file, name) in above or len(above) > _MAX_DEPTH:
            return None
        above = (*above, (file, name))
        assigning = ""
        for place, module in self.with_stars(file):
            if name in module.exported:
                source, inner = module.exported[name]
                other = self._in_other(place, source, inner, above) if source else None
                found = other if source else self.local(place, inner, above)
                if found is not None or place == file:
                    return found
            elif name in module.declared and (module.declared[name] or not module.is_explicit):
                return Declared(place, name)
            assigning = assigning or (place if module.assigned else "")
        return Declared(assigning, name, is_member=True) if assigning else None

    def local(self, file: str, name: str, above: tuple[tuple[str, str], ...] = ()) -> Declared | None:
        """Return where a name within a file leads, which may be imported."""
        module = self.module(file)
        if module is None:
            return None
        if name not in module.declared and name in module.imported:
            source, inner = module.imported[name]
            return self._in_other(file, source, inner, above)
        return Declared(file, name)

    def _in_other(
        self, file: str, source: str, name: str, above: tuple[tuple[str, str], ...]
    ) -> Declared | None:
        other = self.path_of(source, file)
        if other is None:
            return None
        if name == WHOLE:
            return Declared(other, WHOLE)
        if name == "=" or (name == "default" and self._has_assigned(other)):
            return self.assigned(other)
        return self._declared(other, name, above)

    def _has_assigned(self, file: str) -> bool:
        module = self.module(file)
        return module is not None and bool(module.assigned)

    def path_of(self, specifier: str, file: str) -> str | None:
        """Return the file that a specifier in `file` leads to; None if it is in no package that is read."""
        if not specifier.startswith("."):
            return self._outer(specifier)
        return self.declaring(posixpath.normpath(posixpath.join(posixpath.dirname(file), specifier)), file)

    def declaring(self, path: str, file: str = "") -> str | None:
        """Return the declaration file for a path with or without a suffix, of a folder or of a script.

        Args:
            path: `./a`, `./a.js`, `./a.d.ts` or `./folder`.
            file: the file that names it; the kind of its suffix comes first.
        """
        path = path.removeprefix("./")
        own = next((suffix for suffix in _SUFFIXES if file.endswith(suffix)), ".d.ts")
        suffixes = sorted(_SUFFIXES, key=lambda suffix: suffix != own)
        stem, end = posixpath.splitext(path)
        names = [path]
        if end in _DECLARED:
            names += [stem + _DECLARED[end], *(stem + suffix for suffix in suffixes)]
        names += [path + suffix for suffix in suffixes]
        names += [posixpath.normpath(f"{path}/index{suffix}") for suffix in suffixes]
        found = next(filter(self._has, names), None)
        return self.kept(found) if found is not None else None
