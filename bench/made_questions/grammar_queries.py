"""Ask a syntax tree for its comments and string literals."""

from functools import lru_cache
from typing import Final

from tree_sitter import Node, Query, QueryCursor

from corpora.syntax.parse import load_parser

_COMMENTS: Final = ("comment", "line_comment", "block_comment", "multiline_comment", "haddock")
_STRINGS: Final = (
    "string",
    "string_literal",
    "interpreted_string_literal",
    "raw_string_literal",
    "template_string",
    "encapsed_string",
    "interpolated_string_expression",
    "line_string_literal",
    "verbatim_string_literal",
    "multi_line_string_literal",
    "raw_string",
)


@lru_cache(maxsize=64)
def _query(language: str, types: tuple[str, ...]) -> Query:
    spoken = load_parser(language).language
    assert spoken is not None
    known = [name for name in types if spoken.id_for_node_kind(name, True) is not None]
    return Query(spoken, "[" + " ".join(f"({name})" for name in known) + "] @found")


def _found(root: Node, language: str, types: tuple[str, ...]) -> list[Node]:
    nodes = QueryCursor(_query(language, types)).captures(root).get("found", [])
    return sorted(nodes, key=lambda node: (node.start_byte, -node.end_byte))


def comments(root: Node, language: str) -> list[Node]:
    """Return the comments of a file in their order."""
    return _found(root, language, _COMMENTS)


def strings(root: Node, language: str) -> list[Node]:
    """Return the string literals of a file in their order; of nested ones, the outer."""
    outer: list[Node] = []
    for node in _found(root, language, _STRINGS):
        if not outer or node.start_byte >= outer[-1].end_byte:
            outer.append(node)
    return outer
