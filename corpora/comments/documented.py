"""The documented definitions of a source file: name, declaration, and comment or docstring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import TYPE_CHECKING, Final, NamedTuple

from corpora.comments.python_strings import docstring, docstring_span
from corpora.document import Section
from corpora.syntax.comment_text import comment_text
from corpora.syntax.definitions import Definition, Namespace, definition_of, namespace_of, one_line
from corpora.syntax.grammars import GRAMMARS, Grammar
from corpora.syntax.macro_definitions import is_macro_head
from corpora.syntax.module_name import module_name
from corpora.syntax.parse_source import parse_source

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH = 200  # nested definitions and blocks; only generated code goes deeper
_MAX_SHOWN_CHARS = 1500
_MAX_INDENT = 1000

# How a documentation comment begins. In a language without an entry, every comment right above a definition
# is one.
_MARKS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("java", "javascript", "typescript", "tsx", "kotlin", "scala", "php"), ("/**",)),
    **dict.fromkeys(("swift", "c_sharp"), ("///", "/**")),
    "rust": ("///", "//!", "/**", "/*!"),
    "haskell": ("-- |", "--|", "-- ^", "{-|", "{- |"),
    "python": ("#:",),
    "zig": ("///", "//!"),
}
_TRAILING = ("///<", "//!<", "/**<", "/*!<")  # Doxygen: `int size;  ///< in bytes`
_OF_FILE = ("//!", "/*!")  # Rust and Zig: about the file that holds the comment
_FILES_WITH_DOCS: Final = frozenset({"rust", "zig"})
_DIRECTIVE = re.compile(r"\A(?://go:|// ?\+build|//nolint|#!|# ?(?:frozen_string_literal|-\*-)|/\* ?eslint)")
_PACKAGES: Final = frozenset({"package_clause", "package_declaration", "package_header", "header"})
_PACKAGE_NAME = re.compile(r"\b(?:package|module)\s+(?:object\s+)?([\w.]+)")
_DOC_ATTRIBUTE = re.compile(r'\A@(?:moduledoc|typedoc|doc)\s+(?:~[sS])?("""|")(.*?)\1', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Documented:
    """A definition with its documentation: a comment or a docstring.

    Attributes:
        name: dotted, with what encloses the definition.
        text: the documentation without the marks of comments.
        text_span: where it stands, in bytes; (0, 0) where that is not known.
        line: the line of the definition, 1-based.
        signature: the declaration on one line; empty for a whole file.
        definition: None for a whole file.
        start_byte, end_byte: the definition with its decorators, without the comments above.
    """

    name: str
    text: str
    text_span: tuple[int, int]
    line: int
    signature: str
    definition: Definition | None = None
    start_byte: int = 0
    end_byte: int = 0


class _Documentation(NamedTuple):
    text: str = ""
    span: tuple[int, int] = (0, 0)


_NOTHING = _Documentation()


@dataclass(slots=True)
class _Frame:
    """The children of an opened node.

    `leads` are comments and attributes that wait for the definition below them; `inherited` is the comment
    above a group, for its first member; `last` is the latest definition, for a comment that trails it.
    """

    nodes: Iterator[Node]
    scope: str
    leads: list[Node] = field(default_factory=list)
    inherited: _Documentation = _NOTHING
    last: tuple[str, Definition] | None = None


def documented_sections(data: bytes, language: str, path: str) -> Iterator[Section]:
    """Yield a section for each documented definition in `data`, in the order of the file.

    Args:
        data: source code in UTF-8.
        language: a key of `GRAMMARS`.
        path: of the file in its tree; in Python, names begin with that of its module.

    Raises what `corpora.syntax.parse.parse` raises.
    """
    for found in documented(data, language, path):
        text = found.text
        if found.definition is not None and (shown := _shown(found.definition, GRAMMARS[language])):
            text = f"{text}\n\n{shown}"  # the fields of a structure are its documentation
        yield Section(found.name, text, f"L{found.line}", found.signature)


