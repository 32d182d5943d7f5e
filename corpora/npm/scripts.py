"""Read the documented and exported functions of a package that has no declarations, from its JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from corpora.document import Section
from corpora.npm.exports import node_name, node_text
from corpora.syntax.comment_text import comment_text

if TYPE_CHECKING:
    from tree_sitter import Node

_REQUIRED = re.compile(r"module\.exports\s{0,9}=\s{0,9}require\(['\"](\.[^'\"]{1,200})['\"]\)")
_FUNCTIONS: Final = frozenset(
    {"function_expression", "arrow_function", "class", "function", "generator_function"}
)
_DECLARATIONS: Final = frozenset(
    {"function_declaration", "generator_function_declaration", "class_declaration"}
)
_PRIVATE = re.compile(r"^@(?:private|internal|ignore|api private)\b|^@access private\b", re.MULTILINE)
_EXPORTS = re.compile(r"(?:module\.)?exports(?:\.(?P<name>[\w$]+))?")
_MEMBER = re.compile(r"(?P<owner>[A-Za-z_$][\w$]*)(?:\.prototype)?\.(?P<name>[A-Za-z][\w$]*)")
_MAX_HEAD_CHARS: Final = 10_000
_MAX_DEPTH: Final = 3  # of functions around the whole script: `(function () { ... })()`
_MAX_SIGNATURE_CHARS: Final = 300


class _Function(NamedTuple):
    """A function or class, maybe a member of something, with the comment above it."""

    owner: str
    name: str
    comment: str
    signature: str
    line: int


@dataclass(slots=True)
class _Script:
    """What a script defines and exports; `exported` maps local names to those that others use."""

    functions: list[_Function] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)


def required_script(text: str) -> str:
    """Return the script that another exports as its own, `module.exports = require("./x")`; or nothing."""
    found = _REQUIRED.search(text[:_MAX_HEAD_CHARS])
    return found[1] if found else ""


def script_sections(data: bytes, module: str) -> tuple[Section, ...]:
    """Return a section for each exported function or class, and for each documented member of something.

    Args:
        data: a script, in UTF-8.
        module: how users import it (`debug`, `semver/functions/inc`).

    Raises:
        NotParsed: the file is nested too deeply, or takes too long to parse.
    """
    from corpora.syntax.parse import parse

    script = _Script()
    _read(parse(data, "javascript", len(data)), script, 0)
    found: dict[str, Section] = {}
    for one in script.functions:
        public = script.exported.get(one.name if not one.owner else one.owner)
        if _PRIVATE.search(one.comment) or (public is None and not (one.owner and one.comment)):
            continue
        scope = ".".join(filter(None, (module, one.owner if public is None else public)))
        name = f"{scope}.{one.name}" if one.owner else scope
        if name not in found:
            found[name] = Section(name, one.comment or one.signature, f"L{one.line}", one.signature)
    return tuple(found.values())


def _read(node: Node, script: _Script, depth: int) -> None:
    """Read the statements of a script, or of the function that encloses all of it."""
    comment = ""
    last: Node | None = None
    for child in node.named_children:
        if child.type == "comment":
            text = node_text(child)
            if text.startswith("/**"):
                comment = comment_text(text)
            elif text.startswith("//"):  # the lines of a paragraph are comments of their own
                is_next = last is not None and child.start_point[0] == last.end_point[0] + 1
                comment = f"{comment}\n{comment_text(text)}".strip() if is_next else comment_text(text)
            last = child
            continue
        for one in _defined(child, comment, script):
            script.functions.append(one)
        if depth < _MAX_DEPTH and (body := _wrapped(child)) is not None:
            _read(body, script, depth + 1)
        comment, last = "", None


def _defined(statement: Node, comment: str, script: _Script) -> Iterator[_Function]:
    """Yield the functions that a statement defines, and note what it exports."""
    node = statement
    if node.type == "export_statement":
        is_default = any(child.type == "default" for child in node.children)
        node = node.child_by_field_name("declaration") or node.child_by_field_name("value") or node
        for name in _declared_names(node):
            script.exported[name] = "" if is_default else name
        script.exported.update(_clause(statement))
        if is_default and node.type == "identifier":
            script.exported[node_text(node)] = ""
    if node.type in _DECLARATIONS:
        yield _function("", node_name(node), comment, node)
    elif node.type in {"lexical_declaration", "variable_declaration"}:
        for declarator in node.named_children:
            value = declarator.child_by_field_name("value")
            if value is not None and value.type in _FUNCTIONS:
                yield _function("", node_name(declarator), comment, value)
    elif node.type == "expression_statement" and node.named_children:
        yield from _assigned(node.named_children[0], comment, script)


def _assigned(node: Node, comment: str, script: _Script) -> Iterator[_Function]:
    """Yield the function that is assigned: `exports.open = function`, `app.use = function`."""
    names: list[str] = []
    while node.type == "assignment_expression":  # exports = module.exports = createApplication
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        names.append(node_text(left))
        node = right
    for name in names:
        if found := _EXPORTS.fullmatch(name):
            yield from _exported(found["name"] or "", node, comment, script)
        elif (found := _MEMBER.fullmatch(name)) and node.type in _FUNCTIONS:
            yield _function(found["owner"], found["name"], comment, node)


def _exported(name: str, value: Node, comment: str, script: _Script) -> Iterator[_Function]:
    if value.type == "identifier":
        script.exported.setdefault(node_text(value), name)
    elif value.type in _FUNCTIONS:
        local = name or node_name(value) or "default"
        script.exported[local] = name
        yield _function("", local, comment, value)
    elif value.type == "object" and not name:  # module.exports = { open, close: shut }
        for entry in value.named_children:
            key, inner = entry.child_by_field_name("key"), entry.child_by_field_name("value")
            if entry.type == "shorthand_property_identifier":
                script.exported[node_text(entry)] = node_text(entry)
            elif key is not None and inner is not None and inner.type == "identifier":
                script.exported[node_text(inner)] = node_text(key)
            elif key is not None and inner is not None and inner.type in _FUNCTIONS:
                script.exported[node_text(key)] = node_text(key)
                yield _function("", node_text(key), "", inner)


def _declared_names(node: Node) -> list[str]:
    if node.type in _DECLARATIONS:
        return [node_name(node)]
    return [node_name(one) for one in node.named_children if one.type == "variable_declarator"]


def _clause(statement: Node) -> Iterator[tuple[str, str]]:
    """Yield both names of each entry of `export { a as b }`; `default` is the module itself."""
    from corpora.npm.exports import clause_names

    for clause in statement.named_children:
        if clause.type == "export_clause" and statement.child_by_field_name("source") is None:
            for local, public in clause_names(clause):
                yield local, "" if public == "default" else public


def _wrapped(statement: Node) -> Node | None:
    """Return the body of a function that a statement calls at once: the whole script may lie in it."""
    node: Node | None = statement if statement.type == "expression_statement" else None
    for _ in range(6):  # `;(function () { ... }.call(this))`, `!function () { ... }()`
        if node is None:
            return None
        if node.type in {"function_expression", "arrow_function", "function"}:
            return node.child_by_field_name("body")
        node = (
            node.child_by_field_name("function")
            or node.child_by_field_name("object")
            or next(iter(node.named_children), None)
        )
    return None


def _function(owner: str, name: str, comment: str, node: Node) -> _Function:
    body = node.child_by_field_name("body")
    end = body.start_byte if body is not None else node.end_byte
    head = (node.text or b"")[: end - node.start_byte][: 4 * _MAX_SIGNATURE_CHARS].decode(errors="ignore")
    signature = " ".join(head.split())[:_MAX_SIGNATURE_CHARS].removesuffix("=>").strip()
    if not signature.startswith(("function", "async function", "class")):
        signature = f"{name}{signature}" if signature.startswith("(") else f"{name}({signature})"
    return _Function(owner, name, comment, signature, node.start_point[0] + 1)
