"""The exported declarations of a TypeScript declaration file, each with its documentation comment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from corpora.document import Section
from corpora.syntax.comment_text import comment_text, joined

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_SIGNATURE_CHARS = 1000
_MAX_DECLARATION_CHARS = 4000
_MAX_OVERLOADS = 4
_MAX_DEPTH = 20  # of namespaces; what is nested deeper nobody imports

_CONTAINERS: Final = frozenset({"interface_declaration", "class_declaration", "abstract_class_declaration"})
_NAMESPACES: Final = frozenset({"internal_module", "module"})
_SHOWN_WHOLE: Final = frozenset({"type_alias_declaration", "enum_declaration", "interface_declaration"})
_SHOWN_ALONE: Final = _SHOWN_WHOLE - {"interface_declaration"} | {"variable_declarator"}
_NAMED: Final = _CONTAINERS | _SHOWN_WHOLE | {"function_signature", "function_declaration"}
_WRAPPERS: Final = frozenset({"export_statement", "ambient_declaration", "expression_statement"})
_METHODS: Final = frozenset({"method_signature", "abstract_method_signature", "method_definition"})
_PROPERTIES: Final = frozenset({"property_signature", "public_field_definition"})
_BODIES: Final = frozenset({"interface_body", "object_type", "class_body"})
_HIDDEN: Final = frozenset({"private", "protected"})
_REFERENCES = re.compile(r"(?:@see \S+\s*)+")
_HIDDEN_TAG = re.compile(r"^@(?:internal|ignore|hidden)\b", re.MULTILINE)
_BLOCK_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_LINE_COMMENT = re.compile(r"(?<![:\"'`\w])//[^\n]*")


class Whole(NamedTuple):
    """What stands for the package as a whole: `export = React`, or the type of what is exported so."""

    names: frozenset[str]


@dataclass(slots=True)
class _Found:
    """One name with its declarations and what is said of them; `shown` stands in where nothing is said."""

    line: int
    signatures: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)


class _Exports(NamedTuple):
    """Which local names a file exports: `as_` maps them to the public ones, `all` says that each is."""

    all: bool
    as_: dict[str, str]

    def public(self, local: str, *, exported: bool) -> str | None:
        """The name by which a declaration is imported; None for one that is not."""
        return self.as_.get(local) or (local if exported or self.all else None)


def declared_sections(data: bytes, package: str, whole: Whole) -> tuple[Section, ...]:
    """The sections of the declarations in `data`, in their order; overloads are one section.

    `package` is the name that qualifies the others (`lodash`). What only refers to another (`@see _.map`,
    a thousand times in lodash) is left out. Raises what `parse` raises.
    """
    from corpora.syntax.parse import parse

    root = parse(data, "typescript", len(data))  # (the reader bounds the size)
    reader = _Reader(package, Whole(whole.names | whole_names(root).names))
    reader.read(root.named_children, package, 0)
    sections = (_section(name, found) for name, found in reader.found.items())
    return tuple(section for section in sections if not _REFERENCES.fullmatch(section.text))


def whole_names(root: Node) -> Whole:
    """What `export = X` exports: X, and the interface that it is declared to be, if any."""
    exported = {name for node in root.named_children if (name := _assigned(node))}
    types = set()
    for node in root.named_children if exported else ():
        for declarator in _declarators(_unwrapped(node)[0]):
            annotation = declarator.child_by_field_name("type")
            if annotation is not None and _name(declarator) in exported:
                types.add(_text(annotation).lstrip(": ").rpartition(".")[2])
    return Whole(frozenset(exported | {name for name in types if name.isidentifier()}))


@lru_cache(maxsize=4)
def whole_of(data: bytes) -> Whole:
    """The same of a file's bytes; of one that is not parsed, nothing."""
    from corpora.syntax.parse import NotParsed, parse

    try:
        return whole_names(parse(data, "typescript", len(data)))
    except NotParsed:
        return Whole(frozenset())


class _Reader:
    """Collects what the statements of a file declare, by qualified name."""

    def __init__(self, package: str, whole: Whole) -> None:
        self.package = package
        self.whole = whole
        self.found: dict[str, _Found] = {}

    def read(self, nodes: list[Node], scope: str, depth: int) -> None:
        """The statements of a file or of a namespace."""
        exports = _exports(nodes)
        comment = ""
        for node in nodes:
            if node.type == "comment":
                comment = _documentation(node) or comment
                continue
            inner, exported = _unwrapped(node)
            if not _HIDDEN_TAG.search(comment):
                self._statement(node, inner, _Context(scope, depth, comment, exported, exports))
            comment = ""

    def _statement(self, outer: Node, node: Node, context: _Context) -> None:
        if node.type in _NAMESPACES or node.type == "statement_block":
            self._namespace(node, context)
        elif node.type in _NAMED:
            default = "default" if _has_token(outer, "default") else ""
            name = context.public(_name(node) or default)
            if name is not None:
                self._declaration(node, self._qualified(context.scope, name), context)
        else:
            declarators = _declarators(node)
            alone = node if len(declarators) == 1 else None
            for declarator in declarators:
                name = context.public(_name(declarator))
                if name is not None:
                    self._add(self._qualified(context.scope, name), declarator, context.comment, outer=alone)

    def _namespace(self, node: Node, context: _Context) -> None:
        body = node if node.type == "statement_block" else node.child_by_field_name("body")
        if body is None or context.depth >= _MAX_DEPTH:
            return
        if node.type == "statement_block":  # declare global
            scope = ""
        elif (name_node := node.child_by_field_name("name")) is not None and name_node.type == "string":
            module = _text(name_node).strip("'\"`")
            scope = self.package if module.startswith(".") else module.removeprefix("node:")
        else:
            name = context.public(_name(node))
            if name is None:
                return
            scope = self._qualified(context.scope, name)
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
        """The methods, and the properties that are documented; whether any of them is."""
        comment, any_documented = "", False
        for node in body.named_children:
            if node.type == "comment":
                comment = _documentation(node) or comment
                continue
            said, comment = comment, ""
            local = _name(node)
            is_call = node.type in {"call_signature", "construct_signature"}
            if _is_hidden(node, local) or _HIDDEN_TAG.search(said):
                continue
            any_documented = any_documented or bool(said)
            if is_call and said:
                self._add(owner, node, said)
            elif local and (node.type in _METHODS or (said and node.type in _PROPERTIES)):
                self._add(self._qualified(owner, local), node, said)
        return any_documented

    def _add(self, name: str, node: Node, comment: str, outer: Node | None = None) -> None:
        found = self.found.setdefault(name, _Found(node.start_point[0] + 1))
        found.signatures.append(_signature(node if outer is None else outer, node))
        found.texts.append(comment)
        if node.type in _SHOWN_ALONE:  # (of an interface, `_declaration` decides)
            found.shown.append(_declaration_text(node if outer is None else outer))

    def _qualified(self, scope: str, name: str) -> str:
        """`lodash.debounce` for what `lodash` has by its interface `LoDashStatic`."""
        at_top = scope == self.package
        if at_top and name in self.whole.names:
            return scope
        return f"{scope}.{name}" if scope and name != "default" else scope or name


