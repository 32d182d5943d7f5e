"""How a node of a syntax tree spells a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal

from corpora.syntax.macro_definitions import name_of_macro_function

if TYPE_CHECKING:
    from tree_sitter import Node

    from corpora.syntax.grammars import Grammar

_MAX_NAME_BYTES = 200
_MAX_DECLARATOR_DEPTH = 20

_GENERICS = re.compile(r"(?<=\w)\s*(?:<[^<>]*>|\[[^\[\]]*\])")  # Queue<T>, List[T]
_REFERENCE = re.compile(r"^(?:[&*]|'\w+\s|mut\s|dyn\s|\s)+")  # &'a mut Queue, *Server
_SEPARATOR = re.compile(r"::|\\|(?<=\w):(?=\w)")  # C++, Rust, Ruby; PHP; Lua
_EXPORTED = re.compile(r"^(?:module\.)?exports\.|(?<=\w)\.prototype(?=\.)")
_QUOTED = re.compile(r"^(?:(['\"`])(.*)\1|\((.*)\))$")  # 'content-type', (<+>)

_PATH_NODES = frozenset(
    {
        "attribute",
        "member_expression",
        "selector_expression",
        "qualified_type",
        "scoped_type_identifier",
        "scoped_identifier",
        "qualified_identifier",
        "type_descriptor",
        "field_expression",
        "scope_resolution",
        "user_type",
        "stable_type_identifier",
        "nested_type_identifier",
        "navigation_expression",
        "dot_index_expression",
    }
)
_PATH = re.compile(r"\w+(?:\.\w+)+")  # a.b.C
_PATTERNS = frozenset({"object_pattern", "array_pattern", "multi_variable_declaration", "subscript"})
_ASSIGNED = frozenset({"member_expression", "variable_name"})  # `x = 1`, in scripts, is no definition
_LISTS = frozenset({"pattern_list", "tuple_pattern", "list_pattern", "variable_list", "left_assignment_list"})
_MAX_NAMES = 50  # in one statement
_NOT_IN_NAMES = frozenset("()[]{},;\"'`\n")

NO_NAMES: Final = frozenset({"", "_", "__all__", "module.exports", "exports"})
"""Texts that are bound, but name nothing."""

NOT_NAMES: Final = frozenset({"namespace", "class", "struct", "if", "for", "while", "switch", "return"})
"""Keywords that the parser takes for the name of a function after a macro, which the grammar cannot know."""


def find(node: Node, key: str) -> Node | None:
    """Return the child in the field `key`, else the first of the type `key`; the last child for no key."""
    if not key:
        return node.named_children[-1] if node.named_child_count else None
    return node.child_by_field_name(key) or next((c for c in node.named_children if c.type == key), None)


def spelled_name(node: Node, grammar: Grammar) -> tuple[str, Node]:
    """Return the name of a definition, dotted, and the node that spells it."""
    if grammar.has_macros and (name := name_of_macro_function(node)):
        return name, node
    key = grammar.names.get(node.type, "name")
    if key.startswith("="):
        return key[1:], node
    found = node.child_by_field_name(key)
    if found is None or grammar.has_macros:
        found = leaf(find(node, key) or node.child_by_field_name("declarator")) or _nameless(node)
    if found is None:
        return "", node
    name = dotted(found)
    receiver = find(node, grammar.receivers[node.type]) if node.type in grammar.receivers else None
    # In Kotlin, the first type in a function is its receiver only if it comes before the name.
    if receiver is None or receiver.start_byte > found.start_byte:
        return name, found
    if receiver.type == "parameter_list" and receiver.named_children:
        receiver = receiver.named_children[-1].child_by_field_name("type")
    return f"{dotted(receiver)}.{name}".strip("."), found


def called_subject(node: Node) -> tuple[str, Node | None]:
    """Return the word that a call calls, and the node that spells what it defines.

    For `def push(queue, item) when is_list(queue) do`, in Elixir, that is `def` and `push`.
    """
    target = node.child_by_field_name("target")
    arguments = find(node, "arguments")
    if target is None or arguments is None or not arguments.named_children:
        return "", None
    subject = arguments.named_children[0]
    if subject.type == "binary_operator":
        subject = subject.child_by_field_name("left") or subject
    if subject.type == "call":
        subject = subject.child_by_field_name("target") or subject
    return (target.text or b"").decode(errors="ignore"), subject


def _nameless(node: Node) -> Node | None:
    """Return the operator of an infix definition in Haskell, or the type of an anonymous `given` in Scala."""
    infix = find(node, "infix")
    operator = infix.child_by_field_name("operator") if infix is not None else None
    return operator or node.child_by_field_name("return_type")


def leaf(node: Node | None) -> Node | None:
    """Return the name inside a declarator of C: `parse` in `*(*parse(int depth))(void)`."""
    for _ in range(_MAX_DECLARATOR_DEPTH):
        if node is None or not node.type.endswith("declarator"):
            return node
        node = node.child_by_field_name("declarator") or find(node, "")
    return node


def dotted(node: Node | None) -> str:
    """Return the name that a node spells, with dots between its parts: `Queue.push` for `Queue<T>::push`."""
    text = node.text if node is not None else None
    if text is None:
        return ""
    if len(text) <= _MAX_NAME_BYTES and text.replace(b"_", b"a").isalnum():  # as most names are
        return text.decode()
    name = " ".join(text[:_MAX_NAME_BYTES].decode(errors="ignore").split())
    name = _EXPORTED.sub("", _REFERENCE.sub("", _QUOTED.sub(r"\2\3", name)))
    if "operator" not in name:
        while (shorter := _GENERICS.sub("", name)) != name:
            name = shorter
        name = name.partition(" ")[0]
        name = name.rstrip(":") if name[:1].isalpha() else name  # Kotlin: `response: HttpResponse`
    elif "operator()" not in name:
        name = name.partition("(")[0]
    return _SEPARATOR.sub(".", name).strip(".")


def bound_names(node: Node, name_key: str, value_key: str) -> tuple[list[Node], Node | None]:
    """Return the nodes that spell the names which a binding binds, and the node of the value.

    Keys are as in `Grammar.bindings`.
    """
    value = find(node, value_key)
    if value is not None and value.type == "expression_list" and value.named_child_count == 1:
        value = value.named_children[0]
    found = node.children_by_field_name(name_key) if name_key else []
    if not found and (only := leaf(find(node, name_key))) is not None:
        found = [only]
    names: list[Node] = []
    for name in found:
        if name.type in _PATTERNS or (node.type == "assignment_expression" and name.type not in _ASSIGNED):
            continue
        names += name.named_children[:_MAX_NAMES] if name.type in _LISTS else [name]
    while value is not None and value.type == node.type and len(names) < _MAX_NAMES:  # a = b = 1
        inner = value.child_by_field_name(name_key)
        names += [inner] if inner is not None else []
        value = value.child_by_field_name(value_key)
    return names, None if names and value == names[-1] else value


def declared_in_c(node: Node) -> Iterator[tuple[Node, str, Literal["defines", "declares"]]]:
    """Yield what a declaration of C or C++ names: the node that spells it, the name and what it does.

    A prototype declares, and so does `extern` without a value.
    """
    is_extern = any(
        child.type == "storage_class_specifier" and child.text == b"extern" for child in node.children[:5]
    )
    is_extern = is_extern or (node.parent is not None and node.parent.type == "linkage_specification")
    for declarator in node.children_by_field_name("declarator")[:_MAX_NAMES]:
        found = leaf(declarator)
        if found is not None and found.type not in ("qualified_identifier", "ERROR"):
            is_prototype = node.type != "type_definition" and _is_function(declarator)
            has_value = declarator.type == "init_declarator"
            declares = is_prototype or (is_extern and not has_value)
            yield found, dotted(found), "declares" if declares else "defines"


def _is_function(declarator: Node) -> bool:
    """Return whether a declarator is a function's: `f(int)`, `*f(void)`, but not `(*f)(int)`."""
    node: Node | None = declarator
    for _ in range(_MAX_DECLARATOR_DEPTH):
        if node is None or node.type == "init_declarator":
            return False
        if node.type == "function_declarator":
            inner = node.child_by_field_name("declarator")
            return inner is not None and inner.type != "parenthesized_declarator"
        node = node.child_by_field_name("declarator") or (
            node.named_children[-1] if node.type == "reference_declarator" else None
        )
    return False


def is_name(name: str) -> bool:
    """Return whether a text can be a name: it is neither an expression nor nothing."""
    return name not in NO_NAMES and ("operator" in name or not _NOT_IN_NAMES.intersection(name))


def is_elsewhere(value: Node, name: str) -> bool:
    """Return whether a value is what another module or class defines by this name: `queue.Queue`."""
    if value.type not in _PATH_NODES or value.end_byte - value.start_byte > _MAX_NAME_BYTES:
        return False
    spelled = _SEPARATOR.sub(".", (value.text or b"").decode(errors="ignore")).strip()
    return _PATH.fullmatch(spelled) is not None and spelled.endswith(f".{name.rpartition('.')[2]}")


def plain(node: Node) -> str:
    """Return the name that a node spells, without the signs of its language: `$x`, `:x`, `x:`, `this.x`."""
    name = dotted(node)
    return name if name.isidentifier() else name.removeprefix("this.").lstrip("$:").rstrip("=:")
