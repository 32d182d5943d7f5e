"""What a module re-exports: names that are defined in other modules and can be imported from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from corpora.syntax.names.spelling import dotted

if TYPE_CHECKING:
    from tree_sitter import Node

_Names = Iterator[tuple[int, str]]

_PACKAGE_MODULES: Final = frozenset({"__init__.py", "__init__.pyi"})
_CALLS: Final = frozenset(
    {
        "call_expression",
        "await_expression",
        "function_call",
        "builtin_function",
        "field_expression",
        "member_expression",
    }
)
_MAX_IMPORT_BYTES: Final = 500
_IMPORT: Final = re.compile(rb"(?:await\s+)?(?:require|import|@import|@cImport)\b")
_LAST_PART: Final = re.compile(r"(?<![\w$-])([\w$-]++)(?:\.\w{1,4})?[\"'`]?$")  # './mod/queue.js' -> queue
_MAX_LISTED_BYTES: Final = 200_000  # of `__all__`
_MAX_TREE: Final = 5_000  # nodes of one `pub use`


def is_import(value: Node) -> bool:
    """Return whether a value is a whole module: `require("fs")`, `@import("std")`."""
    if value.type not in _CALLS or value.end_byte - value.start_byte > _MAX_IMPORT_BYTES:
        return False
    return _IMPORT.match(value.text or b"") is not None


def from_python(imports: Sequence[Node], listed_in: Node | None, path: str) -> _Names:
    """Yield place and name of what a module of Python imports for others.

    In the `__init__.py` of a package, that is what it imports from the package; in every module, what
    `__all__` lists, and `import x as x`.
    """
    *folders, file = PurePosixPath(path).parts or ("",)
    listed = _listed(listed_in)
    for statement in imports:
        module = statement.child_by_field_name("module_name")
        is_package = file in _PACKAGE_MODULES and _is_own(module, folders)
        for node in statement.children_by_field_name("name"):
            alias = node.child_by_field_name("alias")
            name = dotted(alias or node)
            is_same = alias is not None and dotted(node.child_by_field_name("name")) == name
            if is_package or name in listed or is_same:
                yield (alias or node).start_byte, name
        if is_package and module is not None and statement.children[-1].type == "wildcard_import":
            name = dotted(module).rpartition(".")[2]
            yield module.start_byte, name


def _is_own(module: Node | None, folders: Sequence[str]) -> bool:
    """Return whether an import is from the package itself, relative or by the name of one of its folders."""
    text = (module.text or b"")[:200].decode(errors="ignore") if module is not None else ""
    return text.startswith(".") or text.partition(".")[0] in folders


def _listed(value: Node | None) -> frozenset[str]:
    """Return what `__all__` lists in the clear."""
    if value is None or value.end_byte - value.start_byte > _MAX_LISTED_BYTES:
        return frozenset()
    strings = (child.text or b"" for child in value.named_children if child.type == "string")
    return frozenset(text.decode(errors="ignore").strip("\"'") for text in strings)


def by_statement(node: Node) -> _Names:
    """Yield place and name of what a statement re-exports: `export ... from`, `pub use`, `using`."""
    match node.type:
        case "export_statement" if node.child_by_field_name("source") is not None:
            yield from _exported(node)
        case "use_declaration" if any(child.type == "visibility_modifier" for child in node.children[:2]):
            yield from _used(node)
        case "using_declaration":
            subject = node.named_children[-1] if node.named_child_count else None
            if subject is not None and all(child.type != "namespace" for child in node.children):
                yield _last(subject)
        case "export_declaration":
            yield from _scala_exported(node)
        case _:
            pass


def _exported(node: Node) -> _Names:
    for child in node.named_children:
        if child.type == "export_clause":
            for specifier in child.named_children:
                named = specifier.child_by_field_name("alias") or specifier.child_by_field_name("name")
                if named is not None and named.text != b"default":
                    yield named.start_byte, dotted(named)
                elif named is not None and (inner := specifier.child_by_field_name("name")) is not None:
                    yield inner.start_byte, dotted(inner)
        elif child.type == "namespace_export" and child.named_child_count:
            yield child.named_children[0].start_byte, dotted(child.named_children[0])
    source = node.child_by_field_name("source")
    if source is not None and any(child.type == "*" for child in node.children):
        found = _LAST_PART.search((source.text or b"")[-200:].decode(errors="ignore"))
        if found:
            yield source.start_byte, found[1]


def _used(node: Node) -> _Names:
    """Yield what a `pub use` makes public: the last parts of its paths, or the module of a `*`."""
    pending = [node.child_by_field_name("argument")]
    for _ in range(_MAX_TREE):
        if not pending:
            break
        part = pending.pop()
        if part is None:
            continue
        match part.type:
            case "scoped_use_list":
                pending.append(part.child_by_field_name("list"))
            case "use_list":
                pending.extend(reversed(part.named_children))
            case "use_as_clause":
                alias = part.child_by_field_name("alias")
                if alias is not None and alias.text != b"_":
                    yield alias.start_byte, dotted(alias)
            case "use_wildcard" if part.named_child_count:
                yield _last(part.named_children[0])
            case "identifier" | "scoped_identifier":
                yield _last(part)
            case _:
                pass


def _scala_exported(node: Node) -> _Names:
    for child in node.named_children:
        if child.type == "namespace_selectors":
            for part in child.named_children:
                named = part.child_by_field_name("alias") or part
                yield named.start_byte, dotted(named)
            return
    paths = node.children_by_field_name("path")
    if paths:
        yield _last(paths[-1])


def _last(node: Node) -> tuple[int, str]:
    """Return place and text of the last part of a path, without its arguments."""
    while (name := node.child_by_field_name("name")) is not None:
        node = name
    return node.start_byte, dotted(node)
