"""The functions and classes in the text of a file, and where they begin and end, by its syntax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from corpora.syntax.definitions import Definition, definition_of, namespace_of
from corpora.syntax.grammars import GRAMMARS, Grammar
from corpora.syntax.parse import NotParsed
from corpora.syntax.parse_source import error_bytes, parse_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class SourceDefinition:
    """A function, a class or the like in a text.

    Attributes:
        name: dotted, from the outermost definition around it: `Cart.total`.
        start: where it begins, with its decorators, in bytes of UTF-8.
        end: where it ends.
        first_line: 1-based number of its first line.
        last_line: of its last line.
        opens: whether it may have members, as a class.
    """

    name: str
    start: int
    end: int
    first_line: int
    last_line: int
    opens: bool = False

    @property
    def lines(self) -> int:
        """Return how many lines it has."""
        return self.last_line - self.first_line + 1


@dataclass(frozen=True, slots=True)
class ParsedSource:
    """The definitions of a text, and how many of its bytes are in syntax errors."""

    definitions: tuple[SourceDefinition, ...]
    error_bytes: int


def parse_definitions(data: bytes, language: str) -> ParsedSource | None:
    """Return the definitions of a text in the order of their beginnings; None where it cannot be parsed.

    Args:
        data: the text in UTF-8.
        language: as `corpora.syntax.languages` names it.
    """
    if language not in GRAMMARS:
        return None
    try:
        root = parse_source(data, language)
    except (NotParsed, ImportError, AttributeError, ValueError):
        return None
    found = [one for one, _ in zip(_inside(root, data, GRAMMARS[language]), range(_MOST), strict=False)]
    return ParsedSource(tuple(sorted(found, key=lambda one: (one.start, -one.end))), error_bytes(root))


def _inside(root: Node, data: bytes, grammar: Grammar) -> Iterator[SourceDefinition]:
    """Yield the definitions in a tree, without recursion: a text may be nested deeply."""
    pending: list[tuple[Node, str, int]] = [(child, "", 0) for child in root.named_children]
    while pending:
        node, outer, within = pending.pop()
        if grammar.namespaces and (space := namespace_of(node, grammar)):
            body = space.body or space.node
            name = _joined(outer, space.name) if space.body is not None else outer
            pending += [(child, name, 0) for child in body.named_children if child.id != space.node.id]
            continue
        definition = definition_of(node, grammar) if node.type in grammar.definers else None
        if definition is None or definition.node.id == within or not _is_shown(definition):
            pending += [(child, outer, within) for child in node.named_children if child.named_child_count]
            continue
        name = _joined(outer, definition.name)
        source = data[node.start_byte : node.end_byte].rstrip()  # of a macro, the line break is a part
        first = node.start_point.row + 1
        end = node.start_byte + len(source)
        yield SourceDefinition(
            name, node.start_byte, end, first, first + source.count(b"\n"), definition.opens
        )
        inner = definition.body or definition.node
        pending += [(child, name, definition.node.id) for child in inner.named_children]


def _is_shown(definition: Definition) -> bool:
    return bool(definition.name) and not definition.is_value


def _joined(outer: str, name: str) -> str:
    return f"{outer}.{name}" if outer and name else outer or name
