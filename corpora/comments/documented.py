"""The documented definitions of a source file: name, declaration, and what the comment above says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import cleandoc
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from corpora.comment_text import comment_text
from corpora.comments.python_strings import docstring
from corpora.definitions import Definition, define, namespace, namespace_name, one_line
from corpora.document import Section
from corpora.grammars import GRAMMARS, Grammar, load_parser

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH = 200  # of nested definitions and blocks; what is deeper is generated
_MAX_SHOWN_CHARS = 1500
_MAX_INDENT = 1000

# How a comment begins that is documentation. In a language without an entry each comment is that stands
# right above a definition.
_MARKS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("java", "javascript", "typescript", "tsx", "kotlin", "scala", "php"), ("/**",)),
    **dict.fromkeys(("swift", "c_sharp"), ("///", "/**")),
    "rust": ("///", "//!", "/**", "/*!"),
    "haskell": ("-- |", "--|", "-- ^", "{-|", "{- |"),
    "python": ("#:",),
    "zig": ("///", "//!"),
}
_BEHIND = ("///<", "//!<", "/**<", "/*!<")  # Doxygen, behind what it documents
_OF_FILE = ("//!", "/*!")  # Rust and Zig: about the file that it stands in
_FILES_WITH_DOCS: Final = frozenset({"rust", "zig"})
_DIRECTIVE = re.compile(r"\A(?://go:|// ?\+build|//nolint|#!|# ?(?:frozen_string_literal|-\*-)|/\* ?eslint)")
_PACKAGES: Final = frozenset({"package_clause", "package_declaration", "package_header", "header"})
_PACKAGE_NAME = re.compile(r"\b(?:package|module)\s+(?:object\s+)?([\w.]+)")
_DOC_ATTRIBUTE = re.compile(r'\A@(?:moduledoc|typedoc|doc)\s+(?:~[sS])?("""|")(.*?)\1', re.DOTALL)


@dataclass(slots=True)
class _Frame:
    """The children of an opened node; `leads` wait for what they stand above."""

    nodes: Iterator[Node]
    scope: str
    leads: list[Node] = field(default_factory=list)
    inherited: str = ""  # said above a group, for its first member
    last: tuple[str, Definition] | None = None


def documented_sections(data: bytes, language: str, path: str) -> Iterator[Section]:
    """The documented definitions in `data`, UTF-8, in their order; those of Python go by the module's name.

    Raises what `load_parser` raises.
    """
    root = load_parser(language).parse(data).root_node
    yield from _Reader(data, language, _module_name(path)).sections(root)


