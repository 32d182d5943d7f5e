"""Remove spans from a file, and find out where its other lines are afterwards."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

# What may stand between two words of a sentence in a comment of several lines: line ends and the marks.
_BETWEEN = rb"(?:[\s*/#!|;\"'`]|--+)*?"
_WORD = re.compile(r"\w+|[^\w\s]")
_ONLY_MARKS = re.compile(rb"[ \t]*(?:///?!?|\*|#+|--+[ \t]*\|?|;+)?[ \t]*")


class Removal(NamedTuple):
    """A span of bytes, end-exclusive, and what takes its place."""

    start: int
    end: int
    replacement: bytes = b""


class Edited:
    """A file without the removed spans.

    Lines of which nothing but white space, or the mark of a comment, remains are removed as a whole.
    """

    def __init__(self, data: bytes, removals: Iterable[Removal]) -> None:
        self._removals = _merged(_widened(data, removal) for removal in _merged(removals))
        pieces, last = [], 0
        for removal in self._removals:
            pieces += [data[last : removal.start], removal.replacement]
            last = removal.end
        self.data = b"".join([*pieces, data[last:]])
        self._line_starts = [0, *(found.end() for found in re.finditer(rb"\n", self.data))]

    def line(self, offset: int) -> int:
        """Return the line, 1-based, where the byte at `offset` of the original is now."""
        moved = offset
        for removal in self._removals:
            if removal.start >= offset:
                break
            moved -= min(removal.end, offset) - removal.start - len(removal.replacement)
        return bisect_right(self._line_starts, moved)


def sentence_span(data: bytes, start: int, end: int, sentence: str) -> tuple[int, int] | None:
    r"""Return where `sentence` stands between two bytes, whatever the line ends and comment marks inside it.

    >>> sentence_span(b"/// Adds two\n/// numbers. Fast.", 0, 30, "Adds two numbers.")
    (4, 25)
    """
    words = [re.escape(word.encode()) for word in _WORD.findall(sentence)]
    if not words:
        return None
    found = re.compile(_BETWEEN.join(words)).search(data, start, end)
    return found.span() if found else None


def _widened(data: bytes, removal: Removal) -> Removal:
    """Return the removal with the rest of its lines, where nothing else stands in them."""
    if removal.replacement:
        return removal
    line_start = data.rfind(b"\n", 0, removal.start) + 1
    line_end = data.find(b"\n", removal.end)
    line_end = len(data) if line_end < 0 else line_end
    before, after = data[line_start : removal.start], data[removal.end : line_end]
    if _ONLY_MARKS.fullmatch(before) and not after.strip():
        return Removal(line_start, min(line_end + 1, len(data)))
    if after[:1] == b" " and (not before.strip() or before.endswith((b" ", b'"', b"'"))):
        return Removal(removal.start, removal.end + len(after) - len(after.lstrip(b" ")))
    return removal


def _merged(removals: Iterable[Removal]) -> Sequence[Removal]:
    """Return the removals in order; of two that overlap, one that covers both."""
    merged: list[Removal] = []
    for removal in sorted(removals):
        if merged and removal.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Removal(
                last.start, max(last.end, removal.end), last.replacement or removal.replacement
            )
        else:
            merged.append(removal)
    assert all(first.end <= second.start for first, second in pairwise(merged))
    return merged
