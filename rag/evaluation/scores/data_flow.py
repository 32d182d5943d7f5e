"""Data flow: where each variable of a program gets its value from, found by walking over its syntax tree.

    x = 1            x (2nd) <- x (1st)         comesFrom: the same variable, with its last value
    y = x            y       <- x (2nd)         computedFrom: an assignment

Guo et al. 2021, "GraphCodeBERT", section 3. CodeBLEU compares the flows without the names of the variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rag.evaluation.scores.data_flow_rules import FlowRules, Loop

if TYPE_CHECKING:
    from tree_sitter import Node, Point

Relation = Literal["comesFrom", "computedFrom"]
_STRINGS: Final = frozenset({"string_literal", "string", "character_literal"})
# Each loop is walked twice, so nested loops take 2 ** depth rounds. Nobody nests loops deeper than this.
_MAX_LOOPS: Final = 6


class Flow(NamedTuple):
    """A value that reaches a variable: the variable's name, how, and from which names."""

    name: str
    relation: Relation
    sources: tuple[str, ...]


class _Edge(NamedTuple):
    """A flow between places, which are the numbers of tokens, counted from the beginning of the program."""

    name: str
    place: int
    relation: Relation
    sources: tuple[str, ...]
    source_places: frozenset[int]


class _NoFlow(Exception):
    """The syntax is not as the rules expect it; such a program has no data flow."""


class _Token(NamedTuple):
    place: int
    text: str


_States = dict[str, frozenset[int]]
"""Names -> the places at which they may have got their current value."""


def data_flow(root: Node, rules: FlowRules) -> list[Flow]:
    """Return the flows of a program, in the order of their target tokens; none where its syntax is broken."""
    try:
        walk = _Walk(rules, list(_tokens(root)))
        walk.visit(root)
    except _NoFlow:
        return []
    return list(_joined(walk.edges))


def without_names(flows: Iterable[Flow]) -> list[Flow]:
    """Return the flows with variables renamed `var_0`, `var_1`, ... by appearance (Ren et al. 2020, 3.3)."""
    numbers: dict[str, str] = {}
    found = []
    for flow in flows:
        for name in (*flow.sources, flow.name):
            numbers.setdefault(name, f"var_{len(numbers)}")
        sources = tuple(numbers[name] for name in flow.sources)
        found.append(Flow(numbers[flow.name], flow.relation, sources))
    return found


def _joined(edges: list[_Edge]) -> Iterator[Flow]:
    """Yield one flow for each token that gives or gets a value."""
    involved = {edge.place for edge in edges if edge.source_places}.union(
        *(edge.source_places for edge in edges)
    )
    in_order = sorted((edge for edge in edges if edge.place in involved), key=lambda edge: edge.place)
    for _, same in groupby(in_order, key=lambda edge: edge.place):
        first, *more = same
        sources = first.sources
        if more:
            # The reference implementation takes the order of a set here, which changes from run to run.
            sources = tuple(dict.fromkeys(name for edge in (first, *more) for name in edge.sources))
        yield Flow(first.name, first.relation, sources)


def _is_token(node: Node) -> bool:
    return (node.child_count == 0 or node.type in _STRINGS) and node.type != "comment"


def _tokens(node: Node) -> Iterator[Node]:
    if _is_token(node):
        yield node
        return
    for child in node.children:
        yield from _tokens(child)


def _span(node: Node) -> tuple[Point, Point]:
    return node.start_point, node.end_point


def _found(node: Node | None) -> Node:
    if node is None:
        raise _NoFlow
    return node


