"""Read from a source file what it defines, its comments and its messages."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from bench.made_questions.grammar_queries import comments, strings
from bench.made_questions.records import Doc, Literal, Remark, SourceFile, Unit
from corpora.comments.documented import Documented, documented
from corpora.comments.python_strings import docstring, docstring_span
from corpora.syntax.comment_text import comment_text
from corpora.syntax.definitions import definition_of, namespace_of
from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.parse import NotParsed
from corpora.syntax.parse_source import parse_source

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH: Final = 60
_MAX_BEFORE: Final = 160
_MAX_ANCESTORS: Final = 5
_MAX_BELOW_BYTES: Final = 600
_MAX_LITERAL_CHARS: Final = 500
_MAX_JOINT_BYTES: Final = 100
# "no cart " "here", "no cart " + "here", "no cart " + cart.name + " here", "no cart " .. name .. " here"
_JOINT: Final = re.compile(
    rb"[\s\\]*(?:(?:\+\+?|\.\.?|<>)[\s\\]*)?"
    rb"|\s*(?:\+\+?|\.\.?|<>)\s*(?P<variable>[\w$][\w$.()\[\]>-]*)\s*(?:\+\+?|\.\.?|<>)\s*"
)
_TESTS: Final = frozenset({"tests", "test"})
_LIST: Final = re.compile(r"statement_list|body_statement|^statements$|^block$|_body$|^then$")
# Above these a literal is no longer part of one statement.
_STATEMENTS: Final = re.compile(
    r"block|body|function|method|class|module$|program|source_file|translation_unit|statements|declarations?$"
    r"|declaration_list|do_block|match_arm|switch|case|lambda|object_expression|dictionary|hash|table_constructor"
)
# Words by which a statement says that it reports something.
REPORTS: Final = re.compile(
    r"(?i:err\b|error|warn|fatal|panic|\blog|logger|print|\bputs\b|echo|\bdie\b|fail|abort|exception|throw|raise"
    r"|invalid|bail|ensure|expect|require|assert|\binfo\b|debug|trace|exit|usage|message|\bmsg\b|context\.report"
    r"|precondition|unreachable|todo!|notice|alert|\bsay\b|complain|report|problem|failure)"
)


def read_units(file: SourceFile) -> bool:
    """Fill in what the file holds; return whether it could be parsed."""
    try:
        root = parse_source(file.data, file.language)
        described = list(documented(file.data, file.language, file.path))
    except (NotParsed, RecursionError):
        return False
    lines = comments(root, file.language)
    docs = {found.start_byte: found for found in described if found.definition and found.text_span[1]}
    file.units = _merged(
        Unit(
            name,
            node.start_byte,
            node.end_byte,
            is_container,
            is_value,
            _doc(docs.get(node.start_byte), lines, file),
        )
        for name, node, is_container, is_value in _definitions(root, file.language)
    )
    if file.language == "python" and (text := docstring(root)):
        start, end = docstring_span(root)
        file.file_doc = Doc(text, start, end, ((start, end),))
    bodies = [(u.start, u.end) for u in file.units if not u.is_container and not u.is_value]
    file.remarks = list(_remarks(lines, file, bodies))
    file.literals = list(_literals(strings(root, file.language), file))
    if file.language == "rust":
        _leave_out_tests(file)
    return True


def _leave_out_tests(file: SourceFile) -> None:
    """Forget what is in a module of tests that stands beside what it tests, as in Rust."""
    tests = [unit for unit in file.units if _TESTS & set(unit.name.split("."))]
    if not tests:
        return
    start, end = min(unit.start for unit in tests), max(unit.end for unit in tests)
    file.units = [unit for unit in file.units if not start <= unit.start < end]
    file.remarks = [remark for remark in file.remarks if not start <= remark.start < end]
    file.literals = [literal for literal in file.literals if not start <= literal.start < end]


def _definitions(root: Node, language: str) -> Iterator[tuple[str, Node, bool, bool]]:
    """Yield what a file defines outside of functions: name, node, whether it has members, whether a value."""
    grammar = GRAMMARS[language]
    pending: list[tuple[list[Node], str, int]] = [(root.children, "", 0)]
    while pending:
        nodes, scope, depth = pending.pop()
        for node in nodes:
            if space := namespace_of(node, grammar):
                inner = f"{scope}.{space.name}".strip(".")
                if space.holds_for_rest:
                    scope = inner
                elif space.body is not None and depth < _MAX_DEPTH:
                    pending.append((space.body.children, scope if language == "cpp" else inner, depth + 1))
                continue
            held = [child for child in node.named_children if _is_binding_or_type(child, language)]
            is_group = node.type in grammar.wrappers and len(held) > 1
            definition = None if is_group else definition_of(node, grammar)
            if definition is None or not definition.name:
                opens = node.type in grammar.blocks | grammar.sequences | grammar.wrappers or node.is_error
                if (opens or is_group) and depth < _MAX_DEPTH:
                    pending.append((node.children, scope, depth + 1))
                continue
            name = f"{scope}.{definition.name}".strip(".")
            yield name, node, definition.opens and not definition.is_value, definition.is_value
            if definition.body is not None and not definition.is_value and depth < _MAX_DEPTH:
                pending.append((definition.body.children, name, depth + 1))


def _is_binding_or_type(node: Node, language: str) -> bool:
    grammar = GRAMMARS[language]
    return node.type in grammar.bindings or node.type in grammar.containers


def _merged(units: Iterator[Unit]) -> list[Unit]:
    """Return the units in order; equations of one function, as in Haskell, are one unit."""
    merged: list[Unit] = []
    for unit in sorted(units, key=lambda unit: (unit.start, -unit.end)):
        last = merged[-1] if merged else None
        if last and last.name == unit.name and not unit.doc and 0 <= unit.start - last.end < 3:
            merged[-1] = Unit(unit.name, last.start, unit.end, unit.is_container, unit.is_value, last.doc)
        else:
            merged.append(unit)
    return merged


def _doc(found: Documented | None, lines: list[Node], file: SourceFile) -> Doc | None:
    if found is None:
        return None
    start, end = found.text_span
    first = bisect_left(lines, start, key=lambda node: node.start_byte)
    parts: list[tuple[int, int]] = []
    for node in lines[first:]:
        if node.start_byte >= end:
            break
        parts.append((node.start_byte, min(node.end_byte, end)))
    opening = file.data[start : start + 4].lstrip(b"rRuUbB")
    if not parts and opening.startswith((b'"', b"'", b"@")):
        parts = [(start, end)]
    return Doc(found.text, start, end, tuple(parts)) if parts else None


def _remarks(lines: list[Node], file: SourceFile, bodies: list[tuple[int, int]]) -> Iterator[Remark]:
    """Yield the comments in functions that have whole lines for themselves and a statement right below."""
    data = file.data
    group: list[Node] = []
    for index, node in enumerate(lines):
        line_start = data.rfind(b"\n", 0, node.start_byte) + 1
        if data[line_start : node.start_byte].strip():
            continue
        group.append(node)
        after = lines[index + 1] if index + 1 < len(lines) else None
        end = node.start_byte + len((node.text or b"").rstrip())
        gap = data[end : after.start_byte] if after is not None else b"."
        if not gap.strip() and gap.count(b"\n") <= 1:
            continue
        start, group_start = line_start, group[0].start_byte
        if len(group) > 1:
            start = data.rfind(b"\n", 0, group_start) + 1
        text = comment_text("\n".join((n.text or b"").decode(errors="replace").rstrip() for n in group))
        group = []
        if not any(body_start < group_start < body_end for body_start, body_end in bodies):
            continue
        below = _statement_below(node, end, data)
        if below is not None:
            yield Remark(text, start, end, below)


def _statement_below(node: Node, end: int, data: bytes) -> tuple[int, int] | None:
    """Return the statement in the line after a comment."""
    line_end = data.find(b"\n", end)
    if line_end < 0:
        return None
    following = node.next_named_sibling
    start = line_end + 1
    while start < len(data) and data[start : start + 1] in b" \t":
        start += 1
    if data[start : start + 1] in b"\n\r}])" or start >= len(data):
        return None
    while following is not None and _LIST.search(following.type) and following.named_children:
        following = following.named_children[0]
    if following is not None and following.start_byte == start:
        return start, min(following.end_byte, start + _MAX_BELOW_BYTES)
    next_line = data.find(b"\n", start)
    return start, next_line if next_line >= 0 else len(data)


def _literals(nodes: list[Node], file: SourceFile) -> Iterator[Literal]:
    """Yield the literals that are part of a report: a raised error, a call that logs or prints."""
    for group in _joined(nodes, file.data):
        parts = _with_variables(group, file)
        raw = "".join(parts)
        if raw.count(" ") < 2 or len(raw) > _MAX_LITERAL_CHARS:
            continue
        if (before := _report_before(group[0], file)) is not None:
            yield Literal(parts, group[0].start_byte, group[-1].end_byte, before)


def _joined(nodes: list[Node], data: bytes) -> Iterator[list[Node]]:
    """Yield the literals, those in one group that nothing but an operator separates."""
    group: list[Node] = []
    for node in nodes:
        if group and not _joint(group[-1], node, data):
            yield group
            group = []
        group.append(node)
    if group:
        yield group


def _joint(first: Node, second: Node, data: bytes) -> re.Match[bytes] | None:
    """Return what joins two literals: an operator, or two with a variable between them."""
    if second.start_byte - first.end_byte > _MAX_JOINT_BYTES:
        return None
    return _JOINT.fullmatch(data, first.end_byte, second.start_byte)


def _with_variables(group: list[Node], file: SourceFile) -> tuple[str, ...]:
    """Return the literals of a group, those of variables between them as `"{name}"`."""
    parts: list[str] = []
    for index, node in enumerate(group):
        found = _joint(group[index - 1], node, file.data) if index else None
        if found and found["variable"]:
            parts.append('"{' + found["variable"].decode(errors="replace") + '}"')
        parts.append((node.text or b"").decode(errors="replace"))
    return tuple(parts)


def _report_before(literal: Node, file: SourceFile) -> str | None:
    """Return the beginning of the statement that a literal is part of; None if it reports nothing."""
    outer: Node = literal
    for _ in range(_MAX_ANCESTORS):
        if outer.parent is None or literal.start_byte - outer.parent.start_byte > _MAX_BEFORE:
            return None
        outer = outer.parent
        if _STATEMENTS.search(outer.type):
            return None
        before = file.text(outer.start_byte, literal.start_byte)
        if REPORTS.search(before):
            return before
    return None
