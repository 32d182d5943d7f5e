"""The members of classes, interfaces, enums and object types, as records of an API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from corpora.api.model import ApiObject, ObjectKind
from corpora.api.signature import Signature
from corpora.npm.api.doc_comments import DocComment, read_doc_comment
from corpora.npm.api.signatures import type_text, typescript_signature
from corpora.npm.exports import has_token, node_name, node_text

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_MEMBERS: Final = 5_000  # of one type
_METHODS: Final = frozenset({"method_signature", "abstract_method_signature", "method_definition"})
_FIELDS: Final = frozenset({"property_signature", "public_field_definition"})
_CALLS: Final = frozenset({"call_signature", "construct_signature"})
_HIDDEN: Final = frozenset({"private", "protected"})
_READ: Final = frozenset(
    {"predefined_type", "literal_type", "array_type", "tuple_type", "template_literal_type"}
)
"""Types of what is never called."""

_NAME: Final = re.compile(r"[\w$][\w$-]{0,100}")


@dataclass(slots=True)
class TypeMembers:
    """What the bodies of a type say.

    Attributes:
        objects: its members by their names.
        constructors: the ways to make an object of it.
        calls: the ways to call it.
        why_open: why it may have other members; empty if it has none.
        has_hidden_constructor: whether users cannot make one.
    """

    objects: dict[str, ApiObject] = field(default_factory=dict)
    constructors: list[Signature] = field(default_factory=list)
    calls: list[Signature] = field(default_factory=list)
    why_open: str = ""
    has_hidden_constructor: bool = False


def is_member_name(text: str) -> bool:
    """Return whether a name can be a part of a dotted one, and says nothing to a terminal."""
    return bool(_NAME.fullmatch(text))


def read_members(found: TypeMembers, body: Node, path: str, file: str) -> None:
    """Add the members that a body declares.

    Args:
        found: what was read so far of other bodies of the same type.
        body: of a class, an interface, an enum or an object type.
        path: of the type.
        file: its file, as it is shown.
    """
    comment = ""
    for node in body.named_children:
        if node.type == "comment":
            text = node_text(node)
            comment = text if text.startswith("/**") else comment
            continue
        said, comment = read_doc_comment(comment), ""
        if node.type in {"index_signature", "mapped_type_clause"}:
            found.why_open = "it takes any name (an index signature)"
        elif node.type in _CALLS:
            ways = found.calls if node.type == "call_signature" else found.constructors
            ways.append(typescript_signature(node, has_result=node.type == "call_signature"))
        elif len(found.objects) < _MAX_MEMBERS:
            _read_member(found, node, said, path, file)


def _read_member(found: TypeMembers, node: Node, said: DocComment, path: str, file: str) -> None:
    local = _member_name(node)
    if local == "constructor" and node.type in _METHODS:
        if _is_hidden(node):
            found.has_hidden_constructor = True
        else:
            found.constructors.append(typescript_signature(node, has_result=False))
        return
    if not is_member_name(local) or _is_hidden(node):
        return
    made = _member(node, f"{path}.{local}", said, file)
    known = found.objects.get(local)
    found.objects[local] = _joined(known, made) if known is not None else made


def _joined(known: ApiObject, other: ApiObject) -> ApiObject:
    """Return one object for two declarations of it: of a function, these are overloads."""
    if known.kind == other.kind == "function":
        labels = set(known.labels) & set(other.labels) | {"static"} & set(known.labels)
        return replace(
            known,
            signatures=(*known.signatures, *other.signatures),
            # What some overloads are, the function is not.
            deprecated=known.deprecated and other.deprecated,
            summary=known.summary or other.summary,
            notes=known.notes or other.notes,
            labels=tuple(sorted(labels)),
        )
    return known


def _member_name(node: Node) -> str:
    if node.type in {"property_identifier", "string"}:  # of an enum
        return node_text(node).strip("'\"")
    named = node.child_by_field_name("name")
    if named is None or named.type in {"computed_property_name", "private_property_identifier"}:
        return ""
    return node_name(node)


def _is_hidden(node: Node) -> bool:
    modifier = next((child for child in node.named_children if child.type == "accessibility_modifier"), None)
    return modifier is not None and node_text(modifier) in _HIDDEN


def _member(node: Node, path: str, said: DocComment, file: str) -> ApiObject:
    kind: ObjectKind = "attribute"
    ways: tuple[Signature, ...] = ()
    annotation = value = ""
    typed = node.child_by_field_name("type")
    given = next(iter(typed.named_children), None) if typed is not None else None
    is_accessor = has_token(node, "get") or has_token(node, "set")
    if node.type in _METHODS and not is_accessor:
        kind, ways = "function", (typescript_signature(node),)
    elif node.type in _METHODS:
        kind, annotation = "property", type_text(node.child_by_field_name("return_type"))
    elif given is not None and (function := _function_type(given)) is not None:
        kind, ways = "function", (typescript_signature(function),)
    elif node.type in _FIELDS:
        annotation = type_text(typed)
        kind = "property" if given is not None and _is_read(given) else "attribute"
    else:
        value = type_text(node.child_by_field_name("value"))
    labels = [name for name, token in (("static", "static"), ("optional", "?")) if has_token(node, token)]
    return ApiObject(
        path,
        kind,
        ways,
        annotation=annotation,
        value=value,
        deprecated=said.deprecated,
        summary=said.summary,
        notes=said.notes,
        file=file,
        line=node.start_point[0] + 1,
        labels=tuple(sorted([*labels, *(["internal"] if said.is_internal else [])])),
    )


def _function_type(node: Node) -> Node | None:
    """Return a function type, which may stand in parentheses; None for any other type."""
    for _ in range(3):
        if node.type == "function_type":
            return node
        if node.type != "parenthesized_type" or not node.named_children:
            return None
        node = node.named_children[0]
    return None


def _is_read(node: Node) -> bool:
    """Return whether a type is never that of a function."""
    parts = list(_parts(node, 0))
    return all(part.type in _READ and node_text(part) not in {"any", "unknown", "object"} for part in parts)


def _parts(node: Node, depth: int) -> Iterator[Node]:
    if node.type == "union_type" and depth < 20:
        for child in node.named_children:
            yield from _parts(child, depth + 1)
    else:
        yield node