class _Reader:
    """Walks the definitions of one file, without recursion."""

    def __init__(self, data: bytes, language: str, module: str) -> None:
        self.data = data
        self.language = language
        self.module = module
        self.grammar: Grammar = GRAMMARS[language]
        self.marks = _MARKS.get(language)

    def sections(self, root: Node) -> Iterator[Section]:
        """What is documented below `root`."""
        if self.language == "python" and (said := docstring(root)):
            yield Section(self.module or "module", said, "L1", "")
        if self.language in _FILES_WITH_DOCS and (said := self._of_file(root)):
            yield Section(self.module or "crate", said, "L1", "")
        stack = [_Frame(iter(root.children), self.module if self.language == "python" else "")]
        while stack:
            frame = stack[-1]
            node = next(frame.nodes, None)
            if node is None:
                stack.pop()
            elif self._is_lead(node):
                yield from self._behind(node, frame)
            else:
                section, inner = self._take(node, frame)
                frame.leads = []
                if section is not None:
                    yield section
                if inner is not None and len(stack) < _MAX_DEPTH:
                    stack.append(inner)

    def _of_file(self, root: Node) -> str:
        """What `//!` at the top of a file says."""
        about = []
        for node in root.named_children:
            if not self._is_lead(node):
                break
            if _text(node).startswith(_OF_FILE):
                about.append(_text(node).rstrip())
        return comment_text("\n".join(about))

    def _is_lead(self, node: Node) -> bool:
        grammar = self.grammar
        return node.type in grammar.leads or (
            node.type == "unary_operator" and self.data.startswith((b"@doc", b"@spec", b"@impl", b"@typedoc",
            b"@moduledoc", b"@deprecated", b"@since"), node.start_byte)
        )  # fmt: skip

    def _behind(self, node: Node, frame: _Frame) -> Iterator[Section]:
        """Keep a lead for what follows; what documents something before it is a section at once."""
        text = _text(node)
        if text.startswith(_BEHIND) and frame.last is not None:
            name, definition = frame.last
            yield self._section(name, definition, comment_text(text))
        elif text.startswith("@moduledoc") and frame.scope:
            if said := _attribute_text(text):
                yield Section(frame.scope, said, f"L{node.start_point[0] + 1}", f"defmodule {frame.scope}")
        elif self._begins_line(node):
            frame.leads.append(node)

    def _begins_line(self, node: Node) -> bool:
        before = self.data[max(node.start_byte - _MAX_INDENT, 0) : node.start_byte]
        return not before[before.rfind(b"\n") + 1 :].strip()

    def _take(self, node: Node, frame: _Frame) -> tuple[Section | None, _Frame | None]:
        """The section of a node, if it is documented, and its members, if it has any."""
        grammar = self.grammar
        if node.type in _PACKAGES and (found := _PACKAGE_NAME.search(_text(node)[:500])):
            frame.scope = found[1]
            said = self._said(frame, node)
            line = f"L{node.start_point[0] + 1}"
            return (Section(found[1], said, line, f"package {found[1]}") if said else None), None
        if grammar.namespaces and (space := namespace(node, grammar)) is not None:
            return None, self._namespace(space, frame)
        members = _group(node, grammar)
        if members:
            return None, _Frame(iter(node.children), frame.scope, inherited=self._said(frame, node))
        definition = define(node, grammar)
        if definition is None or not definition.name:
            opens = node.type in grammar.blocks or node.type in grammar.sequences or node.is_error
            return None, _Frame(iter(node.children), frame.scope, frame.leads) if opens else None
        name = f"{frame.scope}.{definition.name}".strip(".")
        frame.last = name, definition
        said = self._said(frame, node) or (docstring(definition.node) if self.language == "python" else "")
        body = definition.body(grammar)
        inner = None
        if body is not None and not definition.is_value:
            # In Ruby the comment above the first member stands before the body.
            above = [child for child in definition.node.children if child.start_byte < body.start_byte]
            leads = [child for child in above if child.type in grammar.leads and self._begins_line(child)]
            inner = _Frame(iter(body.children), name, leads)
        return (self._section(name, definition, said) if said else None), inner

    def _namespace(self, node: Node, frame: _Frame) -> _Frame | None:
        name = f"{frame.scope}.{namespace_name(node)}".strip(".")
        body = node.child_by_field_name("body")
        if body is None and node.type in self.grammar.file_namespaces:
            frame.scope = name
        return _Frame(iter(body.children), name) if body is not None else None

    def _section(self, name: str, definition: Definition, said: str) -> Section:
        node, body = definition.node, definition.body(self.grammar)
        shown = ""
        if definition.opens and not definition.is_value and not _has_members(body, self.grammar):
            shown = _text(node)
        if shown.count("\n") and len(shown) <= _MAX_SHOWN_CHARS:
            said = f"{said}\n\n{shown}"  # the fields of a structure are its documentation
        signature = definition.signature or one_line(node.text or b"")
        return Section(name, said, f"L{node.start_point[0] + 1}", signature)

    def _said(self, frame: _Frame, node: Node) -> str:
        """What the comments right above `node` say; a blank line parts them from it."""
        taken: list[str] = []
        start = node.start_byte
        for lead in reversed(frame.leads):
            text = _text(lead).rstrip()
            end = lead.start_byte + len(text.encode())
            if self.data.count(b"\n", end, start) > 1:
                break
            start = lead.start_byte
            if said := _attribute_text(text):
                return said
            if not self._documents(text, "comment" in lead.type or lead.type == "haddock"):
                continue
            if text.startswith(("/*", "{-", "=begin")):
                taken = taken or [text]
                break
            taken.append(text)
        inherited, frame.inherited = frame.inherited, ""
        text = "\n".join(reversed(taken))
        return comment_text(text, xml=self.language == "c_sharp") or inherited

    def _documents(self, text: str, is_comment: bool) -> bool:
        if not is_comment or _DIRECTIVE.match(text) or text.startswith(_BEHIND):
            return False
        if self.language in _FILES_WITH_DOCS and text.startswith(_OF_FILE):
            return False
        return self.marks is None or text.startswith(self.marks) or self.language == "haskell"


def _group(node: Node, grammar: Grammar) -> bool:
    """Whether a wrapper holds several definitions, as `type ( ... )` of Go does."""
    if node.type not in grammar.wrappers or node.named_child_count < 2:
        return False
    kinds = grammar.containers | grammar.bindings.keys() | grammar.leads
    held = [child for child in node.named_children if child.type in kinds]
    return len(held) > 1 and any(child.type not in grammar.leads for child in held)


def _has_members(body: Node | None, grammar: Grammar) -> bool:
    return body is not None and any(define(child, grammar) is not None for child in body.named_children)


def _attribute_text(text: str) -> str:
    """What `@doc \"\"\" ... \"\"\"` of Elixir says."""
    found = _DOC_ATTRIBUTE.match(text)
    return cleandoc(found[2]).strip() if found else ""


def _module_name(path: str) -> str:
    """`src/app/models.py` -> `app.models`, `src/sync/mod.rs` -> `sync`."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    parts = parts[1:] if parts[:1] in (["src"], ["lib"]) else parts
    return ".".join(parts[:-1] if parts[-1:] in (["__init__"], ["mod"], ["lib"]) else parts)


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
