"""What is done with the nodes of a syntax tree that give names: a function for each action of `NameNodes`.

Each returns the nodes to look into, and leaves their scope in `names.inner`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from corpora.syntax.macro_definitions import is_control
from corpora.syntax.names import reexported, special_nodes
from corpora.syntax.names.collector import Collector, NameScope
from corpora.syntax.names.role import NameRole
from corpora.syntax.names.spelling import (
    NOT_NAMES,
    bound_names,
    called_subject,
    dotted,
    find,
    is_elsewhere,
    is_name,
    plain,
    spelled_name,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_ALIASES: Final = frozenset(
    {"type_alias", "type_item", "typealias_declaration", "type_alias_declaration", "type_definition"}
)
_BLOCKS: Final = frozenset({"block", "do_block"})  # of Ruby
_OPENED: Final = frozenset({"call", "class_parameters"})


def look_inside(names: Collector, node: Node) -> Iterable[Node]:
    """Look into a node that gives no name itself."""
    return node.named_children


def take_anonymous(names: Collector, node: Node) -> Iterable[Node]:
    """Look into what has members, but no name of its own."""
    names.inner = names.within("")
    return node.named_children


def take_function(names: Collector, node: Node) -> Iterable[Node]:
    """Take a function, or what the grammar of C takes for one."""
    name, place = spelled_name(node, names.grammar)
    if names.grammar.has_macros and (name in NOT_NAMES or is_control(node)):
        body = node.child_by_field_name("body")
        return body.named_children if body is not None else ()
    is_whole = node.type not in names.bodiless or names.body(node) is not None
    names.add_head(name, place, "defines" if is_whole else "declares")
    return _inside_function(names, node, name)


def take_declaration(names: Collector, node: Node) -> Iterable[Node]:
    """Take a function that is only declared."""
    name, place = spelled_name(node, names.grammar)
    names.add_head(name, place, "declares")
    return ()


def take_local(names: Collector, node: Node) -> Iterable[Node]:
    """Take a function without a name."""
    return _inside_function(names, node, "")


def _inside_function(names: Collector, node: Node, name: str) -> Iterable[Node]:
    """Return what to look into of a function: nothing where no other definition can be inside."""
    if node.type in _BLOCKS:
        names.inner = names.within(name, is_local=True)
        return node.named_children
    words = names.nodes.nested
    body = names.body(node) if words else None
    text = body.text if body is not None else None
    if body is None or text is None or not any([word in text for word in words]):
        return ()
    names.inner = names.within(name, is_local=True)
    return (body,)


def take_container(names: Collector, node: Node) -> Iterable[Node]:
    """Take a class or the like; an alias of a type of the same name re-exports it."""
    name, place = spelled_name(node, names.grammar)
    inside = node.named_children
    if node.type in _ALIASES and inside and is_elsewhere(inside[-1], name):
        names.add(name, place.start_byte, "re-exports")
        return ()
    if place.type != "user_type":  # as in `extension Queue`, of Swift
        names.add(name, place.start_byte, "defines")
    names.inner = names.within(name)
    return inside


def take_interface(names: Collector, node: Node) -> Iterable[Node]:
    """Take a container whose members are only declared."""
    inside = take_container(names, node)
    names.inner = names.inner._replace(is_ambient=True)
    return inside


def take_qualifier(names: Collector, node: Node) -> Iterable[Node]:
    """Look into what lends its name, but does not define it."""
    name, _ = spelled_name(node, names.grammar)
    if node.type in names.grammar.file_namespaces and node.child_by_field_name("body") is None:
        names.rest = NameScope(name)
        return ()
    names.inner = names.within(name)
    body = node.child_by_field_name("body")
    return body.named_children if body is not None else node.named_children


def take_ambient(names: Collector, node: Node) -> Iterable[Node]:
    """Look into what is only declared."""
    names.inner = names.scope._replace(is_ambient=True)
    return node.named_children


def take_binding(names: Collector, node: Node) -> Iterable[Node]:
    """Take the names that are bound to a value."""
    key = names.keys[node.type]
    places, value = bound_names(node, *key.split("="))
    kind = value.type if value is not None else ""
    is_function = kind in names.grammar.function_values
    inside = (value,) if value is not None and kind in names.opened else ()
    if names.scope.is_local and not is_function:
        return inside
    only = plain(places[0]) if len(places) == 1 else ""
    if only == "__all__":
        names.listed = value
    if value is not None and only and reexported.is_import(value):
        if b"exports." in (places[0].text or b""):
            names.add_value(only, places[0], "re-exports")
        return ()
    is_same = value is not None and bool(only) and is_elsewhere(value, only)
    # In Rust, a constant of a trait may have no value.
    declares = node.type == "const_item" and value is None
    role: NameRole = "re-exports" if is_same else "declares" if declares else "defines"
    for place in places:
        if is_function:
            names.add(plain(place), place.start_byte, role)
        else:
            names.add_value(plain(place), place, role)
    names.inner = names.within(only if is_name(only) else "")
    if is_function and value is not None:
        return _inside_function(names, value, only)
    return inside


def take_member(names: Collector, node: Node) -> Iterable[Node]:
    """Take a member of an object or of a class; of an object, only functions count."""
    if node.type in ("pair", "field"):
        value = node.child_by_field_name("value")
        if value is None or value.type not in names.grammar.function_values or names.scope.is_local:
            return (value,) if value is not None and value.type in names.opened else ()
    return take_binding(names, node)


def take_value(names: Collector, node: Node) -> Iterable[Node]:
    """Take the names at the key of a node."""
    names.add_at_key(node, "defines")
    return ()


def take_entry(names: Collector, node: Node) -> Iterable[Node]:
    """Take the names at the key of a node, and look into it."""
    names.add_at_key(node, "defines")
    return node.named_children


def take_declared(names: Collector, node: Node) -> Iterable[Node]:
    """Take names that are declared."""
    names.add_at_key(node, "declares")
    return ()


def take_exported(names: Collector, node: Node) -> Iterable[Node]:
    """Take names that are defined elsewhere."""
    names.add_at_key(node, "re-exports")
    return ()


def take_statement(names: Collector, node: Node) -> Iterable[Node]:
    """Take what a statement re-exports."""
    for place, name in reexported.by_statement(node):
        names.add(name, place, "re-exports")
    return node.named_children


def take_import(names: Collector, node: Node) -> Iterable[Node]:
    """Note an import of Python."""
    if not names.scope.is_local:
        names.imports.append(node)
    return ()


def take_call(names: Collector, node: Node) -> Iterable[Node]:
    """Take a call of Elixir, which may be a definition."""
    target = node.child_by_field_name("target")
    word = (target.text or b"").decode(errors="ignore") if target is not None else ""
    block = find(node, "do_block")
    inside = block.named_children if block is not None else ()
    if word in names.grammar.calls:
        _, subject = called_subject(node)
        name = dotted(subject)
        if subject is not None and word != "defimpl":
            names.add_head(name, subject, "defines")
        names.inner = names.within(name)
        if word == "defprotocol":  # its functions have no body
            names.inner = names.inner._replace(is_ambient=True)
        return inside if names.grammar.calls[word] else ()
    take_special(names, node)
    return inside


def take_special(names: Collector, node: Node) -> Iterable[Node]:
    """Take a node that gives names in one language only."""
    for place, name, role in special_nodes.names_of(node):
        names.add_value(name, place, role)
    return node.named_children if node.type in _OPENED else ()
