"""Read the exported declarations of a TypeScript declaration file, each with its documentation comment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from corpora.document import Section
from corpora.npm.code_text import without_comments
from corpora.npm.exports import (
    Exports,
    PackageNames,
    declarators,
    find_exports,
    has_token,
    node_name,
    node_text,
    package_names,
    unwrapped,
)
from corpora.syntax.comment_text import comment_text, distinct_paragraphs

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_SIGNATURE_CHARS = 1000
_MAX_DECLARATION_CHARS = 4000
_MAX_OVERLOADS = 4
_MAX_DEPTH = 20  # of nested namespaces

_CONTAINERS: Final = frozenset({"interface_declaration", "class_declaration", "abstract_class_declaration"})
_NAMESPACES: Final = frozenset({"internal_module", "module"})
_SHOWN_WHOLE: Final = frozenset({"type_alias_declaration", "enum_declaration", "interface_declaration"})
_SHOWN_ALONE: Final = _SHOWN_WHOLE - {"interface_declaration"} | {"variable_declarator"}
_NAMED: Final = _CONTAINERS | _SHOWN_WHOLE | {"function_signature", "function_declaration"}
_METHODS: Final = frozenset({"method_signature", "abstract_method_signature", "method_definition"})
_PROPERTIES: Final = frozenset({"property_signature", "public_field_definition"})
_BODIES: Final = frozenset({"interface_body", "object_type", "class_body"})
_HIDDEN: Final = frozenset({"private", "protected"})
_REFERENCE = re.compile(r"@see (\S{1,200})")
_REFERENCES = re.compile(r"(?:@see \S+\s*)+")
_HIDDEN_TAG = re.compile(r"^@(?:internal|ignore|hidden)\b", re.MULTILINE)


@dataclass(slots=True)
class _Found:
    """All declarations of one name.

    `texts` are their comments; `shown` is their source, which is used if there is no comment.
    """

    line: int
    signatures: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FileNames:
    """The names under which users reach what a file declares.

    Attributes:
        declared: by the name in the file; the best first.
        members: further names of what is a member of the package, by its qualified name.
    """

    declared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    members: Mapping[str, Sequence[str]] = field(default_factory=dict)


def declared_sections(
    data: bytes, package: str, whole: PackageNames, names: FileNames | None = None
) -> tuple[Section, ...]:
    """Return a section for each declaration in a file, in its order; overloads are one section.

    Args:
        data: the file, in UTF-8.
        package: the name that qualifies the others (`lodash`).
        whole: the names that stand for the package as a whole.
        names: those under which users reach what the file declares.

    Declarations that only refer to another (`@see _.map`, a thousand times in lodash) are left out.

    Raises:
        NotParsed: the file is nested too deeply, or takes too long to parse.
    """
    from corpora.syntax.parse import parse

    root = parse(data, "typescript", len(data))  # no limit here: the size was bounded when it was read
    reader = _Reader(package, PackageNames(whole.names | package_names(root).names), names or FileNames())
    reader.read(root.named_children, package, 0)
    reader.alias_references()
    sections = (_section(name, found, reader.aliases_of(name)) for name, found in reader.found.items())
    return tuple(section for section in sections if not _REFERENCES.fullmatch(section.text))


class _Reader:
    """Collects the declarations of a file by qualified name."""

    def __init__(self, package: str, whole: PackageNames, names: FileNames) -> None:
        self.package = package
        self.whole = whole
        self.names = names
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.found: dict[str, _Found] = {}

    def read(self, nodes: list[Node], scope: str, depth: int) -> None:
        """Read the statements of a file or a namespace; a comment belongs to the statement after it."""
        exports = find_exports(nodes)
        comment = ""
        for node in nodes:
            if node.type == "comment":
                comment = _documentation(node) or comment
                continue
            inner, exported = unwrapped(node)
            if not _HIDDEN_TAG.search(comment):
                self._statement(node, inner, _Context(scope, depth, comment, exported, exports))
            comment = ""

    def _statement(self, outer: Node, node: Node, context: _Context) -> None:
        if node.type in _NAMESPACES or node.type == "statement_block":
            self._namespace(node, context)
        elif node.type in _NAMED:
            default = "default" if has_token(outer, "default") else ""  # export default function (): void
            local = node_name(node) or default
            name = self._name(local, context)
            if name == context.scope and node.type in _CONTAINERS and local in self.whole.names:
                self._alias(name, f"{name}.{local}")  # users may name the type of the package, too
            if name is not None:
                self._declaration(node, name, context)
        else:
            declared = declarators(node)
            alone = node if len(declared) == 1 else None
            for declarator in declared:
                name = self._name(node_name(declarator), context)
                if name is not None:
                    self._add(name, declarator, context.comment, outer=alone)

    def aliases_of(self, name: str) -> tuple[str, ...]:
        """Return the other names of what a section describes."""
        found = dict.fromkeys((*self.aliases.get(name, ()), *self.names.members.get(name, ())))
        return tuple(alias for alias in found if alias != name)

    def _alias(self, name: str, *others: str) -> None:
        self.aliases[name] = (*self.aliases.get(name, ()), *others)

    def alias_references(self) -> None:
        """Make a declaration that only refers to another (`@see _.head`) one more name of that."""
        for name, found in self.found.items():
            scope = name.rpartition(".")[0]
            if target := _REFERENCE.fullmatch(distinct_paragraphs(found.texts)):
                other = f"{scope}.{target[1].rpartition('.')[2]}"
                if other != name and other in self.found:
                    self._alias(other, name)

    def _name(self, local: str, context: _Context) -> str | None:
        """Return the qualified name of a declaration; None if it is not exported."""
        if context.depth == 0 and (known := self.names.declared.get(local)):
            if local in self.whole.names:  # the package as a whole, which may have a name, too
                self._alias(context.scope, *known)
            else:
                self._alias(known[0], *known[1:])
                return known[0]
        name = context.public(local)
        return self._qualified(context.scope, name) if name is not None else None

    def _namespace(self, node: Node, context: _Context) -> None:
        body = node if node.type == "statement_block" else node.child_by_field_name("body")
        if body is None or context.depth >= _MAX_DEPTH:
            return
        if node.type == "statement_block":  # declare global { ... }: names without a package
            scope = ""
        elif (name_node := node.child_by_field_name("name")) is not None and name_node.type == "string":
            # declare module "node:fs" { ... } describes `fs`, declare module "./button" this package.
            module = node_text(name_node).strip("'\"`")
            scope = self.package if module.startswith(".") else module.removeprefix("node:")
        else:
            name = self._name(node_name(node), context)
            if name is None:
                return
            scope = name
            if context.comment:
                self._add(scope, node, context.comment)
        self.read(body.named_children, scope, context.depth + 1)

    def _declaration(self, node: Node, name: str, context: _Context) -> None:
        body = next((child for child in node.named_children if child.type in _BODIES), None)
        self._add(name, node, context.comment)
        if node.type in _CONTAINERS and body is not None:
            has_documented = self._members(body, name)
            if node.type in _SHOWN_WHOLE and not has_documented:
                self.found[name].texts.append(_declaration_text(node))

    def _members(self, body: Node, owner: str) -> bool:
        """Add the methods and the documented properties of a type; return whether any is documented."""
        comment, any_documented = "", False
        for node in body.named_children:
            if node.type == "comment":
                comment = _documentation(node) or comment
                continue
            said, comment = comment, ""
            local = node_name(node)
            is_call = node.type in {"call_signature", "construct_signature"}
            if _is_hidden(node, local) or _HIDDEN_TAG.search(said):
                continue
            any_documented = any_documented or bool(said)
            if is_call and said:
                self._add(owner, node, said)
            elif local and (
                node.type in _METHODS or (node.type in _PROPERTIES and (said or owner == self.package))
            ):
                self._add(self._qualified(owner, local), node, said)
        return any_documented

    def _add(self, name: str, node: Node, comment: str, outer: Node | None = None) -> None:
        found = self.found.setdefault(name, _Found(node.start_point[0] + 1))
        found.signatures.append(_signature(node if outer is None else outer, node))
        found.texts.append(comment)
        if node.type in _SHOWN_ALONE:  # for an interface, `_declaration` decides
            found.shown.append(_declaration_text(node if outer is None else outer))

    def _qualified(self, scope: str, name: str) -> str:
        """Return the qualified name: `lodash.debounce`, also if `debounce` is declared in `LoDashStatic`."""
        at_top = scope == self.package  # `export = _` of `_: LoDashStatic`: both names are the package
        if at_top and name in self.whole.names:
            return scope
        return f"{scope}.{name}" if scope and name != "default" else scope or name


class _Context(NamedTuple):
    """The scope of a statement, its documentation, and whether it is exported."""

    scope: str
    depth: int
    comment: str
    exported: bool
    exports: Exports

    def public(self, local: str) -> str | None:
        return self.exports.public(local, exported=self.exported) if local else None


def _section(name: str, found: _Found, aliases: tuple[str, ...]) -> Section:
    signatures = [signature for signature in dict.fromkeys(found.signatures) if signature]
    shown = "; ".join(signatures[:_MAX_OVERLOADS])
    if len(shown) > MAX_SIGNATURE_CHARS:
        shown = shown[: MAX_SIGNATURE_CHARS - 3] + "..."
    text = (
        distinct_paragraphs(found.texts) or distinct_paragraphs(found.shown) or "\n".join(signatures) or name
    )
    return Section(name, text, f"L{found.line}", shown, aliases)


def _documentation(node: Node) -> str:
    text = node_text(node)
    return comment_text(text) if text.startswith("/**") else ""


def _is_hidden(node: Node, name: str) -> bool:
    modifier = next((child for child in node.named_children if child.type == "accessibility_modifier"), None)
    return name.startswith("#") or (modifier is not None and node_text(modifier) in _HIDDEN)


def _signature(node: Node, named: Node) -> str:
    """Return a declaration on one line, up to its body, without comments."""
    body = next((child for child in named.named_children if child.type in {*_BODIES, "enum_body"}), None)
    is_container = body is not None and node.type != "type_alias_declaration"
    end = body.start_byte if body is not None and is_container else node.end_byte
    if node.type in _NAMESPACES:
        body = node.child_by_field_name("body")
        end = body.start_byte if body is not None else end
    head = (node.text or b"")[: end - node.start_byte][: 8 * MAX_SIGNATURE_CHARS].decode(errors="ignore")
    return " ".join(without_comments(head).split()).rstrip(";,{ ")


def _declaration_text(node: Node) -> str:
    text = (node.text or b"")[: 2 * _MAX_DECLARATION_CHARS].decode(errors="ignore")
    return text if len(text) <= _MAX_DECLARATION_CHARS else text[:_MAX_DECLARATION_CHARS] + "\n..."