class _Context(NamedTuple):
    """Where a statement stands, and what is said of it."""

    scope: str
    depth: int
    comment: str
    exported: bool
    exports: _Exports

    def public(self, local: str) -> str | None:
        return self.exports.public(local, exported=self.exported) if local else None


def _section(name: str, found: _Found) -> Section:
    signatures = [signature for signature in dict.fromkeys(found.signatures) if signature]
    shown = "; ".join(signatures[:_MAX_OVERLOADS])
    if len(shown) > MAX_SIGNATURE_CHARS:
        shown = shown[: MAX_SIGNATURE_CHARS - 3] + "..."
    text = joined(found.texts) or joined(found.shown) or "\n".join(signatures) or name
    return Section(name, text, f"L{found.line}", shown)


def _exports(nodes: Iterable[Node]) -> _Exports:
    """Of a declaration file all is exported, unless it says itself what is (`export {}`, `export =`)."""
    as_: dict[str, str] = {}
    says = False
    for node in nodes:
        if node.type != "export_statement":
            continue
        clause = next((child for child in node.named_children if child.type == "export_clause"), None)
        if clause is not None:
            says = True
            if node.child_by_field_name("source") is None:
                as_.update(_specifiers(clause))
        elif assigned := _assigned(node):
            says = True
            as_[assigned] = assigned
    return _Exports(not says, as_)


def _specifiers(clause: Node) -> Iterator[tuple[str, str]]:
    for specifier in clause.named_children:
        local, alias = specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")
        if local is not None:
            public = _text(alias) if alias is not None else _text(local)
            yield _text(local), public if public != "default" else _text(local)


def _assigned(node: Node) -> str:
    """X of `export = X` and of `export default X`."""
    if node.type != "export_statement" or not (_has_token(node, "=") or _has_token(node, "default")):
        return ""
    last = node.named_children[-1] if node.named_children else None
    return _text(last) if last is not None and last.type == "identifier" else ""


def _unwrapped(node: Node) -> tuple[Node, bool]:
    """The declaration within `export`, `declare` and the like, and whether it is exported."""
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


def _declarators(node: Node) -> list[Node]:
    if node.type not in {"lexical_declaration", "variable_declaration"}:
        return []
    return [child for child in node.named_children if child.type == "variable_declarator"]


def _documentation(node: Node) -> str:
    text = _text(node)
    return comment_text(text) if text.startswith("/**") else ""


def _is_hidden(node: Node, name: str) -> bool:
    modifier = next((child for child in node.named_children if child.type == "accessibility_modifier"), None)
    return name.startswith("#") or (modifier is not None and _text(modifier) in _HIDDEN)


def _signature(node: Node, named: Node) -> str:
    """The declaration on one line, up to its body."""
    body = next((child for child in named.named_children if child.type in {*_BODIES, "enum_body"}), None)
    is_container = body is not None and node.type != "type_alias_declaration"
    end = body.start_byte if body is not None and is_container else node.end_byte
    if node.type in _NAMESPACES:
        body = node.child_by_field_name("body")
        end = body.start_byte if body is not None else end
    head = (node.text or b"")[: end - node.start_byte][: 8 * MAX_SIGNATURE_CHARS].decode(errors="ignore")
    closed = head.rfind("*/") + 2 if "*/" in head else 0  # (what is never closed would take quadratic time)
    head = _LINE_COMMENT.sub(" ", _BLOCK_COMMENT.sub(" ", head[:closed]) + head[closed:])
    return " ".join(head.split()).rstrip(";,{ ")


def _declaration_text(node: Node) -> str:
    text = (node.text or b"")[: 2 * _MAX_DECLARATION_CHARS].decode(errors="ignore")
    return text if len(text) <= _MAX_DECLARATION_CHARS else text[:_MAX_DECLARATION_CHARS] + "\n..."


def _has_token(node: Node, token: str) -> bool:
    return any(child.type == token for child in node.children)


def _name(node: Node) -> str:
    named = node.child_by_field_name("name")
    return _text(named).strip("'\"") if named is not None else ""


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
