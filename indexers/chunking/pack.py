"""Pack the units of a syntax tree into pieces: small ones together, a substantial one on its own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexers.chunking.lines import Piece, Text, cut_lines

# Fractions of the limit. A definition of an eighth of it gets a piece of its own; smaller ones (accessors,
# constants) share pieces of up to a half; a nameless rest of up to a sixteenth joins its neighbour.
SUBSTANTIAL = 8
_SHARED = 2
_CRUMB = 16
_CLOSING = re.compile(rb"(?:[\s)\]};,]|\bend\b|#[ \t]*+endif[^\n]*+|//[^\n]*+)*+")


@dataclass(slots=True)
class Unit:
    """A part of the text that packing divides only if it is too large; it ends where the next one begins.

    Attributes:
        start: the byte where it begins.
        context: only units of the same context, compared by identity, share a piece.
        symbol: the name of what it defines, or else of what it is a part of, or empty.
        scope: what encloses that.
        signature: the declaration of that, on one line.
        defines: whether it defines something.
        glued: whether it begins within a line.
        is_case: whether it gets a piece of its own however small it is.
    """

    start: int
    context: object
    symbol: str
    scope: str
    signature: str
    defines: bool
    glued: bool
    is_case: bool = False


@dataclass(slots=True)
class _Group:
    """Adjacent units that become one piece, which is named by the first unit with a name.

    One that is `sealed` holds a substantial definition: no other definition joins it.
    """

    first: Unit
    start: int
    end: int
    size: int
    defines: bool
    sealed: bool


def pack(text: Text, units: Sequence[Unit], max_chars: int) -> Iterator[Piece]:
    """Pack `units`, which are in the order of the text, into pieces that join to the whole text."""
    return _join_crumbs(text, _pack(text, units, max_chars), max_chars)


def _pack(text: Text, units: Sequence[Unit], max_chars: int) -> Iterator[Piece]:
    group: _Group | None = None
    for index, unit in enumerate(units):
        start = unit.start if index else 0
        end = units[index + 1].start if index + 1 < len(units) else len(text.data)
        size = text.size(start, end)
        sealed = unit.defines and (unit.is_case or size >= max_chars // SUBSTANTIAL)
        if group is not None:
            if _joins(group, unit, size, max_chars, sealed=sealed):
                group.first = group.first if group.first.symbol else unit
                group.end, group.size = end, group.size + size
                group.defines, group.sealed = group.defines or unit.defines, group.sealed or sealed
                continue
            if unit.glued:
                start = _back_to_line(text, group, unit.start, size, max_chars)
                group.end, size = start, text.size(start, end)
            yield from _pieces(text, group, max_chars)
        first = group.first if group is not None and start == group.start and group.first.symbol else unit
        group = _Group(first, start, end, size, unit.defines, sealed)
    if group is not None:
        yield from _pieces(text, group, max_chars)


def _joins(group: _Group, unit: Unit, size: int, max_chars: int, *, sealed: bool) -> bool:
    total = group.size + size
    if total > max_chars:
        # The head of a class stays with a long docstring below it: both are then cut by lines.
        is_head = group.size <= max_chars // SUBSTANTIAL and bool(group.first.symbol)
        return is_head and not group.defines and not unit.defines and unit.context is group.first.context
    if unit.glued:
        return True
    if unit.context is not group.first.context:
        return False
    if unit.symbol and unit.defines and group.defines and unit.symbol == group.first.symbol:
        return True  # clauses, overloads, getter and setter
    if sealed or group.sealed:
        return False
    return total <= (max_chars // _SHARED if group.defines or unit.defines else max_chars)


def _back_to_line(text: Text, group: _Group, start: int, size: int, max_chars: int) -> int:
    """Return where to cut before a unit that begins within a line: at the start of the line.

    If the group consists of that line only, the whole group joins the unit, unless it is more than half a
    piece: then the line is cut.
    """
    line = text.data.rfind(b"\n", group.start, start) + 1
    if line > group.start:
        return line
    return group.start if size > max_chars or group.size <= max_chars // _SHARED else start


def _pieces(text: Text, group: _Group, max_chars: int) -> Iterator[Piece]:
    if group.start == group.end:
        return
    unit = group.first
    for start, end in cut_lines(text, group.start, group.end, max_chars):
        yield Piece(start, end, unit.symbol, unit.scope, unit.signature)


def _join_crumbs(text: Text, pieces: Iterator[Piece], max_chars: int) -> Iterator[Piece]:
    """Join closing brackets to the piece before them, and other nameless crumbs to the piece after them."""
    last: Piece | None = None
    for piece in pieces:
        if last is None:
            last = piece
        elif text.size(last.start, piece.end) <= max_chars and _is_crumb(
            text, piece, max_chars, closing=True
        ):
            last = last._replace(end=piece.end)
        elif text.size(last.start, piece.end) <= max_chars and _is_crumb(text, last, max_chars):
            last = piece._replace(start=last.start)
        else:
            yield last
            last = piece
    if last is not None:
        yield last


def _is_crumb(text: Text, piece: Piece, max_chars: int, *, closing: bool = False) -> bool:
    if text.size(piece.start, piece.end) > max_chars // _CRUMB:
        return False
    return bool(_CLOSING.fullmatch(text.data, piece.start, piece.end)) if closing else not piece.symbol
