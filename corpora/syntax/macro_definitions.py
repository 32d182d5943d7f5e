"""Definitions in C and C++ that a macro makes, such as `TEST_F(Suite, Name) { ... }`.

A grammar does not expand macros. It takes such a definition for a call with a block after it, or for a
function of the macro's name. What it defines is named by the first arguments:

    TEST_F(Suite, Name) { ... }                        Suite.Name
    TEST_CASE("vectors can be sized", "[vector]") {    vectors can be sized
    SYSCALL_DEFINE3(read, unsigned int, fd, ...) {     read
    BENCHMARK(BM_sort)->Range(8, 64);                  BM_sort
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node

PRIMITIVE_TYPES: Final = ("bool", "char", "double", "float", "int", "long", "short", "unsigned", "void")
"""Words that are types without a declaration; as arguments of a macro they are no C++."""

_MAX_NAME_BYTES: Final = 200
_MAX_CHAIN: Final = 20  # BENCHMARK(BM_sort)->Arg(1)->Arg(2)
_MAX_CALL_BYTES: Final = 1_000
_CALL: Final = re.compile(rb"(_*[A-Z]\w*)[ \t]*\(([^(){};]*)\)\Z")
_IDENTIFIER: Final = re.compile(rb"([A-Za-z_]\w*(?:::\w+)*)(?:\Z|<)")
# What is written in capitals is a macro, and so is `PyDoc_STRVAR` or `Test`; `main(argc, argv) {` is a
# function of early C.
_MACRO: Final = re.compile(rb"_*[A-Z]\w*\Z")
_CONTROL: Final = re.compile(
    rb"(?:^|_)(?:(?:FOR|FOREACH|EACH|IF|ELSE|WHILE|SWITCH|RETURN)(?=_|\Z)"
    rb"|(?:TRY|CATCH|ASSERT|EXPECT|REQUIRE)\Z)",
    re.IGNORECASE,
)
# These statements are about something that is defined elsewhere.
_REFERS: Final = re.compile(rb"_*(?:EXPORT|MODULE|UNUSED|ALIAS|STATIC_ASSERT)")
# In these, a type or a table comes first and the name after it: `DEFINE_PER_CPU(struct rq, runqueues)`.
_NAMED_LAST: Final = re.compile(rb"_PER_CPU|DEFINE_EVENT")
# `BENCHMARK_TEMPLATE_F(Fixture, Name, int)`; of other macros, two of more than two arguments are no name.
_OF_FIXTURE: Final = re.compile(rb"_F\Z")
_NAMED_FIRST: Final = re.compile(rb"FIXTURE|TEMPLATE\Z")
# `ABSL_FLAG(std::string, name, "", "help");`
_NAMED_SECOND: Final = re.compile(rb"_FLAG\Z")
_TYPES: Final = frozenset(PRIMITIVE_TYPES) | {word.upper() for word in PRIMITIVE_TYPES}
_MATCHERS: Final = re.compile(rb"\A(?:MATCHER|ACTION)")


def is_macro_head(node: Node) -> bool:
    """Return whether `node` is the head of a definition whose block is the next node: `TEST(A, b)`."""
    if node.type != "expression_statement" or _ends_with_semicolon(node):
        return False
    after = node.next_named_sibling
    while after is not None and after.type == "comment":
        after = after.next_named_sibling
    return after is not None and after.type == "compound_statement" and bool(_macro_of(node, has_body=True))


def macro_head(block: Node) -> Node | None:
    """Return the head of the definition of which `block` is the body; None where it is none."""
    before = block.prev_named_sibling
    while before is not None and before.type == "comment":
        before = before.prev_named_sibling
    return before if before is not None and is_macro_head(before) else None


def macro_name(node: Node) -> str:
    """Return the name that a macro defines; empty where `node` is no such definition.

    Args:
        node: the head of a definition (see `is_macro_head`), or a statement: `BENCHMARK(BM_sort);`.
    """
    if node.type in ("ERROR", "macro_type_specifier"):
        return _name_in_text(node)
    if node.type != "expression_statement":
        return ""
    return _macro_of(node, has_body=not _ends_with_semicolon(node) and is_macro_head(node))


def name_of_macro_function(node: Node) -> str:
    """Return the name that a macro defines where the grammar takes it for a function; else empty.

    A function without a return type, whose first parameter is a bare name and whose own name is that of a
    macro, is a definition by a macro: `TEST(Suite, Name) { ... }`. A constructor stands in its class.
    """
    word, parameters = _head_of_function(node)
    is_member = node.parent is not None and node.parent.type == "field_declaration_list"
    if word is None or parameters is None or is_member:
        return ""
    return _name(word.text or b"", parameters, has_body=True)


def is_control(node: Node) -> bool:
    """Return whether the grammar takes a loop or the like for a function: `list_for_each(item, queue) {`."""
    word, _ = _head_of_function(node)
    return word is not None and _CONTROL.search(word.text or b"") is not None


def _head_of_function(node: Node) -> tuple[Node | None, Node | None]:
    """Return the word before the parentheses of a function without a return type, and what is in them."""
    declarator = node.child_by_field_name("declarator")
    if declarator is None or node.type != "function_definition":
        return None, None
    kind = node.child_by_field_name("type")
    if declarator.type == "parenthesized_declarator":  # `IF_DEBUG(level) {`, as C's grammar sees it
        return kind, None
    while (inner := declarator.child_by_field_name("declarator")) and inner.type == "function_declarator":
        declarator = inner
    if kind is not None or inner is None or inner.type != "identifier":
        return None, None
    return inner, declarator.child_by_field_name("parameters")


def _ends_with_semicolon(node: Node) -> bool:
    last = node.children[-1] if node.child_count else None
    return last is not None and last.type == ";" and not last.is_missing


def _name_in_text(node: Node) -> str:
    """Return the name in a call that no grammar takes for one: `DEFINE_PER_CPU(struct rq, runqueues)`."""
    if node.end_byte - node.start_byte > _MAX_CALL_BYTES or not (call := _CALL.match(node.text or b"")):
        return ""
    arguments = [text.strip() for text in call[2].split(b",")]
    names = [_identifier(text) for text in arguments]
    return _chosen(call[1], names, has_body=False)


def _macro_of(statement: Node, *, has_body: bool) -> str:
    call = statement.named_children[0] if statement.named_child_count else None
    for _ in range(_MAX_CHAIN):
        if call is None:
            return ""
        inner = call.child_by_field_name("function") or call.child_by_field_name("argument")
        if call.type == "call_expression" and inner is not None and inner.type == "identifier":
            arguments = call.child_by_field_name("arguments")
            return _name(inner.text or b"", arguments, has_body=has_body) if arguments is not None else ""
        call = inner if call.type in ("call_expression", "field_expression") else None
    return ""


def _name(macro: bytes, arguments: Node, *, has_body: bool) -> str:
    names = [_argument(node) for node in arguments.named_children[:8] if node.type != "comment"]
    return _chosen(macro, names, has_body=has_body)


def _chosen(macro: bytes, names: list[str], *, has_body: bool) -> str:
    if _NAMED_SECOND.search(macro):
        names = names[1:] or names
    first = names[0] if names else ""
    is_quoted = first.startswith('"')
    if not _MACRO.match(macro) and not (has_body and is_quoted):
        return ""
    if _CONTROL.search(macro) or (not has_body and (is_quoted or _REFERS.match(macro))):
        return ""
    if _NAMED_LAST.search(macro):
        return next((name for name in reversed(names) if name and not name.startswith('"')), "")
    if not first and not has_body:  # `DEFINE_TABLE(struct rq, queue);`
        first = next((name for name in names if name and not name.startswith('"')), "")
    if not first or not has_body or is_quoted or _NAMED_FIRST.search(macro) or _MATCHERS.match(macro):
        return first.strip('"')
    second = names[1] if len(names) > 1 and len(names[1]) > 1 else ""  # `PYBIND11_MODULE(example, m) {`
    if second.startswith('"') or (second and (len(names) == 2 or _OF_FIXTURE.search(macro))):
        return f"{first}.{second.strip(chr(34))}"
    return first


def _argument(node: Node) -> str:
    """Return an argument that may name something: an identifier, or a string in its quotes; else empty."""
    text = (node.text or b"")[: _MAX_NAME_BYTES + 2]
    if node.type in ("string_literal", "concatenated_string"):
        content = " ".join(text.decode(errors="ignore").split()).removeprefix("L").strip('"')
        return f'"{content}"' if content else ""
    if node.type == "parameter_declaration" and node.child_by_field_name("declarator") is not None:
        return ""
    if node.type == "parameter_declaration":
        kind = node.child_by_field_name("type")
        if kind is None or kind.type in ("primitive_type", "sized_type_specifier"):
            return ""
    return _identifier(text)


def _identifier(text: bytes) -> str:
    """Return the name that a text is, without template arguments; empty if it is something else."""
    found = _IDENTIFIER.match(text)
    name = found[1].decode().replace("::", ".") if found else ""
    return "" if name in _TYPES else name
