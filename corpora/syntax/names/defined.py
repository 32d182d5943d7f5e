"""Find the names that source code defines, declares and re-exports, with their places.

Names are qualified by what encloses them, dotted in every language. Local variables and parameters are left
out; functions and classes inside of functions are not.

    class Parser:              Parser
        LIMIT = 10             Parser.LIMIT
        def parse(self):       Parser.parse
            depth = 0          (local)
            def walk():        Parser.parse.walk
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from corpora.syntax.grammars import GRAMMARS, Grammar
from corpora.syntax.macro_definitions import is_control, macro_name
from corpora.syntax.names import reexported
from corpora.syntax.names.patterns import NAME_PATTERNS, NamePatterns, query_text
from corpora.syntax.names.spelling import (
    NOT_NAMES,
    bound_names,
    called,
    declarators,
    dotted,
    is_elsewhere,
    is_name,
    spelled_name,
)
from corpora.syntax.parse import load_parser

if TYPE_CHECKING:
    from tree_sitter import Node, Query

Role = Literal["defines", "declares", "re-exports"]
"""What code is to a name: its definition, a declaration without a body, or another way to import it."""

MAX_NAME_CHARS: Final = 200
"""Longer names are left out."""

# What stands deeper is generated or hostile. Patterns that are half matched wait in a list that the cursor
# goes through at every node; of ordinary files none makes it longer than a few dozen.
_MAX_DEPTH: Final = 400
_MAX_WAITING: Final = 400
_DECLARATION_FILES: Final = (".pyi", ".d.ts", ".d.mts", ".d.cts")
_PROTOCOLS: Final = frozenset({"defprotocol"})  # of Elixir: its functions have no body
_IMPLEMENTATIONS: Final = frozenset({"defimpl"})
# Of two nodes in the same place, that of the first capture is the outer one; a node that is captured twice is
# what the later capture says.
_FIRST: Final = ("hidden", "ambient", "function", "container", "namespace")
_ALIASES: Final = frozenset(
    {"type_alias", "type_item", "typealias_declaration", "type_alias_declaration", "type_definition"}
)


class DefinedName(NamedTuple):
    """A name in source code, what the code is to it, and the byte at which it is spelled."""

    place: int
    name: str
    role: Role


@dataclass(slots=True)
class _Scope:
    """What encloses a node: where it ends, the name it lends, and what it makes of names inside.

    Attributes:
        end: the byte where it ends.
        name: dotted, in full.
        is_local: values inside are local.
        is_hidden: everything inside is local.
        is_ambient: it only declares what is inside.
    """

    end: int
    name: str
    is_local: bool = False
    is_hidden: bool = False
    is_ambient: bool = False


def defined_names(root: Node, language: str, path: str = "") -> list[DefinedName]:
    """Return the names in the syntax tree at `root`, in the order of their definitions.

    A value that is assigned several times is defined the first time.

    Args:
        root: what `parse_source` returned.
        language: a key of `GRAMMARS`.
        path: tells files of declarations and package modules by their names.
    """
    return _Names(root, language, path).collect()


class _Names:
    """Collects the names of one file."""

    def __init__(self, root: Node, language: str, path: str) -> None:
        self._root = root
        self._language = language
        self._path = path
        self._grammar: Grammar = GRAMMARS[language]
        self._patterns: NamePatterns = NAME_PATTERNS[language]
        self._found: list[DefinedName] = []
        self._values: set[tuple[str, str]] = set()
        end = root.end_byte + 1
        self._scopes = [_Scope(end, "", is_ambient=path.endswith(_DECLARATION_FILES))]

    def collect(self) -> list[DefinedName]:
        """Return the names, in the order of their definitions."""
        captures = _captures(self._root, self._language)
        if imports := captures.pop("import", []):
            exported = reexported.from_python(imports, captures.get("binding", []), self._path)
            self._found += [DefinedName(place, name, "re-exports") for place, name in exported]
        for start, end, kind, node in _in_order(captures):
            while len(self._scopes) > 1 and self._scopes[-1].end <= start:
                self._scopes.pop()
            scope = self._scopes[-1]
            if not (scope.is_hidden or (scope.is_local and kind in _LOCAL)):
                _TAKERS[kind](self, node, end)
        return sorted(set(self._found))

    def _take_value(self, node: Node, _end: int) -> None:
        self._add_value(_plain(node), node, "defines")

    def _take_declared(self, node: Node, _end: int) -> None:
        self._add_value(_plain(node), node, "declares")

    def _take_exported(self, node: Node, _end: int) -> None:
        self._add_value(_plain(node), node, "re-exports")

    def _take_statement(self, node: Node, _end: int) -> None:
        for place, name in reexported.by_statement(node):
            self._add(name, place, "re-exports")

    def _take_variables(self, node: Node, _end: int) -> None:
        for place, name, role in declarators(node):
            self._add_value(name, place, role)

    def _take_macro(self, node: Node, _end: int) -> None:
        self._add(macro_name(node), node.start_byte, "defines")

    def _take_anonymous(self, _node: Node, end: int) -> None:
        self._open(end, "")

    def _take_hidden(self, _node: Node, end: int) -> None:
        self._open(end, "", is_hidden=True)

    def _take_ambient(self, _node: Node, end: int) -> None:
        self._open(end, "", is_ambient=True)

    def _take_declaration(self, node: Node, end: int) -> None:
        self._take_function(node, end, is_declaration=True)

    def _take_member(self, node: Node, end: int) -> None:
        if not self._scopes[-1].is_local:
            self._take_binding(node, end)

    def _take_function(self, node: Node, end: int, *, is_declaration: bool = False) -> None:
        name, place = spelled_name(node, self._grammar)
        if name in NOT_NAMES or (self._grammar.has_macros and is_control(node)):
            return
        bodies = self._patterns.bodies
        is_declaration |= bool(bodies) and not any(child.type in bodies for child in node.named_children)
        self._add_head(name, place, "declares" if is_declaration else "defines")
        self._open(end, name, is_local=True)

    def _take_container(self, node: Node, end: int) -> None:
        name, place = spelled_name(node, self._grammar)
        if node.type in _ALIASES and is_elsewhere(node.named_children[-1], name):
            self._add(name, place.start_byte, "re-exports")
            return
        self._add(name, place.start_byte, "defines")
        self._open(end, name)

    def _take_binding(self, node: Node, end: int) -> None:
        names, value = bound_names(node, self._grammar)
        kind = value.type if value is not None else ""
        is_function = kind in self._grammar.function_values
        if self._scopes[-1].is_local and not is_function:
            return
        for place in names:
            name = _plain(place)
            if value is not None and len(names) == 1:
                if is_elsewhere(value, name):
                    self._add_value(name, place, "re-exports")
                    continue
                if reexported.is_import(value):
                    if "exports." in (place.text or b"").decode(errors="ignore"):
                        self._add_value(name, place, "re-exports")
                    continue
            if is_function:
                self._add(name, place.start_byte, "defines")
            else:
                self._add_value(name, place, "defines")
        if len(names) == 1:
            name = _plain(names[0])
            self._open(end, name if is_name(name) else "", is_local=is_function)

    def _take_qualifier(self, node: Node, end: int) -> None:
        name, _ = spelled_name(node, self._grammar)
        if node.type in self._grammar.file_namespaces and node.child_by_field_name("body") is None:
            self._scopes[1:] = []
            self._scopes[0].name = name
        else:
            self._open(end, name)

    def _take_typedef(self, node: Node, end: int) -> None:
        """Take a `typedef`: one of a struct without a name is the struct's name."""
        kind = node.child_by_field_name("type")
        is_specifier = kind is not None and kind.type.endswith("_specifier")
        body = kind.child_by_field_name("body") if kind is not None else None
        own = kind.child_by_field_name("name") if kind is not None and is_specifier else None
        names = [(place, name) for place, name, _ in declarators(node)]
        for spelled, name in names:
            is_opaque = own is not None and body is None and dotted(own) == name
            self._add(name, spelled.start_byte, "declares" if is_opaque else "defines")
        if body is not None and own is None and names:
            self._open(end, names[0][1])

    def _take_call(self, node: Node, end: int) -> None:
        word, subject = called(node)
        if subject is None:
            return
        name = dotted(subject)
        if word not in _IMPLEMENTATIONS:
            self._add_head(name, subject, "defines")
        self._open(end, name, is_local=not self._grammar.calls[word], is_ambient=word in _PROTOCOLS)

    def _add_head(self, name: str, place: Node, role: Role) -> None:
        """Add the name of a function; where it consists of clauses, only of the first one."""
        if self._patterns.has_clauses:
            self._add_value(name, place, role)
        else:
            self._add(name, place.start_byte, role)

    def _open(
        self,
        end: int,
        name: str,
        *,
        is_local: bool = False,
        is_hidden: bool = False,
        is_ambient: bool = False,
    ) -> None:
        ambient = is_ambient or self._scopes[-1].is_ambient
        self._scopes.append(_Scope(end, self._join(name), is_local, is_hidden, ambient))

    def _join(self, name: str) -> str:
        scope = self._scopes[-1].name
        return f"{scope}.{name}" if scope and name else scope or name

    def _add_value(self, name: str, place: Node, role: Role) -> None:
        scope = self._scopes[-1]
        key = self._join(name), "declares" if scope.is_ambient else role
        if key not in self._values:
            self._values.add(key)
            self._add(name, place.start_byte, role)

    def _add(self, name: str, place: int, role: Role) -> None:
        if not is_name(name):
            return
        full = self._join(name)
        if len(full) <= MAX_NAME_CHARS:
            if role == "defines" and self._scopes[-1].is_ambient:
                role = "declares"
            self._found.append(DefinedName(place, full, role))