class _Walk:
    """One walk over a syntax tree, with what is known of the variables so far."""

    def __init__(self, rules: FlowRules, tokens: Sequence[Node]) -> None:
        self.edges: list[_Edge] = []
        self._rules = rules
        self._tokens = {
            _span(node): _Token(place, (node.text or b"").decode(errors="replace"))
            for place, node in enumerate(tokens)
        }
        self._known: _States = {}
        self._loops = 0

    def visit(self, node: Node) -> None:
        rules = self._rules
        if _is_token(node):
            self._use(node)
        elif node.type in rules.definitions:
            self._define(node, rules.definitions[node.type])
        elif node.type in rules.assignments:
            self._assignment(node)
        elif node.type in rules.increments:
            names = self._names(node)
            self._assign(names, names, "computedFrom")
        elif node.type in rules.forks:
            self._fork(node)
        else:
            self._visit_composite(node)

    def _visit_composite(self, node: Node) -> None:
        rules = self._rules
        if node.type in rules.counted_loops:
            self._counted_loop(node, rules.counted_loops[node.type])
        elif node.type in rules.loops:
            left, right, body = _parts_of_loop(node, rules.loops[node.type])
            for _ in self._rounds():
                self._assign_sides(left, right, apart=rules.by_position)
                self._visit_all(body)
        elif node.type in rules.while_loops:
            for _ in self._rounds():
                self._visit_all(node.children)
        else:
            self._visit_all(sorted(node.children, key=lambda child: child.type not in rules.first))

    def _visit_all(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self.visit(node)

    def _rounds(self) -> Iterator[None]:
        self._loops += 1
        for _ in range(2 if self._loops <= _MAX_LOOPS else 1):
            yield
        self._loops -= 1

    def _token(self, node: Node) -> _Token:
        if _span(node) not in self._tokens:  # the node is a part of a string, which is one token
            raise _NoFlow
        return self._tokens[_span(node)]

    def _names(self, node: Node) -> list[_Token]:
        """Return the tokens in `node` but keywords, operators and brackets, whose type is their text."""
        pairs = ((leaf.type, self._token(leaf)) for leaf in _tokens(node))
        return [token for kind, token in pairs if kind != token.text]

    def _use(self, node: Node) -> None:
        token = self._token(node)
        if node.type == token.text:
            return
        known = self._known.get(token.text)
        if known is None and node.type == "identifier":
            self._known[token.text] = frozenset({token.place})
        sources = () if known is None else (token.text,)
        self.edges.append(_Edge(token.text, token.place, "comesFrom", sources, known or frozenset()))

    def _define(self, node: Node, value_field: str) -> None:
        names = self._names(node.child_by_field_name("name") or node.children[0])
        value = node.child_by_field_name(value_field) if value_field else None
        if value is not None:
            self.visit(value)
            self._assign(names, self._names(value), "comesFrom")
            return
        for name in names:
            self.edges.append(_Edge(name.text, name.place, "comesFrom", (), frozenset()))
            self._known[name.text] = frozenset({name.place})

    def _assignment(self, node: Node) -> None:
        rules = self._rules
        is_whole = node.type in rules.whole
        right = node.children[-1] if is_whole else node.child_by_field_name("right")
        if right is None and rules.by_position:
            return  # `x: int` gives x no value
        left = _found(node.child_by_field_name("left"))
        self._assign_sides(left, _found(right), apart=rules.by_position and not is_whole)

    def _assign_sides(self, left: Node, right: Node, *, apart: bool) -> None:
        pairs = [(left, right)]
        if apart:
            lefts, rights = ([c for c in side.children if c.type != ","] for side in (left, right))
            if lefts and len(lefts) == len(rights):
                pairs = list(zip(lefts, rights, strict=True))
        self._visit_all(value for _, value in pairs)
        for target, value in pairs:
            self._assign(self._names(target), self._names(value), "computedFrom")

    def _assign(self, names: list[_Token], values: list[_Token], relation: Relation) -> None:
        together = self._rules.by_position and relation == "computedFrom"
        groups = [values] if together else [[value] for value in values]
        for name in names:
            for group in groups:
                sources = tuple(value.text for value in group)
                places = frozenset(value.place for value in group)
                self.edges.append(_Edge(name.text, name.place, relation, sources, places))
            self._known[name.text] = frozenset({name.place})

    def _fork(self, node: Node) -> None:
        rules, before = self._rules, self._known
        straight, ends, is_last = dict(before), list[_States](), False
        for child in node.children:
            is_arm = is_last or child.type in rules.arms
            self._known = dict(before) if is_arm else straight
            self.visit(child)
            if is_arm:
                ends.append(self._known)
                is_last = rules.last_arms
            else:
                straight = self._known
        has_else = any("else" in part.type for part in (node, *node.children))
        if rules.may_skip or not has_else:
            ends.append(before)
        self._known = {}
        for end in (*ends, straight):
            for name, places in end.items():
                self._known[name] = self._known.get(name, frozenset()) | places

    def _counted_loop(self, node: Node, header: str) -> None:
        self._visit_all(node.children)
        types = [child.type for child in node.children]
        if header in types:
            start = types.index(header)
            update = node.children[start].child_by_field_name("update")
            self._visit_all([update] if update else [])
            self._visit_all(node.children[start + 1 :])


def _parts_of_loop(node: Node, loop: Loop) -> tuple[Node, Node, list[Node]]:
    if loop.variables:
        variables = [child for child in node.children if child.type == loop.variables]
        if len(variables) < 2:
            raise _NoFlow
        right, left = variables[:2]
    else:
        left = _found(node.child_by_field_name(loop.left))
        right = _found(node.child_by_field_name(loop.right))
    if loop.body:
        return left, right, [_found(node.child_by_field_name(loop.body))]
    return left, right, [child for child in node.children[-1:] if child.type == "block"]
