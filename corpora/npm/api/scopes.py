"""What is declared where in the declaration files of a package: files, ambient modules and namespaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from corpora.npm.exports import declarators, has_token, node_name, node_text, unwrapped
from corpora.npm.modules import Module, ModuleGraph, read_module
from corpora.npm.read_package import ReadPackage
from corpora.syntax.parse import NotParsed, parse

if TYPE_CHECKING:
    from tree_sitter import Node

AMBIENT: Final = "ambient:"
"""In front of the name of a module that `declare module "NAME"` declares, in place of a file."""

NAMESPACE_NODES: Final = frozenset({"internal_module", "module"})
_MAX_BYTES: Final = 60_000_000  # of the files of a package that are parsed; the largest have a third of it
_MAX_AMBIENT: Final = 20_000
_IS_MODULE: Final = frozenset({"import_statement", "export_statement"})
NAMELESS: Final = "$default"
"""The name that `export default function (): void` is given: without one, the grammar does not take it."""

_NAMELESS: Final = re.compile(rb"^([ \t]*+export default function)[ \t]*+\(", re.MULTILINE)

_SPECIFIER: Final = re.compile(r"[\w@./$:~+-]{1,200}")


class Declaration(NamedTuple):
    """One declaration of a name, which may have several.

    Attributes:
        node: without `export` and `declare`.
        outer: with them.
        comment: the comment in front of it, as it is written; empty if there is none.
    """

    node: Node
    outer: Node
    comment: str


@dataclass(slots=True)
class DeclaredScope:
    """A file, a module or a namespace.

    Attributes:
        module: what it imports and exports.
        declarations: by name, in their order.
        parent: the file that an ambient module is declared in; empty for a file.
        is_script: whether it neither imports nor exports: all that it declares is global.
    """

    module: Module
    declarations: dict[str, list[Declaration]] = field(default_factory=dict)
    parent: str = ""
    is_script: bool = False


def read_scope(bodies: Iterable[Node], parent: str = "") -> DeclaredScope:
    """Return what several bodies of one file, module or namespace declare together."""
    scope = DeclaredScope(Module(), {}, parent)
    for body in bodies:
        found = read_module(body)
        for name in ("exported", "imported"):
            getattr(scope.module, name).update(getattr(found, name))
        for name, is_exported in found.declared.items():
            scope.module.declared[name] = scope.module.declared.get(name, False) or is_exported
        scope.module.stars += found.stars
        scope.module.assigned = scope.module.assigned or found.assigned
        scope.module.is_explicit |= found.is_explicit
        scope.is_script |= not any(node.type in _IS_MODULE for node in body.named_children)
        for name, declaration in _declarations(body.named_children):
            scope.declarations.setdefault(name, []).append(declaration)
    return scope


def _declarations(nodes: Iterable[Node]) -> Iterator[tuple[str, Declaration]]:
    comment = ""
    for node in nodes:
        if node.type == "comment":
            text = node_text(node)
            comment = text if text.startswith("/**") else comment
            continue
        inner, _ = unwrapped(node)
        default = "default" if has_token(node, "default") else ""
        if inner.type == "import_alias":
            names = [(node_text(part), inner) for part in inner.named_children[:1]]
        else:
            names = [(node_name(one), one) for one in declarators(inner)]
        for name, named in names or [(node_name(inner) or default, inner)]:
            if name:
                yield name, Declaration(named, node, comment)
        comment = ""


class Scopes:
    """The files of a package and the modules that they declare, each parsed when it is asked for.

    Args:
        package: whose files are read.
    """

    def __init__(self, package: ReadPackage) -> None:
        self.package = package
        self._scopes: dict[str, DeclaredScope | None] = {}
        self._namespaces: dict[tuple[str, str], DeclaredScope | None] = {}
        self._bytes = 0
        self._ambient: dict[str, tuple[str, list[Node]]] = {}
        self._more: dict[str, list[Node]] = {}
        self.own_modules: dict[str, str] = {}
        self.graph = ModuleGraph(self._has, self._module, self._kept, self._outer)
        self._read_ambient()

    @property
    def is_cut_short(self) -> bool:
        """Return whether something was left out, since the package is too large."""
        return self._bytes > _MAX_BYTES or self.graph.is_cut_short

    @property
    def ambient(self) -> tuple[str, ...]:
        """The names of the modules that files declare by name."""
        return tuple(self._ambient)

    def scope(self, file: str) -> DeclaredScope | None:
        """Return what a file or an ambient module declares; None if it cannot be read."""
        if file not in self._scopes:
            self._scopes[file] = None  # (a file that needs itself ends here)
            if file.startswith(AMBIENT):
                parent, bodies = self._ambient[file.removeprefix(AMBIENT)]
                self._scopes[file] = read_scope(bodies, parent)
            elif (root := self._root(file)) is not None:
                self._scopes[file] = read_scope([root, *self._more.get(file, ())])
        return self._scopes[file]

    def namespace(self, file: str, name: str) -> DeclaredScope | None:
        """Return what a namespace declares, by its dotted name in a file; None if there is none."""
        key = file, name
        if key not in self._namespaces:
            self._namespaces[key] = None
            bodies = [
                body
                for one in self.declarations(file, name)
                if one.node.type in NAMESPACE_NODES and (body := one.node.child_by_field_name("body"))
            ]
            whole = self.scope(file)
            if bodies and whole is not None and whole.module.assigned == name:
                bodies += self._more.get(file, [])  # additions to a module are those to its `export =`
            if bodies:
                self._namespaces[key] = read_scope(bodies)
        return self._namespaces[key]

    def declarations(self, file: str, name: str) -> list[Declaration]:
        """Return the declarations of a name in a file, dotted if it is in namespaces."""
        holder, _, last = name.rpartition(".")
        scope = self.namespace(file, holder) if holder else self.scope(file)
        return scope.declarations.get(last, []) if scope is not None else []

    def _root(self, file: str) -> Node | None:
        try:
            data = self.package.data(file)
        except (OSError, ValueError):
            return None
        self._bytes += len(data)
        if self._bytes > _MAX_BYTES:
            return None
        try:
            text = _NAMELESS.sub(rb"\1 " + NAMELESS.encode() + b"(", data.decode("utf-8", "replace").encode())
            return parse(text, "typescript", len(text))
        except NotParsed:
            return None

    def _read_ambient(self) -> None:
        """Find `declare module "NAME"`: a module of its own in a script, additions to another in a module."""
        for file in sorted(self.package.own_files):
            if not self._may_declare_modules(file):
                continue
            root = self._root(file)
            is_script = root is not None and not any(one.type in _IS_MODULE for one in root.named_children)
            for node in root.named_children if root is not None else ():
                inner, _ = unwrapped(node)
                named = inner.child_by_field_name("name") if inner.type == "module" else None
                body = inner.child_by_field_name("body") if inner.type == "module" else None
                if named is None or body is None or named.type != "string":
                    continue
                name = node_text(named).strip("'\"`")
                if is_script and self._is_own(name) and len(self._ambient) < _MAX_AMBIENT:
                    self._ambient.setdefault(name, (file, []))[1].append(body)
                elif name.startswith(".") and (target := self.graph.path_of(name, file)):
                    self._more.setdefault(target, []).append(body)

    def _may_declare_modules(self, file: str) -> bool:
        try:
            return b"declare module" in self.package.data(file)
        except (OSError, ValueError):
            return False

    def _is_own(self, name: str) -> bool:
        """Return whether a package may declare a module: its own ones, and those of Node.js in `@types`."""
        whole = self.package.name
        is_part = name == whole or name.startswith(f"{whole}/")
        return bool(_SPECIFIER.fullmatch(name)) and (is_part or whole == "node")

    def _has(self, path: str) -> bool:
        return self.package.has(path)

    def _kept(self, path: str) -> str:
        return path if path.startswith(AMBIENT) else self.package.kept(path)

    def _module(self, file: str) -> Module | None:
        scope = self.scope(file)
        return scope.module if scope is not None else None

    def _outer(self, specifier: str) -> str | None:
        if specifier in self._ambient:
            return AMBIENT + specifier
        if specifier in self.own_modules:  # a package may import itself by its name
            return self.own_modules[specifier]
        return self.package.outer_entry(specifier)
