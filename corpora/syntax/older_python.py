"""Newer syntax of Python, rewritten so that the parser of the running Python reads a module all the same.

    class Box[T](Base): ...      ->  class Box(Base): ...
    type Pair[T] = tuple[T, T]   ->  Pair = tuple[T, T]
    f"{names["first"]}"          ->  f"{0}"
    except KeyError, OSError:    ->  except (KeyError, OSError):

Names, parameters, docstrings and the numbers of lines stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corpora.syntax.parse import NotParsed, Risky, parse
from corpora.syntax.parse_python import parse_python

if TYPE_CHECKING:
    from tree_sitter import Node

_LAZY = re.compile(rb"^([ \t]*)lazy[ \t]+(?=(?:import|from)[ \t])", re.MULTILINE)
_MAX_NODES = 2_000_000

_Rewrite = tuple[int, int, bytes]


def in_older_syntax(source: str) -> str:
    """Return `source`, which does not parse, in syntax that does; `source` itself if there is no such."""
    data = _LAZY.sub(rb"\1", source.encode(errors="surrogatepass"))
    try:
        rewrites = sorted(_rewrites(parse(data, "python")))
    except (NotParsed, Risky, ImportError, AttributeError, ValueError):
        return source
    parts, done = [], 0
    for start, end, text in rewrites:
        if start >= done:  # (what lies within another rewrite goes with it)
            # Lines keep their numbers: what is left out leaves its line feeds, as continued lines.
            parts += [data[done:start], text, b"\\\n" * data[start:end].count(b"\n")]
            done = end
    older = b"".join([*parts, data[done:]]).decode(errors="replace")
    return older if parse_python(older) is not None else source


def _rewrites(root: Node) -> Iterator[_Rewrite]:
    """Yield spans of bytes to replace, and by what."""
    todo = [root]
    for _ in range(_MAX_NODES):
        if not todo:
            return
        node = todo.pop()
        rewrite = _rewrite(node)
        if rewrite is None:
            todo += node.children
        else:
            yield from rewrite


def _rewrite(node: Node) -> list[_Rewrite] | None:
    """Return the rewrites of a node; None if what is in it may have some."""
    if node.type == "type_parameter" and node.parent is not None and node.parent.type != "generic_type":
        return [(node.start_byte, node.end_byte, b"")]
    if node.type == "type_alias_statement":
        return _rewrite_alias(node)
    if node.type == "interpolation":
        return [(node.start_byte, node.end_byte, b"{0}")]
    if node.type == "string_start":
        text = node.text or b""
        return (
            [(node.start_byte, node.end_byte, re.sub(rb"(?i)t", b"f", text))] if b"t" in text.lower() else []
        )
    if node.type == "except_clause":
        types = node.children_by_field_name("value")
        if len(types) > 1:
            start, end = types[0].start_byte, types[-1].end_byte
            return [(start, start, b"("), (end, end, b")"), *_within(node)]
    return None


def _within(node: Node) -> list[_Rewrite]:
    return [rewrite for child in node.children if child.type == "block" for rewrite in _rewrites(child)]


def _rewrite_alias(node: Node) -> list[_Rewrite]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    keyword = node.children[0]
    if left is None or right is None:
        return []
    name = (left.text or b"").partition(b"[")[0].strip()
    return [(keyword.start_byte, left.end_byte, name)]