def documented(data: bytes, language: str, path: str) -> Iterator[Documented]:
    """Yield the documented definitions in `data`; see `documented_sections`."""
    root = parse_source(data, language)
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
        """Yield what is documented below `root`, and the file itself first."""
        if self.language == "python" and (text := docstring(root)):
            yield Documented(self.module or "module", text, docstring_span(root), 1, "")
        if self.language in _FILES_WITH_DOCS and (text := self._of_file(root)):
            yield Documented(self.module or "crate", text, (0, 0), 1, "")
        stack = [_Frame(iter(root.children), self.module if self.language == "python" else "")]
        while stack:
            frame = stack[-1]
            node = next(frame.nodes, None)
            if node is None:
                stack.pop()
            elif self._is_lead(node):
                yield from self._take_lead(node, frame)
            else:
                found, inner = self._take(node, frame)
                frame.leads = []
                if found is not None:
                    yield found
                if inner is not None and len(stack) < _MAX_DEPTH:
                    stack.append(inner)

    def _of_file(self, root: Node) -> str:
        """Return the text of the `//!` comments at the top of a file."""
        about = []
        for node in root.named_children:
            if not self._is_lead(node):
                break
            if _text(node).startswith(_OF_FILE):
                about.append(_text(node).rstrip())
        return comment_text("\n".join(about))

    def _is_lead(self, node: Node) -> bool:
        attributes = (*self.grammar.lead_attributes, b"@moduledoc")
        return (
            node.type in self.grammar.leads
            or (node.type == "unary_operator" and self.data.startswith(attributes, node.start_byte))
            or (self.grammar.has_macros and is_macro_head(node))
        )

    def _take_lead(self, node: Node, frame: _Frame) -> Iterator[Documented]:
        """Keep a lead for the definition below it; yield what it documents before or around it."""
        text = _text(node)
        span = node.start_byte, node.end_byte
        if text.startswith(_TRAILING) and frame.last is not None:
            name, definition = frame.last
            yield _documented(name, _Documentation(comment_text(text), span), definition)
        elif text.startswith("@moduledoc") and frame.scope:
            if documentation := _attribute_text(text):
                line = node.start_point[0] + 1
                yield Documented(frame.scope, documentation, span, line, f"defmodule {frame.scope}")
        elif self._begins_line(node):
            frame.leads.append(node)

    def _begins_line(self, node: Node) -> bool:
        before = self.data[max(node.start_byte - _MAX_INDENT, 0) : node.start_byte]
        return not before[before.rfind(b"\n") + 1 :].strip()

    def _take(self, node: Node, frame: _Frame) -> tuple[Documented | None, _Frame | None]:
        """Return `node` if it is documented, and a frame of its members; None where there are none."""
        grammar = self.grammar
        if node.type in _PACKAGES and (found := _PACKAGE_NAME.search(_text(node)[:500])):
            frame.scope = found[1]
            text, span = self._documentation(frame, node)
            line = node.start_point[0] + 1
            return (Documented(found[1], text, span, line, f"package {found[1]}") if text else None), None
        if grammar.namespaces and (space := namespace_of(node, grammar)) is not None:
            return None, self._namespace(space, frame)
        if _is_group(node, grammar):
            return None, _Frame(iter(node.children), frame.scope, inherited=self._documentation(frame, node))
        definition = definition_of(node, grammar)
        if definition is None or not definition.name:
            opens = node.type in grammar.blocks or node.type in grammar.sequences or node.is_error
            return None, _Frame(iter(node.children), frame.scope, frame.leads) if opens else None
        name = f"{frame.scope}.{definition.name}".strip(".")
        frame.last = name, definition
        documentation = self._documentation(frame, node)
        if not documentation.text and self.language == "python":
            documentation = _Documentation(docstring(definition.node), docstring_span(definition.node))
        body = definition.body
        inner = None
        if body is not None and not definition.is_value:
            # In Ruby the comment above the first member stands before the body.
            above = [child for child in definition.node.children if child.start_byte < body.start_byte]
            leads = [child for child in above if child.type in grammar.leads and self._begins_line(child)]
            inner = _Frame(iter(body.children), name, leads)
        if not documentation.text:
            return None, inner
        return _documented(name, documentation, definition, node), inner

    def _namespace(self, space: Namespace, frame: _Frame) -> _Frame | None:
        name = f"{frame.scope}.{space.name}".strip(".")
        if space.holds_for_rest:
            frame.scope = name
        return _Frame(iter(space.body.children), name) if space.body is not None else None

    def _documentation(self, frame: _Frame, node: Node) -> _Documentation:
        """Return the comments right above `node`, else those that it inherits; a blank line ends them."""
        taken: list[str] = []
        start = node.start_byte
        for lead in reversed(frame.leads):
            text = _text(lead).rstrip()
            end = lead.start_byte + len(text.encode())
            if self.data.count(b"\n", end, start) > 1:
                break
            start = lead.start_byte
            if documentation := _attribute_text(text):
                return _Documentation(documentation, (start, end))
            if not self._documents(text, "comment" in lead.type or lead.type == "haddock"):
                continue
            if text.startswith(("/*", "{-", "=begin")):
                taken = taken or [text]
                break
            taken.append(text)
        inherited, frame.inherited = frame.inherited, _NOTHING
        text = comment_text("\n".join(reversed(taken)), xml=self.language == "c_sharp")
        return _Documentation(text, (start, node.start_byte)) if text else inherited

    def _documents(self, text: str, is_comment: bool) -> bool:
        if not is_comment or _DIRECTIVE.match(text) or text.startswith(_TRAILING):
            return False
        if self.language in _FILES_WITH_DOCS and text.startswith(_OF_FILE):
            return False
        return self.marks is None or text.startswith(self.marks) or self.language == "haskell"


def _documented(
    name: str, documentation: _Documentation, definition: Definition, outer: Node | None = None
) -> Documented:
    node = definition.node
    signature = definition.signature or one_line(node.text or b"")
    whole = outer or node
    return Documented(
        name,
        documentation.text,
        documentation.span,
        node.start_point[0] + 1,
        signature,
        definition,
        whole.start_byte,
        whole.end_byte,
    )


def _shown(definition: Definition, grammar: Grammar) -> str:
    """Return the whole text of a small structure whose members are no definitions themselves; else empty."""
    if not definition.opens or definition.is_value or _has_members(definition.body, grammar):
        return ""
    text = _text(definition.node)
    return text if text.count("\n") and len(text) <= _MAX_SHOWN_CHARS else ""


def _is_group(node: Node, grammar: Grammar) -> bool:
    """Return whether `node` wraps several definitions, as `type ( ... )` does in Go."""
    if node.type not in grammar.wrappers or node.named_child_count < 2:
        return False
    kinds = grammar.containers | grammar.bindings.keys() | grammar.leads
    held = [child for child in node.named_children if child.type in kinds]
    return len(held) > 1 and any(child.type not in grammar.leads for child in held)


def _has_members(body: Node | None, grammar: Grammar) -> bool:
    return body is not None and any(
        definition_of(child, grammar) is not None for child in body.named_children
    )


def _attribute_text(text: str) -> str:
    """Return the text of an attribute of Elixir, `@doc \"\"\" ... \"\"\"`; empty for anything else."""
    found = _DOC_ATTRIBUTE.match(text)
    return cleandoc(found[2]).strip() if found else ""


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
