"""What a syntax node defines: its name, its signature and whether it has members."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from corpora.syntax.macro_definitions import is_control, macro_head, macro_name, name_of_macro_function
from corpora.syntax.names.spelling import NOT_NAMES, called_subject, dotted, find, leaf, spelled_name

if TYPE_CHECKING:
    from tree_sitter import Node

    from corpora.syntax.grammars import Grammar

_MAX_SIGNATURE_CHARS = 300
_PEEK_NODES = 50
_MAX_OPENER_CHARS = 8

_OPENER = re.compile(r"(?:[{:=]|=>|->|\bdo|\bwhere)\Z")
_MADE_BY_MACROS = frozenset({"compound_statement", "expression_statement", "macro_type_specifier", "ERROR"})
_ATTRIBUTES = frozenset({"annotation", "marker_annotation", "attribute_list", "attribute"})


class Definition(NamedTuple):
    """What a node defines.

    Attributes:
        name: dotted (`Queue.push` for `Queue::push`) and relative to what encloses the node.
        signature: the declaration on one line.
        node: the definition itself, inside its wrappers (decorators, `export`).
        opens: it may have members, as a class has.
        body: the node that holds the members; None where there are none or the grammar does not tell.
        is_value: a constant or a variable rather than a function or a class.
        is_case: a test or the like, one of many small ones of which each is looked for by its own name.
    """

    name: str
    signature: str
    node: Node
    opens: bool
    body: Node | None
    is_value: bool = False
    is_case: bool = False


class Namespace(NamedTuple):
    """A namespace, which lends its dotted name to what is inside.

    Without a body it may hold for the rest of the file (`namespace Shop;`).
    """

    name: str
    node: Node
    body: Node | None
    holds_for_rest: bool


def definition_of(node: Node, grammar: Grammar) -> Definition | None:
    """Return what `node` defines, or None."""
    outer = node
    while node.type in grammar.wrappers:
        inner = next((child for child in node.named_children if _may_define(child, grammar)), None)
        if inner is None:
            return None
        node = inner
    if not node.is_named:  # the keyword `class` has the type of a class in Ruby
        return None
    kind = node.type
    if kind in grammar.functions or kind in grammar.containers:
        name, opens = spelled_name(node, grammar)[0], kind in grammar.containers
        if name in NOT_NAMES or (grammar.has_macros and is_control(node)):
            return None
        found = _definition(name, _signature(outer, node, grammar), node, grammar, opens=opens)
        is_case = grammar.has_macros and bool(name_of_macro_function(node))
        return found._replace(is_case=True) if is_case else found
    if kind in grammar.bindings:
        # `JNIEXPORT void JNICALL f(int a) {`: the grammar of C takes the first two words for a declaration.
        is_cut_off = grammar.has_macros and node.child_count and node.children[-1].is_missing
        return None if is_cut_off else _binding(outer, node, grammar)
    return _made_by_call(node, grammar)


def first_definition_in(node: Node, grammar: Grammar) -> Definition | None:
    """Return the first definition inside a statement that may hold some: an `#ifdef`, a conditional import.

    Only the first `_PEEK_NODES` nodes are looked at.
    """
    queue = [node]
    for _ in range(_PEEK_NODES):
        if not queue:
            break
        node = queue.pop()
        if (definition := definition_of(node, grammar)) and not definition.is_value:
            return definition
        if node.type in grammar.blocks or node.type in grammar.namespaces or node.is_error:
            queue.extend(reversed(node.named_children))
    return None


def namespace_of(node: Node, grammar: Grammar) -> Namespace | None:
    """Return the namespace that `node` is or wraps, or None."""
    if node.type in grammar.wrappers:
        node = next((child for child in node.named_children if child.type in grammar.namespaces), node)
    if node.type not in grammar.namespaces or not node.is_named:
        return None
    name, body = dotted(node.child_by_field_name("name")), node.child_by_field_name("body")
    return Namespace(name, node, body, body is None and node.type in grammar.file_namespaces)


def one_line(declaration: bytes) -> str:
    """Return `declaration` with its white space collapsed, cut to `_MAX_SIGNATURE_CHARS`."""
    words = declaration[: 10 * _MAX_SIGNATURE_CHARS].decode(errors="ignore").split()
    return " ".join(words)[:_MAX_SIGNATURE_CHARS].rstrip()


def _definition(
    name: str, signature: str, node: Node, grammar: Grammar, *, opens: bool, is_value: bool = False
) -> Definition:
    return Definition(name, signature, node, opens, _body(node, grammar) if opens else None, is_value)


def _may_define(node: Node, grammar: Grammar) -> bool:
    kind = node.type
    return (
        kind in grammar.functions
        or kind in grammar.containers
        or kind in grammar.bindings
        or kind in grammar.wrappers
    )


def _binding(outer: Node, node: Node, grammar: Grammar) -> Definition | None:
    """Return the definition of a name bound to a value; None for a pattern of several names."""
    name_key, value_key = grammar.bindings[node.type]
    name_node = leaf(find(node, name_key))
    if name_node is None or name_node.type.endswith("_pattern"):
        return None
    value = find(node, value_key)
    if value is not None and value.type == "expression_list" and value.named_child_count == 1:
        value = value.named_children[0]
    kind = value.type if value is not None else ""
    is_function = kind in grammar.function_values
    opens = kind in grammar.container_values or not is_function
    signature = _signature(outer, value if is_function and value is not None else node, grammar)
    is_value = not is_function and kind not in grammar.container_values
    return _definition(dotted(name_node), signature, node, grammar, opens=opens, is_value=is_value)


def _made_by_call(node: Node, grammar: Grammar) -> Definition | None:
    if grammar.calls and node.type == "call":
        return _called(node, grammar)
    return _made_by_macro(node) if grammar.has_macros and node.type in _MADE_BY_MACROS else None


def _made_by_macro(node: Node) -> Definition | None:
    """Return the definition by a macro of which `node` is the block, or that is a statement."""
    head = macro_head(node) if node.type == "compound_statement" else node
    if head is None or not (name := macro_name(head)):
        return None
    signature = one_line(head.text or b"").rstrip(";")
    return Definition(name, signature, head, opens=False, body=None, is_case=head is not node)


def _called(node: Node, grammar: Grammar) -> Definition | None:
    """Return a definition written as a call, as in Elixir: `def push(queue, item) when is_list(queue) do`."""
    word, subject = called_subject(node)
    if word not in grammar.calls or subject is None:
        return None
    signature = _signature(node, node, grammar)
    return _definition(dotted(subject), signature, node, grammar, opens=grammar.calls[word])


def _signature(outer: Node, node: Node, grammar: Grammar) -> str:
    """Return the declaration on one line, up to its body; its first line where there is no body."""
    head = node if outer.type == "decorated_definition" else outer
    start, text = _declaration_start(head), head.text or b""
    body = _body(node, grammar)
    for child in node.children:
        if child.type in grammar.leads and child.start_byte > start:
            end = child.start_byte
            break
        if child == body:
            end = child.start_byte
            break
    else:
        end = start + len(text[start - head.start_byte :].split(b"\n", 1)[0])
    signature = one_line(text[start - head.start_byte : end - head.start_byte])
    while opener := _OPENER.search(signature, max(len(signature) - _MAX_OPENER_CHARS, 0)):
        signature = signature[: opener.start()].rstrip()
    return signature


def _body(node: Node, grammar: Grammar) -> Node | None:
    return node.child_by_field_name("body") or next(
        (child for child in node.named_children if child.type in grammar.bodies), None
    )


def _declaration_start(node: Node) -> int:
    """Return the byte at which the declaration begins, after its attributes: `[Serializable] class`."""
    for child in node.children:
        if child.type == "modifiers":
            return next((m.start_byte for m in child.children if m.type not in _ATTRIBUTES), child.end_byte)
        if child.type not in _ATTRIBUTES:
            return child.start_byte
    return node.start_byte