# What is done with each capture; those in `_LOCAL` do not count in a function.
_TAKERS: Final[Mapping[str, Callable[[_Names, Node, int], None]]] = {
    "function": _Names._take_function,
    "container": _Names._take_container,
    "namespace": _Names._take_qualifier,
    "qualifier": _Names._take_qualifier,
    "anonymous": _Names._take_anonymous,
    "binding": _Names._take_binding,
    "member": _Names._take_member,
    "declaration": _Names._take_declaration,
    "value": _Names._take_value,
    "declared": _Names._take_declared,
    "exported": _Names._take_exported,
    "statement": _Names._take_statement,
    "variables": _Names._take_variables,
    "typedef": _Names._take_typedef,
    "macro": _Names._take_macro,
    "call": _Names._take_call,
    "ambient": _Names._take_ambient,
    "hidden": _Names._take_hidden,
}
_LOCAL: Final = frozenset({"value", "declared", "exported", "statement", "variables", "macro"})


def _plain(node: Node) -> str:
    """Return the name that a node spells, without the signs of its language: `$x`, `:x`, `x:`, `this.x`."""
    return dotted(node).removeprefix("this.").lstrip("$:").rstrip("=:")


def _captures(root: Node, language: str) -> dict[str, list[Node]]:
    from tree_sitter import QueryCursor

    cursor = QueryCursor(_query(language), match_limit=_MAX_WAITING)
    cursor.set_max_start_depth(_MAX_DEPTH)
    return cursor.captures(root)


def _in_order(captures: dict[str, list[Node]]) -> Iterator[tuple[int, int, str, Node]]:
    """Yield what was captured by its place, outer nodes before inner ones: start, end, capture and node."""
    taken: dict[int, tuple[int, int, str, Node]] = {}
    for capture in (*_FIRST, *(name for name in sorted(captures) if name not in _FIRST)):
        if not capture.startswith("_"):
            for node in captures.get(capture, ()):
                taken[node.id] = node.start_byte, node.end_byte, capture, node
    return iter(sorted(taken.values(), key=_by_place))


def _by_place(item: tuple[int, int, str, Node]) -> tuple[int, int]:
    return item[0], -item[1]


@lru_cache(maxsize=len(GRAMMARS))
def _query(language: str) -> Query:
    from tree_sitter import Query

    parser = load_parser(language)
    if parser.language is None:
        raise ValueError(f"the parser of {language} has no language")
    return Query(parser.language, query_text(GRAMMARS[language], NAME_PATTERNS[language]))
