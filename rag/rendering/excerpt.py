"""Choose the lines of a hit that show why it was found."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from corpora.outside.characters import escape_for_terminal
from indexers.tokens import tokenize
from rag.retrieval.hit import Hit

if TYPE_CHECKING:
    from indexers.search.expression import Expression

_MAX_LINE_CHARS: Final = 1_000
"""The longest line that is looked at and shown: of a minified file, one line would fill many screens."""

_MAX_LINES: Final = 2_000  # of a chunk that are looked at
_BEFORE_MATCH: Final = 30  # columns shown before the first match in a line that is too long
# parseHTMLDate -> parse HTML Date, as `indexers.tokens` splits it
_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W_]+")


@dataclass(frozen=True, slots=True)
class ExcerptLine:
    """A line of a hit.

    Args:
        text: without characters that act on a terminal, and with tabs as blanks.
        number: its number in the file, from 1; None where the text is not the text of a file.
        index: its place in the text of the hit, from 0; None for a signature that stands before it.
        after_gap: whether lines before it are left out.
    """

    text: str
    number: int | None
    index: int | None
    after_gap: bool


@dataclass(frozen=True, slots=True)
class HitExcerpt:
    """Lines of a hit, in their order, and whether lines behind the last one are left out."""

    lines: tuple[ExcerptLine, ...]
    is_cut: bool


def excerpt_of(
    hit: Hit,
    words: Set[str],
    limit: int | None = None,
    *,
    filled: int = 0,
    expressions: Sequence["Expression"] = (),
) -> HitExcerpt:
    """Return the lines of a hit that tell most about it.

    They are its first line, which mostly names what it defines, those that a regular expression of the
    question matches, and those with most words of the question; words that few lines of the hit have count
    more. If fewer lines match, those after the first follow.

    Args:
        hit: the hit.
        words: the tokens of the question.
        limit: the largest number of lines, from 1; None for all of them, blank ones included.
        filled: the largest gap between two of these lines that is shown, too, beyond the limit.
        expressions: the regular expressions of the question.
    """
    chunk = hit.chunk
    is_page = chunk.origin.kind == "docs"
    lines = text_lines(chunk.text)
    found: list[ExcerptLine] = []
    declared = _clean(chunk.signature)
    if is_page and declared and declared not in lines[:1]:  # a bare declaration is its own text
        found.append(ExcerptLine(declared, None, None, after_gap=False))
    shown: Sequence[int] = range(len(lines))
    if limit is not None:
        matching = _matching_lines(chunk.text, expressions)
        shown = _filled(_best(lines, words, limit - len(found), matching), lines, filled)
    last = -1
    for index in shown:
        has_gap = any(line.strip() for line in lines[last + 1 : index])
        number = None if is_page else chunk.start_line + index
        found.append(ExcerptLine(lines[index], number, index, after_gap=has_gap))
        last = index
    return HitExcerpt(tuple(found), any(line.strip() for line in lines[last + 1 :]))


def text_lines(text: str) -> list[str]:
    """Return the lines of a text as they can be shown: bounded, and with nothing that acts on a terminal."""
    return [_clean(line) for line in text.rstrip("\n").split("\n", _MAX_LINES)[:_MAX_LINES]]


def marked_spans(
    line: str, words: Set[str], expressions: Iterable["Expression"] = ()
) -> Iterator[tuple[int, int]]:
    """Yield where regular expressions and words of the question match in a line, as start and end."""
    for expression in expressions:
        yield from (span for span in expression.spans(line) if span[0] < span[1])
    for part in _PART.finditer(line):
        if not words.isdisjoint(tokenize(part[0])):
            yield part.span()


def first_shown(
    line: str,
    words: Set[str],
    width: int,
    columns: Callable[[str], int] = len,
    expressions: Iterable["Expression"] = (),
) -> int:
    """Return from which character on to show a line in `width` columns, so that its first match is seen.

    `columns` counts those of a text: on a terminal, a character of Chinese takes two.
    """
    if columns(line) <= width:
        return 0
    match = next((start for start, _ in marked_spans(line, words, expressions)), 0)
    if columns(line[:match]) < width - _BEFORE_MATCH:
        return 0
    begin, end = match, len(line)
    while begin and columns(line[begin - 1 : match]) <= _BEFORE_MATCH:
        begin -= 1
    while end > begin and columns(line[end - 1 :]) <= width - 1:  # one column is for an ellipsis
        end -= 1
    return min(begin, end)


def _matching_lines(text: str, expressions: Iterable["Expression"]) -> set[int]:
    """Return the numbers of the lines, from 0, in which regular expressions match, at least in part."""
    found: set[int] = set()
    for expression in expressions:
        for start, end in expression.spans(text):
            first = text.count("\n", 0, start)
            found.update(range(first, first + text.count("\n", start, max(start, end - 1)) + 1))
    return found


def _best(lines: Sequence[str], words: Set[str], limit: int, matching: Set[int]) -> list[int]:
    """Return the numbers of the best `limit` lines, ascending; those that are `matching` are better."""
    matches = [words & {*tokenize(line)} for line in lines]
    frequency = Counter(word for found in matches for word in found)
    filled = [index for index, line in enumerate(lines) if line.strip()]
    order = sorted(
        filled[1:],
        key=lambda index: (
            index not in matching,
            -sum(1 / frequency[word] for word in matches[index]),
            index,
        ),
    )
    return sorted([*filled[:1], *order][: max(limit, 0)])


def _filled(shown: Sequence[int], lines: Sequence[str], most: int) -> list[int]:
    """Return the numbers of lines with those of the gaps between them that have at most `most` lines.

    Blank lines do not count, and stay left out.
    """
    found = list(shown)
    for before, after in pairwise(shown):
        gap = [index for index in range(before + 1, after) if lines[index].strip()]
        found += gap if len(gap) <= most else []
    return sorted(found)


def _clean(line: str) -> str:
    return escape_for_terminal(line[:_MAX_LINE_CHARS].rstrip("\r").expandtabs(4)).rstrip()
