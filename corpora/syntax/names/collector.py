"""The names that were found in one file, and where in it the walk is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.names.name_nodes import NAME_NODES
from corpora.syntax.names.role import MAX_NAME_CHARS, NameRole
from corpora.syntax.names.spelling import NO_NAMES, find, is_name, plain

if TYPE_CHECKING:
    from tree_sitter import Node

_DECLARATION_FILES: Final = (".pyi", ".d.ts", ".d.mts", ".d.cts")


class DefinedName(NamedTuple):
    """A name in source code, what the code is to it, and the byte at which it is spelled."""

    place: int
    name: str
    role: NameRole


class NameScope(NamedTuple):
    """What encloses a node: the dotted name it lends, and what it makes of names inside.

    In one that `is_local`, values do not count; one that `is_ambient` only declares what is inside.
    """

    name: str = ""
    is_local: bool = False
    is_ambient: bool = False


class Collector:
    """Collects the names of one file.

    Attributes:
        path: the path of the file.
        grammar: the grammar of its language.
        nodes: the nodes of that language that give names.
        bodiless: functions that only declare where they have no body.
        opened: the types of nodes that are looked into or give names.
        keys: where the names stand in nodes of a type.
        found: the names.
        imports: statements of Python that may re-export names.
        listed: the value of `__all__`.
        scope: what encloses the node that is looked at.
        inner: what encloses the nodes inside of it.
        rest: what encloses everything after it, if that is not `scope`.
    """

    def __init__(self, language: str, path: str, types: Collection[str], keys: Mapping[str, str]) -> None:
        self.path = path
        self.grammar = GRAMMARS[language]
        self.nodes = NAME_NODES[language]
        self.bodiless = frozenset(self.nodes.bodiless.split())
        self.opened = frozenset(types)
        self.keys = keys
        self.found: list[DefinedName] = []
        self._values: set[tuple[str, str]] = set()
        self.imports: list[Node] = []
        self.listed: Node | None = None
        self.rest: NameScope | None = None
        self.scope = self.inner = NameScope(is_ambient=path.endswith(_DECLARATION_FILES))

    def within(self, name: str, *, is_local: bool = False) -> NameScope:
        """Return the scope that `name` encloses."""
        return NameScope(self.join(name), is_local, self.scope.is_ambient)

    def join(self, name: str) -> str:
        """Return a name behind that of the scope."""
        scope = self.scope.name
        return f"{scope}.{name}" if scope and name else scope or name

    def body(self, node: Node) -> Node | None:
        """Return the body of a function, or None."""
        bodies = self.grammar.bodies
        return node.child_by_field_name("body") or (
            next((child for child in node.named_children if child.type in bodies), None) if bodies else None
        )

    def add_at_key(self, node: Node, role: NameRole) -> None:
        """Add the names that stand at the key of the type of `node`."""
        key = self.keys[node.type]
        if key.startswith("*"):
            places = [child for child in node.named_children if child.type == key[1:]]
        else:
            places = node.children_by_field_name(key)
            if not places and (found := find(node, key)) is not None and found.type == key:
                places = [found]
        for place in places:
            inner = place.child_by_field_name("bound_identifier") or place  # Swift: `var side: Int`
            self.add_value(plain(inner), inner, role)

    def add_head(self, name: str, place: Node, role: NameRole) -> None:
        """Add the name of a function; where it consists of clauses, only of the first one."""
        if self.nodes.has_clauses:
            self.add_value(name, place, role)
        else:
            self.add(name, place.start_byte, role)

    def add_value(self, name: str, place: Node, role: NameRole) -> None:
        """Add a name unless it has been added with the same role."""
        key = self.join(name), "declares" if self.scope.is_ambient else role
        if key not in self._values:
            self._values.add(key)
            self.add(name, place.start_byte, role)

    def add(self, name: str, place: int, role: NameRole) -> None:
        """Add a name that is spelled at the byte `place`; what cannot be a name is left out."""
        if not name.isidentifier():
            name = name.strip(".")
            if not is_name(name):
                return
        elif name in NO_NAMES:
            return
        scope = self.scope
        full = f"{scope.name}.{name}" if scope.name else name
        if len(full) <= MAX_NAME_CHARS:
            if role == "defines" and scope.is_ambient:
                role = "declares"
            self.found.append(DefinedName(place, full, role))
