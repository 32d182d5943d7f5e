"""Cut a passage into blocks that say something by themselves, and order them by what they are worth.

The first block is the shortest form in which a passage is of use: for documentation its signature and, if
that is short, its summary; for code its signature and the first paragraph of its docstring. Everything else
is a choice: parameters, examples, the heads of what is defined inside, then prose and bodies.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from rag.prompting.passage import Excerpt, declaration_place

BlockKind = Literal["head", "summary", "parameters", "example", "outline", "text", "note"]

MIN_TRIMMED_LINES: Final = 5
"""Fewer lines of code without a signature show little."""
_MAX_BLOCK_LINES: Final = 8
_SHORT_SUMMARY_CHARS: Final = 240
_MAX_LINE_CHARS: Final = 400  # of a line, for expressions to look at
_MAX_HEAD_LINES: Final = 25
_MAX_HEADING_CHARS: Final = 30

_FENCE: Final = re.compile(r"\s{0,8}(?:```|~~~)")
_HEADING: Final = re.compile(r"#{1,6} |[A-Z][A-Za-z ]{1,30}:$")
_PARAMETERS: Final = re.compile(
    r"(?:#{1,6} )?(?:parameters|arguments|args|keyword args|keyword arguments|returns|return value|raises"
    r"|options|attributes|yields)\b.{0,20}$|:(?:param|returns?|rtype|type|raises)\b"
    r"|[-*] `?\w{1,40}`? ?[:(\u2013-]",
    re.IGNORECASE,
)
_EXAMPLE: Final = re.compile(
    r"(?:#{1,6} )?(?:examples?|usage)\b.{0,20}$|>>> |In \[\d+\]:|```|~~~|\$ ", re.IGNORECASE
)
_NOTE: Final = re.compile(
    r"(?:#{1,6} )?(?:see also|notes?|references|version(?:added|changed)"
    r"|(?:new|changed|added) in version|warnings?)\b",
    re.IGNORECASE,
)
_DECLARES: Final = re.compile(
    r"\s{0,24}(?:(?:export|default|public|private|protected|internal|static|abstract|final|async|pub|unsafe|override"
    r"|virtual|inline)\s{1,4}){0,5}(?:def|class|function|func|fn|fun|struct|enum|trait|interface|impl|module|type)\s"
)
_DOCSTRING: Final = re.compile(r"""\s{0,24}[rRuU]?("{3}|'{3})""")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of an excerpt that are shown or left out together.

    Args:
        kind: what they say.
        lines: their places in the excerpt.
        after: place in the list of blocks of the one that has to be shown before; -1 for none.
    """

    kind: BlockKind
    lines: tuple[int, ...]
    after: int = -1


def blocks_of(part: Excerpt) -> list[Block]:
    """Return the blocks of a passage; the first one is its shortest form, the others are in their order."""
    is_docs = part.hit.chunk.origin.kind == "docs"
    head = _docs_head(part) if is_docs else _code_head(part)
    blocks = [Block("head", tuple(head))]
    rest = [place for place in range(len(part.lines)) if place not in head]
    outline = () if is_docs else _outline(part, rest)
    if outline:
        blocks.append(Block("outline", outline, 0))
    outlined = frozenset(outline)
    left = [place for place in rest if place not in outlined]
    examples = 0
    for lines in _paragraphs(part.lines, left):
        kind = _kind(part, lines, is_first=not head and len(blocks) == 1)
        if kind == "example":
            examples += 1
            kind = "example" if examples == 1 else "text"
        following = 0
        for number, few in enumerate(_few(part.lines, lines)):
            # What continues an example or a list is worth less than its beginning.
            blocks.append(Block(kind if not number or kind != "example" else "text", few, following))
            following = len(blocks) - 1
    return blocks


def _docs_head(part: Excerpt) -> range:
    """Return the places of the lines that the shortest form of documentation has."""
    first = _paragraph_end(part.lines, 0)
    if not part.hit.chunk.signature:
        if first == 1 and _HEADING.match(part.lines[0][:_MAX_LINE_CHARS]):
            # A heading alone says nothing that the title of the passage does not.
            text = next((at for at in range(first, len(part.lines)) if part.lines[at].strip()), first)
            first = _paragraph_end(part.lines, text)
        return range(min(first, _MAX_BLOCK_LINES))
    summary = sum(map(len, part.lines[:first]))
    is_short = summary <= _SHORT_SUMMARY_CHARS and first <= MIN_TRIMMED_LINES
    return range(first if is_short and not _EXAMPLE.match(part.lines[0][:_MAX_LINE_CHARS]) else 0)


def _code_head(part: Excerpt) -> range:
    """Return the places of the lines that the shortest form of code has."""
    lines, signature = part.lines, part.hit.chunk.signature
    if not signature:
        return range(min(len(lines), MIN_TRIMMED_LINES))
    declared = declaration_place(lines, signature)
    start, end = 0, 0
    if declared is not None:
        start, end = declared, _declaration_end(lines, declared)
        while start and lines[start - 1].lstrip().startswith("@"):
            start -= 1
    if end < len(lines) and (found := _DOCSTRING.match(lines[end])):
        end = _summary_end(lines, end, found[1])
    return range(start, end)


def _declaration_end(lines: Sequence[str], start: int) -> int:
    """Return the place after the lines of a declaration: all that stands in its brackets."""
    depth = 0
    for place in range(start, min(len(lines), start + _MAX_HEAD_LINES)):
        short = lines[place][:_MAX_LINE_CHARS]
        depth += sum(short.count(mark) for mark in "([") - sum(short.count(mark) for mark in ")]")
        if depth <= 0:
            return place + 1
    return start + 1


def _summary_end(lines: Sequence[str], start: int, quotes: str) -> int:
    """Return the place after the first paragraph of a docstring, or after its first lines."""
    end = min(len(lines), start + MIN_TRIMMED_LINES)
    if lines[start].count(quotes) > 1:
        return start + 1
    for place in range(start + 1, end):
        if not lines[place].strip():
            return place
        if quotes in lines[place]:
            return place + 1
    return end


def _outline(part: Excerpt, places: Sequence[int]) -> tuple[int, ...]:
    """Return the lines that declare something inside of code, if there are several."""
    found = tuple(place for place in places if _DECLARES.match(part.lines[place][:_MAX_LINE_CHARS]))
    return found if len(found) > 1 else ()


def _paragraph_end(lines: Sequence[str], start: int) -> int:
    """Return the place after a paragraph: a blank line, or the end."""
    return next((place for place in range(start, len(lines)) if not lines[place].strip()), len(lines))


def _paragraphs(lines: Sequence[str], places: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield consecutive lines up to a blank one, with it; a heading stays with what it heads."""
    current: list[int] = []
    texts = 0  # lines of the current paragraph that are not blank
    is_fenced = is_heading = False
    for place in places:
        line = lines[place][:_MAX_LINE_CHARS]
        is_blank = not line.strip()
        if current and place != current[-1] + 1:
            yield tuple(current)
            current, texts = [], 0
        if not texts and not is_blank:
            is_heading = _is_heading(line)
        current.append(place)
        texts += not is_blank
        is_fenced ^= bool(_FENCE.match(line))
        if is_blank and texts and not is_fenced and not (is_heading and texts == 1):
            yield tuple(current)
            current, texts = [], 0
    if current:
        yield tuple(current)


