"""Make records of an API from declarations: all declarations of one name are one object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from corpora.api.model import ApiObject, ObjectKind
from corpora.api.signature import Signature
from corpora.npm.api.doc_comments import DocComment, read_doc_comment
from corpora.npm.api.members import TypeMembers, read_members
from corpora.npm.api.scopes import NAMESPACE_NODES, Declaration
from corpora.npm.api.signatures import type_text, typescript_signature
from corpora.npm.api.type_names import base_names, parts_of_intersection, type_name
from corpora.npm.exports import has_token, node_text

if TYPE_CHECKING:
    from tree_sitter import Node

_CLASSES: Final = frozenset({"class_declaration", "abstract_class_declaration", "class"})
_FUNCTIONS: Final = frozenset(
    {"function_signature", "function_declaration", "generator_function_declaration", "function_expression"}
)
_BODIES: Final = frozenset({"interface_body", "class_body", "object_type", "enum_body"})
_MAX_OVERLOADS: Final = 60

Resolve = Callable[[str], str]
"""Gives the path of what a dotted name means where it stands; empty if it means nothing."""


@dataclass(slots=True)
class _Draft:
    """What the declarations of one name say together."""

    path: str
    file: str
    resolve: Resolve
    members: TypeMembers
    ways: list[Signature] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    annotation: str = ""
    value: str = ""
    of: str = ""
    is_class: bool = False
    is_value: bool = False


def object_of(
    path: str, declarations: Iterable[Declaration], held: dict[str, str], file: str, resolve: Resolve
) -> Iterator[ApiObject]:
    """Yield the object that declarations make together, then its members.

    Args:
        path: of the object.
        declarations: of one name in one file.
        held: what namespaces of that name hold: names with paths.
        file: their file, as it is shown.
        resolve: finds what a name means where the declarations stand.
    """
    known = [one for one in declarations if one.node.type != "import_alias"]
    if not known:
        return
    draft = _Draft(path, file, resolve, TypeMembers())
    for one in known:
        _read(draft, one.node)
    said = _said(known)
    labels = draft.labels | ({"internal"} if said.is_internal else set())
    if any(one.node.type in _CLASSES for one in known):
        labels -= {"interface"}  # an interface of the same name only adds members to the class
    kind = _kind(draft, held, known)
    if kind == "class" and not draft.is_value and draft.is_class:
        labels.add("type")
    if held and kind == "class" and not draft.is_class:
        labels.add("namespace")
    members = {name: one.path for name, one in draft.members.objects.items()} if kind != "function" else {}
    yield ApiObject(
        path,
        kind,
        tuple(_ways(draft, kind)[:_MAX_OVERLOADS]),
        tuple(dict.fromkeys(draft.bases)),
        {**held, **members},
        bool(draft.members.why_open),
        draft.annotation,
        draft.value,
        said.deprecated,
        said.summary,
        said.notes,
        file=file,
        line=known[0].node.start_point[0] + 1,
        labels=tuple(sorted(labels)),
        why_open=draft.members.why_open,
        decorators=(f"typeof {draft.of}",) if draft.of else (),
    )
    yield from draft.members.objects.values()


def _kind(draft: _Draft, held: dict[str, str], known: list[Declaration]) -> ObjectKind:
    if draft.is_class or (held and draft.is_value):
        return "class"
    if any(one.node.type in NAMESPACE_NODES for one in known) and not draft.is_value:
        return "module"
    return "function" if draft.ways else "attribute"


def _ways(draft: _Draft, kind: ObjectKind) -> list[Signature]:
    """Return the ways to call an object: those of a class are of its constructor, if that is not hidden."""
    if draft.members.has_hidden_constructor:
        return []
    return draft.ways or draft.members.constructors or draft.members.calls


def _said(known: list[Declaration]) -> DocComment:
    """Return what the comments say together: deprecated is what all overloads are."""
    said = [read_doc_comment(one.comment) for one in known]
    functions = [word for one, word in zip(known, said, strict=True) if one.node.type in _FUNCTIONS]
    first = next((one for one in said if one.summary), said[0])
    deprecated = [one.deprecated for one in (functions if len(functions) > 1 else said)]
    is_deprecated = all(deprecated) if len(functions) > 1 else any(deprecated)
    notes = next((one.notes for one in said if one.notes), ())
    return replace(
        first,
        deprecated=next(filter(None, deprecated), "") if is_deprecated else "",
        notes=notes,
        is_internal=all(one.is_internal for one in said),
    )


def _read(draft: _Draft, node: Node) -> None:
    """Add what one declaration says."""
    if node.type in _CLASSES or node.type == "interface_declaration":
        draft.is_class = True
        draft.bases += [draft.resolve(name) if name else "" for name in base_names(node)]
        _read_bodies(draft, node)
        if node.type == "interface_declaration":
            draft.labels.add("interface")
        else:
            draft.is_value = True
            draft.labels |= {"abstract"} if has_token(node, "abstract") else set()
    elif node.type == "enum_declaration":
        draft.is_class = draft.is_value = True
        draft.labels.add("enum")
        _read_bodies(draft, node)
    elif node.type in _FUNCTIONS:
        draft.is_value = True
        draft.ways.append(typescript_signature(node))
    elif node.type == "type_alias_declaration":
        _read_alias(draft, node)
    elif node.type == "variable_declarator":
        draft.is_value = True
        draft.value = type_text(node.child_by_field_name("value"))
        typed = node.child_by_field_name("type")
        if typed is not None and typed.named_children:
            _read_value(draft, typed.named_children[0])


def _read_bodies(draft: _Draft, node: Node) -> None:
    for body in node.named_children:
        if body.type in _BODIES:
            read_members(draft.members, body, draft.path, draft.file)


def _read_alias(draft: _Draft, node: Node) -> None:
    """Add what `type A = ...` says: an object type, with others or alone, is like an interface."""
    value = node.child_by_field_name("value")
    if value is None:
        return
    parts = parts_of_intersection(value)
    draft.labels.add("type")
    if any(part.type == "object_type" for part in parts):
        draft.is_class = True
        for part in parts:
            if part.type == "object_type":
                read_members(draft.members, part, draft.path, draft.file)
            else:
                draft.bases.append(draft.resolve(name) if (name := type_name(part)) else "")
        return
    draft.annotation = type_text(value)
    name = type_name(value)
    if name and (path := draft.resolve(name)):
        draft.bases.append(path)


def _read_value(draft: _Draft, given: Node) -> None:
    """Add what the type of a variable says of it."""
    draft.annotation = type_text(given)
    if given.type == "function_type":
        draft.ways.append(typescript_signature(given))
        draft.annotation = ""
    elif given.type == "constructor_type":
        draft.ways.append(typescript_signature(given, has_result=False))
        draft.is_class = True
        draft.labels.add("constructor")
        result = given.child_by_field_name("type")
        name = type_name(result) if result is not None else ""
        draft.bases.append(draft.resolve(name) if name else "")
    elif given.type == "type_query" and given.named_children:
        draft.of = _asked(draft, "".join(node_text(given.named_children[0]).split()))
    else:
        parts = parts_of_intersection(given)
        draft.is_class |= any(part.type == "object_type" for part in parts)
        if draft.is_class and any(part.type == "object_type" for part in parts):
            draft.labels.add("object")
            draft.annotation = ""
        for part in parts:
            if part.type == "object_type":
                read_members(draft.members, part, draft.path, draft.file)
            else:
                draft.bases.append(draft.resolve(name) if (name := type_name(part)) else "")


def _asked(draft: _Draft, dotted: str) -> str:
    """Return the path of what `typeof A.b` asks for, which may be a member of a class; empty for none."""
    if found := draft.resolve(dotted):
        return found
    holder, _, member = dotted.rpartition(".")
    above = draft.resolve(holder) if holder else ""
    return f"{above}.{member}" if above else ""
