"""The documented definitions of a source file: name, declaration, and what the comment above says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import cleandoc
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from corpora.comments.python_strings import docstring, docstring_span
from corpora.document import Section
from corpora.syntax.comment_text import comment_text
from corpora.syntax.definitions import Definition, define, namespace, namespace_name, one_line
from corpora.syntax.grammars import GRAMMARS, Grammar
from corpora.syntax.parse import parse

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


@dataclass(frozen=True, slots=True)
class Documented:
    """A definition and what is said about it, as comment or docstring; no definition for a whole file.

    `said_at` is the span of bytes that says it; `start_byte` and `end_byte` enclose the definition with its
    decorators and without the comments above.
    """

    name: str
    said: str
    said_at: tuple[int, int]
    line: int
    signature: str
    definition: Definition | None = None
    start_byte: int = 0
    end_byte: int = 0


class _Said(NamedTuple):
    text: str = ""
    at: tuple[int, int] = (0, 0)


_NOTHING = _Said()


@dataclass(slots=True)
class _Frame:
    """The children of an opened node; `leads` wait for what they stand above."""

    nodes: Iterator[Node]
    scope: str
    leads: list[Node] = field(default_factory=list)
    inherited: _Said = _NOTHING  # said above a group, for its first member
    last: tuple[str, Definition] | None = None


def documented_sections(data: bytes, language: str, path: str) -> Iterator[Section]:
    """The documented definitions in `data`, UTF-8, in their order; those of Python go by the module's name.

    Raises what `parse` raises.
    """
    for found in documented(data, language, path):
        said = found.said
        if found.definition is not None and (shown := _shown(found.definition, GRAMMARS[language])):
            said = f"{said}\n\n{shown}"  # the fields of a structure are its documentation
        yield Section(found.name, said, f"L{found.line}", found.signature)


def documented(data: bytes, language: str, path: str) -> Iterator[Documented]:
    """The same, with where each definition stands and where it is documented; raises the same."""
    root = parse(data, language)
    yield from _Reader(data, language, module_name(path)).read(root)


class _Reader:
    """Walks the definitions of one file, without recursion."""

    def __init__(self, data: bytes, language: str, module: str) -> None:
        self.data = data
        self.language = language
        self.module = module
        self.grammar: Grammar = GRAMMARS[language]
        self.marks = _MARKS.get(language)

    def read(self, root: Node) -> Iterator[Documented]:
        """What is documented below `root`."""
        if self.language == "python" and (said := docstring(root)):
            yield Documented(self.module or "module", said, docstring_span(root), 1, "")
        if self.language in _FILES_WITH_DOCS and (said := self._of_file(root)):
            yield Documented(self.module or "crate", said, (0, 0), 1, "")
        stack = [_Frame(iter(root.children), self.module if self.language == "python" else "")]
        while stack:
            frame = stack[-1]
            node = next(frame.nodes, None)
            if node is None:
                stack.pop()
            elif self._is_lead(node):
                yield from self._behind(node, frame)
            else:
                found, inner = self._take(node, frame)
                frame.leads = []
                if found is not None:
                    yield found
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

    def _behind(self, node: Node, frame: _Frame) -> Iterator[Documented]:
        """Keep a lead for what follows; what documents something before it is found at once."""
        text = _text(node)
        span = node.start_byte, node.end_byte
        if text.startswith(_BEHIND) and frame.last is not None:
            name, definition = frame.last
            yield _found(name, _Said(comment_text(text), span), definition)
        elif text.startswith("@moduledoc") and frame.scope:
            if said := _attribute_text(text):
                line = node.start_point[0] + 1
                yield Documented(frame.scope, said, span, line, f"defmodule {frame.scope}")
        elif self._begins_line(node):
            frame.leads.append(node)

    def _begins_line(self, node: Node) -> bool:
        before = self.data[max(node.start_byte - _MAX_INDENT, 0) : node.start_byte]
        return not before[before.rfind(b"\n") + 1 :].strip()

    def _take(self, node: Node, frame: _Frame) -> tuple[Documented | None, _Frame | None]:
        """What is said about a node, if it is documented, and its members, if it has any."""
        grammar = self.grammar
        if node.type in _PACKAGES and (found := _PACKAGE_NAME.search(_text(node)[:500])):
            frame.scope = found[1]
            text, at = self._said(frame, node)
            line = node.start_point[0] + 1
            return (Documented(found[1], text, at, line, f"package {found[1]}") if text else None), None
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
        said = self._said(frame, node)
        if not said.text and self.language == "python":
            said = _Said(docstring(definition.node), docstring_span(definition.node))
        body = definition.body(grammar)
        inner = None
        if body is not None and not definition.is_value:
            # In Ruby the comment above the first member stands before the body.
            above = [child for child in definition.node.children if child.start_byte < body.start_byte]
            leads = [child for child in above if child.type in grammar.leads and self._begins_line(child)]
            inner = _Frame(iter(body.children), name, leads)
        return (_found(name, said, definition, node) if said.text else None), inner

    def _namespace(self, node: Node, frame: _Frame) -> _Frame | None:
        name = f"{frame.scope}.{namespace_name(node)}".strip(".")
        body = node.child_by_field_name("body")
        if body is None and node.type in self.grammar.file_namespaces:
            frame.scope = name
        return _Frame(iter(body.children), name) if body is not None else None

    def _said(self, frame: _Frame, node: Node) -> _Said:
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
                return _Said(said, (start, end))
            if not self._documents(text, "comment" in lead.type or lead.type == "haddock"):
                continue
            if text.startswith(("/*", "{-", "=begin")):
                taken = taken or [text]
                break
            taken.append(text)
        inherited, frame.inherited = frame.inherited, _NOTHING
        text = comment_text("\n".join(reversed(taken)), xml=self.language == "c_sharp")
        return _Said(text, (start, node.start_byte)) if text else inherited

    def _documents(self, text: str, is_comment: bool) -> bool:
        if not is_comment or _DIRECTIVE.match(text) or text.startswith(_BEHIND):
            return False
        if self.language in _FILES_WITH_DOCS and text.startswith(_OF_FILE):
            return False
        return self.marks is None or text.startswith(self.marks) or self.language == "haskell"


def _found(name: str, said: _Said, definition: Definition, outer: Node | None = None) -> Documented:
    node = definition.node
    signature = definition.signature or one_line(node.text or b"")
    whole = outer or node
    return Documented(
        name,
        said.text,
        said.at,
        node.start_point[0] + 1,
        signature,
        definition,
        whole.start_byte,
        whole.end_byte,
    )


def _shown(definition: Definition, grammar: Grammar) -> str:
    """The whole of a small structure whose members are no definitions of their own; else empty."""
    if not definition.opens or definition.is_value or _has_members(definition.body(grammar), grammar):
        return ""
    text = _text(definition.node)
    return text if text.count("\n") and len(text) <= _MAX_SHOWN_CHARS else ""


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


def module_name(path: str) -> str:
    """`src/app/models.py` -> `app.models`, `src/sync/mod.rs` -> `sync`."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    parts = parts[1:] if parts[:1] in (["src"], ["lib"]) else parts
    return ".".join(parts[:-1] if parts[-1:] in (["__init__"], ["mod"], ["lib"]) else parts)


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