def _is_heading(line: str) -> bool:
    known = _NOTE, _PARAMETERS, _EXAMPLE
    is_name = len(line) <= _MAX_HEADING_CHARS and any(pattern.match(line) for pattern in known)
    return bool(_HEADING.match(line)) or (is_name and line[-1:].isalpha())


def _few(lines: Sequence[str], places: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Cut the lines of a long paragraph into parts of a few, before a new item where there is one."""
    if len(places) <= _MAX_BLOCK_LINES:
        yield places
        return
    cuts = [0]
    least = min(len(lines[place]) - len(lines[place].lstrip()) for place in places if lines[place].strip())
    for number in range(1, len(places)):
        size = number - cuts[-1]
        line = lines[places[number]]
        begins = line.startswith((">>> ", "- ", "* ")) or len(line) - len(line.lstrip()) == least
        if size >= _MAX_BLOCK_LINES or (size >= _MAX_BLOCK_LINES // 2 and begins and line.strip()):
            cuts.append(number)
    yield from (places[begin:end] for begin, end in pairwise([*cuts, len(places)]))


def begins_section(line: str) -> bool:
    """Return whether a line of documentation is the head of parameters, examples or notes.

    >>> begins_section("Args:"), begins_section("Returns the sum."), begins_section("See also")
    (True, False, True)
    """
    line = line[:_MAX_LINE_CHARS]
    is_sentence = line[:1].isalpha() and line.endswith(".") and ":" not in line
    return not is_sentence and any(pattern.match(line) for pattern in (_EXAMPLE, _PARAMETERS, _NOTE))


def _kind(part: Excerpt, places: tuple[int, ...], *, is_first: bool) -> BlockKind:
    """Return what a paragraph says, by its first lines."""
    shown = [line for place in places if (line := part.lines[place].strip()[:_MAX_LINE_CHARS])][:3]
    if any(_EXAMPLE.match(line) for line in shown[:2]):
        return "example"
    if any(_PARAMETERS.match(line) for line in shown[:2]):
        return "parameters"
    if shown and _NOTE.match(shown[0]):
        return "note"
    return "summary" if is_first else "text"
