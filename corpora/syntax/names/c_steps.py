"""What is done with the nodes of C and C++ that give names; see `steps`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from corpora.syntax.macro_definitions import macro_name
from corpora.syntax.names.collector import Collector
from corpora.syntax.names.spelling import declared_in_c, dotted

if TYPE_CHECKING:
    from tree_sitter import Node


def take_specifier(names: Collector, node: Node) -> Iterable[Node]:
    """Take a struct or the like of C; without a body, it is a forward declaration."""
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    spelled = dotted(name)
    if name is not None:
        names.add(spelled, name.start_byte, "defines" if body is not None else "declares")
    names.inner = names.within(spelled)
    return body.named_children if body is not None else ()


def take_typedef(names: Collector, node: Node) -> Iterable[Node]:
    """Take a `typedef`: one of a struct without a name is the struct's name."""
    kind = node.child_by_field_name("type")
    body = kind.child_by_field_name("body") if kind is not None else None
    own = dotted(kind.child_by_field_name("name")) if kind is not None else ""
    found = [(place, name) for place, name, _ in declared_in_c(node)]
    for place, name in found:
        is_opaque = body is None and own == name
        names.add(name, place.start_byte, "declares" if is_opaque else "defines")
    if kind is None or body is None:
        return ()
    names.inner = names.within("" if own or not found else found[0][1])
    return (kind,)


def take_variables(names: Collector, node: Node) -> Iterable[Node]:
    """Take a declaration of variables or functions, and look into a struct in it."""
    for place, name, role in declared_in_c(node):
        names.add_value(name, place, role)
    kind = node.child_by_field_name("type")
    is_open = kind is not None and kind.child_by_field_name("body") is not None
    return (kind,) if is_open and kind is not None else ()


def take_macro(names: Collector, node: Node) -> Iterable[Node]:
    """Take a definition that a macro makes."""
    names.add(macro_name(node), node.start_byte, "defines")
    return ()


def take_error(names: Collector, node: Node) -> Iterable[Node]:
    """Look into what the parser did not understand."""
    if names.grammar.has_macros and (name := macro_name(node)):
        names.add(name, node.start_byte, "defines")
    return node.named_children
