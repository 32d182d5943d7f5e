"""Change one entry of a JSON file that people write: comments, order and layout of all else stay.

The settings of editors are JSON with comments and trailing commas, which the standard library does not read.
They are read by the grammar of JavaScript, whose literals they are.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from tree_sitter import Node

from corpora.syntax.parse import load_parser

_MOST_BYTES: Final = 5_000_000
_MOST_DEPTH: Final = 100
_INDENT: Final = "  "
_CONSTANTS: Final = {"true": True, "false": False, "null": None}


class NotPlainJson(ValueError):
    """A text is not JSON, even with comments and trailing commas."""


def read_json(text: str) -> Any:
    """Return what a text says; an empty one says an empty object. Raises `NotPlainJson`."""
    return _value(_Source(text).root, 0) if text.strip() else {}


def with_entry(text: str, keys: Sequence[str], entry: Any) -> str:
    """Return a text with `entry` at the end of the path of `keys`; objects on the way are made.

    Raises:
        NotPlainJson: the text is no object, or something on the way is none.
    """
    if not text.strip():
        return json.dumps(_nested(keys, entry), indent=len(_INDENT), ensure_ascii=False) + "\n"
    source = _Source(text)
    node = source.root
    for depth, key in enumerate(keys):
        pair = _pair(node, key, ".".join(keys[:depth]))
        if pair is None:
            return source.inserted(node, key, _nested(keys[depth + 1 :], entry), depth + 1)
        node = _value_of(pair)
    return source.replaced(node.start_byte, node.end_byte, _written(entry, _INDENT * len(keys)))


def without_entry(text: str, keys: Sequence[str]) -> str:
    """Return a text without what is at the end of the path of `keys`; objects on the way stay.

    Raises:
        NotPlainJson: the text is no object, or something on the way is none.
    """
    if not text.strip():
        return text
    source = _Source(text)
    node, pair = source.root, None
    for depth, key in enumerate(keys):
        pair = _pair(node, key, ".".join(keys[:depth]))
        if pair is None:
            return text
        node = _value_of(pair)
    return source.removed(pair) if pair is not None else text


class _Source:
    """The bytes of a text in parentheses, in which braces begin an object and no block, and their tree."""

    def __init__(self, text: str) -> None:
        self._bytes = b"(" + text.encode() + b"\n)"
        if len(self._bytes) > _MOST_BYTES:
            raise NotPlainJson("it is too large")
        program = load_parser("javascript").parse(self._bytes).root_node
        statements = [node for node in program.named_children if node.type != "comment"]
        inner = statements[0].named_children if len(statements) == 1 else []
        values = [node for one in inner for node in one.named_children if node.type != "comment"]
        if program.has_error or len(values) != 1:
            raise NotPlainJson("it cannot be read")
        self.root = values[0]

    def replaced(self, start: int, end: int, text: str) -> str:
        """Return the text with other bytes in place of some."""
        return (self._bytes[1:start] + text.encode() + self._bytes[end:-2]).decode()

    def inserted(self, node: Node, key: str, value: Any, depth: int) -> str:
        """Return the text with a pair at the end of an object."""
        pairs = [child for child in node.named_children if child.type == "pair"]
        if not pairs:
            indent = _INDENT * depth
            made = f"\n{indent}{json.dumps(key)}: {_written(value, indent)}\n{_INDENT * (depth - 1)}"
            comments = [child for child in node.named_children if child.type == "comment"]
            at = comments[-1].end_byte if comments else node.start_byte + 1
            return self.replaced(at, node.end_byte - 1, made)
        last = pairs[-1]
        line = self._bytes.rfind(b"\n", 0, last.start_byte) + 1
        before = self._bytes[line : last.start_byte].removeprefix(b"(").decode()
        indent = before if not before.strip() else _INDENT * depth
        comma = last.next_sibling is not None and last.next_sibling.type == ","
        at = last.next_sibling.end_byte if comma and last.next_sibling is not None else last.end_byte
        made = f"\n{indent}{json.dumps(key)}: {_written(value, indent)}"
        # After a comma at the end, ours gets one, too: taken out, it leaves the text as it was.
        return self.replaced(at, at, f"{made}," if comma else f",{made}")

    def removed(self, pair: Node) -> str:
        """Return the text without a pair, its comma, and its line if nothing else is on it."""
        start, end = pair.start_byte, pair.end_byte
        after, before = pair.next_sibling, pair.prev_sibling
        if after is not None and after.type == ",":
            end = after.end_byte
        elif before is not None and before.type == ",":
            start = before.start_byte
        line = self._bytes.rfind(b"\n", 0, start) + 1
        if line and not self._bytes[line:start].strip() and self._bytes[end : end + 1] == b"\n":
            start, end = line, end + 1
        return self.replaced(start, end, "")


def _nested(keys: Sequence[str], entry: Any) -> Any:
    for key in reversed(keys):
        entry = {key: entry}
    return entry


def _written(value: Any, indent: str) -> str:
    return json.dumps(value, indent=len(_INDENT), ensure_ascii=False).replace("\n", f"\n{indent}")


def _pair(node: Node, key: str, place: str) -> Node | None:
    """Return the last pair of an object with a key, which is the one that counts."""
    if node.type != "object":
        raise NotPlainJson(f"{place or 'it'} is no object")
    pairs = [child for child in node.named_children if child.type == "pair" and _key(child) == key]
    return pairs[-1] if pairs else None


def _key(pair: Node) -> str:
    node = pair.child_by_field_name("key")
    if node is None or node.type != "string":
        raise NotPlainJson("a key is no string")
    return str(_value(node, 0))


def _value_of(pair: Node) -> Node:
    node = pair.child_by_field_name("value")
    assert node is not None
    return node


def _value(node: Node, depth: int) -> Any:
    if depth > _MOST_DEPTH:
        raise NotPlainJson("it is nested too deep")
    children = [child for child in node.named_children if child.type != "comment"]
    if node.type == "object":
        if any(child.type != "pair" for child in children):
            raise NotPlainJson("an object holds something else than pairs")
        return {_key(child): _value(_value_of(child), depth + 1) for child in children}
    if node.type == "array":
        return [_value(child, depth + 1) for child in children]
    if node.type in _CONSTANTS:
        return _CONSTANTS[node.type]
    if node.type in ("string", "number", "unary_expression"):
        try:
            return json.loads(node.text or b"")
        except ValueError as error:
            raise NotPlainJson(str(error)) from error
    raise NotPlainJson(f"{node.type.replace('_', ' ')} is no value")
