"""Find the names that a TypeScript declaration file exports, and what `export = X` exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Node

_WRAPPERS: Final = frozenset({"export_statement", "ambient_declaration", "expression_statement"})


class PackageNames(NamedTuple):
    """The names that stand for the package as a whole: X of `export = X`, and the type of X."""

    names: frozenset[str]


class Exports(NamedTuple):
    """The exports of a file: public names by local ones, and whether everything else is exported, too."""

    is_everything: bool
    public_names: dict[str, str]

    def public(self, local: str, *, exported: bool) -> str | None:
        """Return the name by which a declaration is imported; None if it is not exported."""
        return self.public_names.get(local) or (local if exported or self.is_everything else None)


def package_names(root: Node) -> PackageNames:
    """Return what `export = X` exports: X, and the interface that X is declared to be.

    For `declare const _: _.LoDashStatic; export = _` these are `_` and `LoDashStatic`.
    """
    exported = {name for node in root.named_children if (name := assigned_name(node))}
    types = set()
    for node in root.named_children if exported else ():
        for declarator in declarators(unwrapped(node)[0]):
            annotation = declarator.child_by_field_name("type")
            if annotation is not None and node_name(declarator) in exported:
                types.add(node_text(annotation).lstrip(": ").rpartition(".")[2])
    return PackageNames(frozenset(exported | {name for name in types if name.isidentifier()}))


@lru_cache(maxsize=4)
def read_package_names(data: bytes) -> PackageNames:
    """Return the `package_names` of a file in UTF-8; none if it cannot be parsed."""
    from corpora.syntax.parse import NotParsed, parse

    try:
        return package_names(parse(data, "typescript", len(data)))
    except NotParsed:
        return PackageNames(frozenset())


def find_exports(nodes: Iterable[Node]) -> Exports:
    """Return the exports of a file: everything, unless it lists them (`export {}`, `export =`)."""
    public_names: dict[str, str] = {}
    is_explicit = False
    for node in nodes:
        if node.type != "export_statement":
            continue
        clause = next((child for child in node.named_children if child.type == "export_clause"), None)
        if clause is not None:
            is_explicit = True
            if node.child_by_field_name("source") is None:  # not `export { a } from "./b"`: not declared here
                names = clause_names(clause)
                public_names.update(
                    (local, public if public != "default" else local) for local, public in names
                )
        elif assigned := assigned_name(node):
            is_explicit = True
            public_names[assigned] = assigned
    return Exports(not is_explicit, public_names)


def clause_names(clause: Node) -> Iterator[tuple[str, str]]:
    """Yield both names of each entry of `{ a as b }` in an import or export: the same one without `as`."""
    for specifier in clause.named_children:
        local, alias = specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")
        if local is not None:
            name = node_text(local).strip("'\"")
            yield name, node_text(alias).strip("'\"") if alias is not None else name


def assigned_name(node: Node) -> str:
    """Return X of `export = X` and of `export default X`; empty for any other statement."""
    if node.type != "export_statement" or not (has_token(node, "=") or has_token(node, "default")):
        return ""
    last = node.named_children[-1] if node.named_children else None
    return node_text(last) if last is not None and last.type == "identifier" else ""


def unwrapped(node: Node) -> tuple[Node, bool]:
    """Return the declaration within `export`, `declare` and the like, and whether it is exported."""
    exported = False
    while node.type in _WRAPPERS:
        exported = exported or node.type == "export_statement"
        inner = node.child_by_field_name("declaration") or next(
            (child for child in node.named_children if child.type not in {"comment", "decorator"}), None
        )
        if inner is None:
            break
        node = inner
    return node, exported


def declarators(node: Node) -> list[Node]:
    """Return the variables of `const a: A, b: B`; none for other statements."""
    if node.type not in {"lexical_declaration", "variable_declaration"}:
        return []
    return [child for child in node.named_children if child.type == "variable_declarator"]


def has_token(node: Node, token: str) -> bool:
    """Return whether `token`, such as `default`, is directly in a node."""
    return any(child.type == token for child in node.children)


def node_name(node: Node) -> str:
    """Return the name of a declaration without quotes; empty if it has none."""
    named = node.child_by_field_name("name")
    return node_text(named).strip("'\"") if named is not None else ""


def node_text(node: Node) -> str:
    """Return the source of a node."""
    return (node.text or b"").decode(errors="replace")
