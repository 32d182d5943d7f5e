"""Cut text by its lines: the fallback for text without known structure, and for parts that are too large."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# 1 for each byte that begins a visible character: neither whitespace nor a UTF-8 continuation byte.
_VISIBLE = np.ones(256, dtype=np.uint8)
_VISIBLE[list(b" \t\n\v\f\r")] = 0
_VISIBLE[0x80:0xC0] = 0

_FENCE = re.compile(rb" {0,3}(```+|~~~+)")
_CODE_LINE = re.compile(rb" {4}|\t|>>> |\.\.\. ")


class Piece(NamedTuple):
    """A span of the UTF-8 text that becomes a chunk; bytes are 0-based and end-exclusive."""

    start: int
    end: int
    symbol: str = ""
    scope: str = ""
    signature: str = ""
    anchor: str = ""
    aliases: tuple[str, ...] = ()
    is_bare: bool = False


class Text:
    """The UTF-8 form of a text, with a table that gives the size of any part at once.

    Attributes:
        data: the bytes.
        visible: `visible[i]` is the number of non-whitespace characters that begin in `data[:i]`, int32,
            shape (len(data) + 1,): for `a b`, it is [0, 1, 1, 2].
    """

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self.visible: NDArray[np.int32] = np.zeros(len(self.data) + 1, dtype=np.int32)
        np.cumsum(_VISIBLE[np.frombuffer(self.data, dtype=np.uint8)], out=self.visible[1:])

    def size(self, start: int, end: int) -> int:
        """Return the number of non-whitespace characters in `data[start:end]`."""
        return int(self.visible[end]) - int(self.visible[start])

    def line_starts(self, start: int, end: int) -> list[int]:
        """Return where lines begin in `data[start:end]`: at `start`, and after each line feed in it."""
        feeds = np.flatnonzero(np.frombuffer(self.data, dtype=np.uint8, count=end)[start:] == ord("\n"))
        starts: list[int] = (feeds + (start + 1)).tolist()
        return [start, *(at for at in starts if at < end)]


def cut_lines(text: Text, start: int, end: int, max_chars: int) -> Iterator[tuple[int, int]]:
    """Yield spans of whole lines that `data[start:end]` consists of, each at most `max_chars` visible.

    Prefers to cut where the indentation is lowest, then after a blank line. A line that is longer than the
    limit is cut at a space if there is one, and never inside a character.
    """
    if text.size(start, end) <= max_chars:
        yield start, end
        return
    lines = [*text.line_starts(start, end), end]
    before: list[int] = text.visible[lines].tolist()
    first, last = 0, len(lines) - 1
    while first < last:
        fit = bisect_right(before, before[first] + max_chars, first + 1) - 1
        if fit == first:
            yield from _cut_long_line(text, lines[first], lines[first + 1], max_chars)
            first += 1
            continue
        cut = fit if fit == last else _best_line(text.data, lines, (first + fit) // 2 + 1, fit)
        yield lines[first], lines[cut]
        first = cut


def _best_line(data: bytes, lines: Sequence[int], low: int, high: int) -> int:
    """Return the line in `low..high` to begin a new span with."""

    def badness(index: int) -> tuple[int, bool, int]:
        line = data[lines[index] : lines[index + 1]]
        bare = line.lstrip()
        indent = len(line) - len(bare) if bare else len(data)
        after_blank = not data[lines[index - 1] : lines[index]].strip()
        return indent, not after_blank, -index

    # Only the last lines are considered: otherwise a file of blank lines would take quadratic time.
    return min(range(max(low, high - 100), high + 1), key=badness)


def _cut_long_line(text: Text, start: int, end: int, max_chars: int) -> Iterator[tuple[int, int]]:
    while text.size(start, end) > max_chars:
        # The last position with at most `max_chars` before it, which is always the start of a character.
        reach = int(np.searchsorted(text.visible, text.visible[start] + max_chars, side="right")) - 1
        space = max(text.data.rfind(b" ", start, reach), text.data.rfind(b"\t", start, reach))
        cut = space + 1 if text.size(start, space + 1) > max_chars // 2 else reach
        yield start, cut
        start = cut
    yield start, end


def cut_paragraphs(text: Text, start: int, end: int, max_chars: int) -> Iterator[tuple[int, int]]:
    """Yield spans of whole paragraphs that `data[start:end]` consists of, each at most `max_chars` visible.

    A code block (fenced, indented or a Python session) stays whole if it fits; a paragraph that does not
    fit is cut by lines.
    """
    if text.size(start, end) <= max_chars:
        yield start, end
        return
    open_start = start
    bounds = [*_paragraph_starts(text, start, end), end]
    for block, after in pairwise(bounds):
        if text.size(open_start, after) <= max_chars:
            continue
        if open_start < block:
            yield open_start, block
        open_start = block
        if text.size(block, after) > max_chars:
            *whole, (open_start, _) = cut_lines(text, block, after, max_chars)
            yield from whole
    if open_start < end:
        yield open_start, end


def _paragraph_starts(text: Text, start: int, end: int) -> Iterator[int]:
    lines = [*text.line_starts(start, end), end]
    fence = b""
    after_blank, in_code = False, False
    for at, after in pairwise(lines):
        line = text.data[at:after]
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence, after_blank = b"", True
            continue
        is_code = bool(_CODE_LINE.match(line))
        if at == start or (after_blank and line.strip() and not (in_code and is_code)) or mark:
            yield at
        after_blank = not line.strip()
        if mark:
            fence = mark[1]
        elif not after_blank:
            in_code = is_code
