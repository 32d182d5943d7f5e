"""Nodes that give names in one language only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from corpora.syntax.names.role import NameRole
from corpora.syntax.names.spelling import dotted, find

if TYPE_CHECKING:
    from tree_sitter import Node

_Found = Iterator[tuple["Node", str, NameRole]]

ACTIONS: Final = frozenset(
    {"alias", "define", "constant", "parameter", "parameters", "signature", "accessors", "attribute"}
)
"""The actions of `NameNodes` that these nodes have."""

_MAX_ARGUMENTS: Final = 100
# Calls in a class of Ruby that make methods: of every argument, or of the first one.
_MAKES_ALL: Final = frozenset(
    {
        b"attr_reader",
        b"attr_writer",
        b"attr_accessor",
        b"cattr_accessor",
        b"mattr_accessor",
        b"class_attribute",
    }
)
_MAKES_FIRST: Final = frozenset(
    {b"alias_method", b"define_method", b"scope", b"has_many", b"has_one", b"belongs_to"}
)
# Attributes of a module of Elixir that are no constants.
_NO_CONSTANTS: Final = frozenset(
    b"doc moduledoc typedoc spec impl behaviour derive dialyzer deprecated since compile enforce_keys tag"
    b" optional_callbacks describetag moduletag external_resource on_load before_compile after_compile"
    b" on_definition attr slot".split()
)
_TYPES: Final = frozenset({b"type", b"typep", b"opaque"})
_CALLBACKS: Final = frozenset({b"callback", b"macrocallback"})
_STRUCTS: Final = frozenset({b"defstruct", b"defexception"})


def names_of(node: Node) -> _Found:
    """Yield the names that a node gives: the node that spells each, the name and its role."""
    return _READERS[node.type](node)


def _macro_value(node: Node) -> _Found:
    """Yield the name of a `#define` with a value: without one, it is a switch or guards a header."""
    name = node.child_by_field_name("name")
    if name is not None and node.child_by_field_name("value") is not None:
        yield name, dotted(name), "defines"


def _kotlin_parameter(node: Node) -> _Found:
    """Yield a property of `class Parser(val x: Int, y: Int)`."""
    name = find(node, "identifier")
    if name is not None and any(child.type in ("val", "var") for child in node.children):
        yield name, dotted(name), "defines"


def _scala_parameters(node: Node) -> _Found:
    """Yield the fields of `case class Point(x: Int)`."""
    if node.parent is None or all(child.type != "case" for child in node.parent.children):
        return
    for parameter in node.named_children[:_MAX_ARGUMENTS]:
        name = parameter.child_by_field_name("name")
        if name is not None:
            yield name, dotted(name), "defines"


def _signature(node: Node) -> _Found:
    """Yield what a signature of Haskell declares in a class; elsewhere it belongs to a function."""
    parent, name = node.parent, node.child_by_field_name("name")
    if name is not None and parent is not None and parent.type in _SIGNED:
        yield name, dotted(name), _SIGNED[parent.type]


def _call(node: Node) -> _Found:
    is_ruby = node.child_by_field_name("method") is not None
    return _made_by_ruby(node) if is_ruby else _fields_of_elixir(node)


_SIGNED: Final[dict[str, NameRole]] = {"class_declarations": "declares", "foreign_import": "defines"}


def _alias(node: Node) -> _Found:
    """Yield the name of an alias of a shell: `alias ll='ls -l'`."""
    name, argument = node.child_by_field_name("name"), node.child_by_field_name("argument")
    if name is not None and name.text == b"alias" and argument is not None and argument.named_child_count:
        word = argument.named_children[0]
        yield word, dotted(word).rstrip("="), "defines"


def _constant(node: Node) -> _Found:
    """Yield the constant that PHP's `define("NAME", 1)` makes."""
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or function.text != b"define" or arguments is None or not arguments.named_child_count:
        return
    value = arguments.named_children[0]
    value = value.named_children[0] if value.named_child_count else value
    if value.type in ("string", "encapsed_string"):
        yield value, dotted(value), "defines"


def _made_by_ruby(node: Node) -> _Found:
    """Yield the methods that a call in a class makes: `attr_reader :name`."""
    method, arguments = node.child_by_field_name("method"), node.child_by_field_name("arguments")
    if node.child_by_field_name("receiver") is not None or arguments is None or method is None:
        return
    count = 1 if method.text in _MAKES_FIRST else _MAX_ARGUMENTS if method.text in _MAKES_ALL else 0
    for argument in arguments.named_children[:count]:
        if argument.type == "simple_symbol":
            yield argument, dotted(argument).lstrip(":."), "defines"


def _attribute(node: Node) -> _Found:
    """Yield the constant, type or callback of an attribute of Elixir: `@max 3`, `@type id :: integer`."""
    operand = node.child_by_field_name("operand")
    if operand is None or operand.type != "call" or node.children[0].type != "@":
        return
    target, arguments = operand.child_by_field_name("target"), find(operand, "arguments")
    if target is None or target.text in _NO_CONSTANTS or arguments is None or not arguments.named_children:
        return
    if target.text not in _TYPES and target.text not in _CALLBACKS:
        yield target, dotted(target), "defines"
        return
    subject = arguments.named_children[0].child_by_field_name("left")
    subject = (subject.child_by_field_name("target") or subject) if subject is not None else None
    if subject is not None:
        yield subject, dotted(subject), "declares" if target.text in _CALLBACKS else "defines"


def _fields_of_elixir(node: Node) -> _Found:
    """Yield the fields of a struct: `defstruct [:lines, total: 2]`."""
    target, arguments = node.child_by_field_name("target"), find(node, "arguments")
    if target is None or target.text not in _STRUCTS or arguments is None:
        return
    pending = [arguments]
    while pending:
        for child in pending.pop().named_children[:_MAX_ARGUMENTS]:
            if child.type in ("list", "keywords"):
                pending.append(child)
            elif child.type == "atom":
                yield child, dotted(child).lstrip(":."), "defines"
            elif child.type == "pair" and (key := child.child_by_field_name("key")) is not None:
                yield key, dotted(key).rstrip(": "), "defines"


_READERS: Final[dict[str, Callable[[Node], _Found]]] = {
    "preproc_def": _macro_value,
    "command": _alias,
    "function_call_expression": _constant,
    "class_parameter": _kotlin_parameter,
    "class_parameters": _scala_parameters,
    "signature": _signature,
    "unary_operator": _attribute,
    "call": _call,
}
