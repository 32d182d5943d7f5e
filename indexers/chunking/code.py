"""Cut source code along its syntax: split, then merge siblings (cAST, Zhang et al. 2025, arXiv:2506.15655).

A definition that fits is one piece, with the comments and attributes above it. A node that does not fit is
opened, and its parts are packed: small ones together, a substantial definition on its own, so that the
symbol of a piece is exact. Only nodes that do not fit are opened, so most nodes are never visited.

    class Shape:                    too large, so it is opened; its head is a unit
        def area(self): ...         a unit that defines Shape.area
        # In pixels.                a lead: it belongs to what follows
        def width(self): ...        a unit that defines Shape.width, with its lead
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from corpora.syntax.definitions import (
    Definition,
    definition_of,
    first_definition_in,
    namespace_of,
    one_line,
)
from corpora.syntax.grammars import GRAMMARS, Grammar
from corpora.syntax.macro_definitions import is_macro_head
from corpora.syntax.names.collector import DefinedName
from corpora.syntax.names.defined import defined_names
from corpora.syntax.parse import NotParsed
from corpora.syntax.parse_source import MAX_ERROR_SHARE, error_bytes, parse_source
from indexers.chunking.lines import Piece, Text
from indexers.chunking.pack import SUBSTANTIAL, Unit, pack

if TYPE_CHECKING:
    from tree_sitter import Node

# Nodes that are nested deeper are cut by lines: only generated or hostile code has them.
_MAX_DEPTH = 400


@dataclass(slots=True)
class _Context:
    """The definition that the parts of an opened node belong to.

    Attributes:
        symbol: given to parts that define nothing themselves.
        scope: given to the same parts.
        signature: given to the same parts.
        inside: the scope of the parts that define something.
        is_container: whether members may follow, as in a class or at the top of a file.
        node_id: the node that the context was opened for.
        body_id: the node that holds its members.
    """

    symbol: str = ""
    scope: str = ""
    signature: str = ""
    inside: str = ""
    is_container: bool = True
    node_id: int = 0
    body_id: int = 0

    def after_member(self) -> None:
        """Note that a member has been found: what follows between members is not named by the container."""
        if self.is_container:
            self.symbol = self.signature = ""
            self.scope = self.inside


@dataclass(slots=True)
class _Frame:
    """The children of an opened node, and the leads that wait for the node that they belong to."""

    nodes: Iterator[Node]
    context: _Context
    leads: list[Node] = field(default_factory=list)
    is_sequence: bool = False


class CutCode(NamedTuple):
    """The pieces of source code, which join to the whole text, and the names in it, by their places."""

    pieces: list[Piece]
    names: list[DefinedName]


def cut_code(text: Text, language: str, max_chars: int, path: str = "") -> CutCode:
    """Cut source code in `language`, a key of `GRAMMARS`, that stands in the file at `path`.

    Symbols are dotted in every language (`Outer.Inner.method`).

    Raises:
        NotParsed: much of the text is not in that language; or what `parse` raises.
    """
    root = parse_source(text.data, language)
    if error_bytes(root) > MAX_ERROR_SHARE * text.size(0, len(text.data)):
        raise NotParsed("not cut by syntax: more than a quarter of the text is syntax errors")
    units = _Flattener(text, GRAMMARS[language], max_chars).flatten(root)
    return CutCode(list(pack(text, units, max_chars)), defined_names(root, language, path))


class _Flattener:
    """Opens the nodes that do not fit and lists the parts in the order of the text."""

    def __init__(self, text: Text, grammar: Grammar, max_chars: int) -> None:
        self.text = text
        self.grammar = grammar
        self.max_chars = max_chars
        self.units: list[Unit] = []

    def flatten(self, root: Node) -> list[Unit]:
        """Return the parts of the tree, in the order of the text."""
        stack = [_Frame(iter(root.children), _Context())]
        while stack:
            frame = stack[-1]
            node = next(frame.nodes, None)
            if node is None:
                stack.pop()
                if frame.is_sequence and stack:
                    stack[-1].leads = frame.leads
                elif frame.leads:
                    self._add(frame.leads[0], frame.context)
            elif self._leads(node):
                frame.leads.append(node)
            else:
                leads, frame.leads = frame.leads, []
                if node.type in self.grammar.sequences:
                    stack.append(_Frame(iter(node.children), frame.context, leads, is_sequence=True))
                elif leads and self._is_body(node, frame.context) and len(stack) < _MAX_DEPTH:
                    # Some grammars put the comments before the first member outside of the body.
                    stack.append(_Frame(iter(node.children), frame.context, leads))
                elif (inner := self._take(node, leads, frame.context)) is not None:
                    if len(stack) < _MAX_DEPTH and node.child_count:
                        stack.append(_Frame(iter(node.children), inner))
                    else:
                        self._add(node, inner)
        return self.units

    def _is_body(self, node: Node, context: _Context) -> bool:
        return context.is_container and node.id == context.body_id and node.child_count > 0

    def _leads(self, node: Node) -> bool:
        """Return whether `node` belongs to what follows; not if there is other code before it on its line."""
        is_lead = node.type in self.grammar.leads or (
            node.type == "unary_operator"
            and self.text.data.startswith(self.grammar.lead_attributes, node.start_byte)
        )
        is_lead = is_lead or (self.grammar.has_macros and is_macro_head(node))
        return is_lead and self._line_start(node) is not None

    def _take(self, node: Node, leads: list[Node], context: _Context) -> _Context | None:
        """Add `node` with its leads if it can stay whole; otherwise return the context to open it with."""
        if self.grammar.namespaces and (inner := self._namespace(node, context)):
            if leads:
                self._add(leads[0], inner)
            return inner
        first = leads[0] if leads else node
        size = self.text.size(first.start_byte, node.end_byte)
        within = context.is_container and node.id in (context.node_id, context.body_id)
        if size <= self.max_chars and not within:
            self._add_whole(node, leads, context, size)
            return None
        inner = self._opened(node, leads, context)
        if leads:
            self._add(first, inner)
        if within or self.text.size(node.start_byte, node.end_byte) > self.max_chars:
            return inner
        self._add(node, inner)  # without its comments, it fits
        return None

    def _opened(self, node: Node, leads: list[Node], context: _Context) -> _Context:
        """Return the context of the parts of `node`: a new one if it defines something."""
        definition = self._definition(node, context)
        if definition is None:
            return context
        symbol = _join(context.inside, definition.name)
        signature = self._typed(leads) or definition.signature
        inner = _Context(symbol, _outer(symbol), signature, symbol, definition.opens)
        inner.node_id = definition.node.id
        inner.body_id = definition.body.id if definition.body is not None else 0
        context.after_member()
        return inner

    def _definition(self, node: Node, context: _Context) -> Definition | None:
        """Return what `node` defines, unless `context` was opened for it or it is a local value."""
        if node.type not in self.grammar.definers:  # as most statements
            return None
        definition = definition_of(node, self.grammar)
        if definition is None or definition.node.id == context.node_id:
            return None
        return definition if context.is_container or not definition.is_value else None

    def _namespace(self, node: Node, context: _Context) -> _Context | None:
        """Return the context inside a namespace; a namespace without a body changes `context` instead."""
        found = namespace_of(node, self.grammar)
        if found is None or found.node.id == context.node_id:
            return None
        if found.holds_for_rest:
            context.scope = context.inside = found.name
        if found.body is None:
            return None
        inside = _join(context.inside, found.name)
        return _Context(scope=inside, inside=inside, node_id=found.node.id, body_id=found.body.id)

    def _add_whole(self, node: Node, leads: list[Node], context: _Context, size: int) -> None:
        unit = self._add(leads[0] if leads else node, context)
        substantial = size >= self.max_chars // SUBSTANTIAL
        if unit is None or not (context.is_container or substantial):
            return
        definition = self._definition(node, context)
        if (
            definition is None
            and context.is_container
            and (node.type in self.grammar.blocks or node.is_error)
        ):
            definition = first_definition_in(node, self.grammar)
        if definition is None or (definition.is_value and not substantial):
            return
        unit.defines = True
        unit.is_case = definition.is_case
        unit.symbol = _join(context.inside, definition.name)
        unit.scope = _outer(unit.symbol)
        unit.signature = self._typed(leads) or definition.signature
        context.after_member()

    def _typed(self, leads: list[Node]) -> str:
        """Return the type signature among the leads, in languages that write it apart (`f :: Int -> Int`)."""
        if self.grammar.typed_by:
            for lead in leads:
                if lead.type == self.grammar.typed_by:
                    return one_line(lead.text or b"")
        return ""

    def _add(self, node: Node, context: _Context) -> Unit | None:
        """Begin a unit with `node`, unless it is an empty node that the parser inserted for a missing one."""
        line_start = self._line_start(node)
        start = node.start_byte if line_start is None else line_start
        if self.units and start <= self.units[-1].start:
            return None
        glued = line_start is None
        unit = Unit(start, context, context.symbol, context.scope, context.signature, False, glued)
        self.units.append(unit)
        return unit

    def _line_start(self, node: Node) -> int | None:
        """Return where the line of `node` begins; None if there is other code before `node` on it."""
        start = node.start_byte
        line_start = start - node.start_point.column
        return None if self.text.data[line_start:start].strip() else line_start


def _join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope and name else scope or name


def _outer(symbol: str) -> str:
    return symbol.rpartition(".")[0]
