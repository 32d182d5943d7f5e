"""Cut Markdown and reStructuredText by their headings."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from indexers.chunking.lines import Piece, Text, cut_paragraphs

# Sections with fewer visible characters join the subsection after them: a title with one line below it
# answers nothing on its own.
MIN_SECTION_CHARS = 200

MAX_TITLE_CHARS = 200

_ATX = re.compile(r" {0,3}(#{1,6})(?![^ \t])")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_FRONT_MATTER = {"---": ("---", "..."), "+++": ("+++",)}
_RST_RULE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*$")
# Lines that cannot be the text over a setext underline: lists, quotes, tables, indented code.
_NOT_A_TITLE = re.compile(r"\s*$| {4}|\t|\s*(?:[-*+>|]|\d+[.)])\s")


class Heading(NamedTuple):
    """A heading: the 0-based index of its first line, its level (1 is the highest) and its title."""

    line: int
    level: int
    title: str


def cut_headings(text: Text, language: str, max_chars: int) -> list[Piece]:
    """Cut a Markdown or reStructuredText document into its sections, and large sections at paragraphs.

    The scope of a piece is the path of the headings that enclose its section (`Guide > Install`), its
    signature is the heading of the section itself. The pieces join to the whole text.
    """
    starts = text.line_starts(0, len(text.data))
    lines = text.data.decode().split("\n")[: len(starts)]
    lines = [line.removesuffix("\r") for line in lines]
    find = find_rst_headings if language == "rst" else find_markdown_headings
    sections = _merge_tiny(text, list(_sections(find(lines), starts, len(text.data))))
    return [
        section._replace(start=low, end=high)
        for section in sections
        for low, high in cut_paragraphs(text, section.start, section.end, max_chars)
    ]


def find_markdown_headings(lines: Sequence[str]) -> Iterator[Heading]:
    """Yield ATX (`## Title`) and setext (underlined) headings outside of fences and front matter."""
    fence = ""
    for index in range(_front_matter_lines(lines), len(lines)):
        line = lines[index]
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
        elif mark:
            fence = mark[1]
        elif atx := _ATX.match(line):
            yield Heading(index, len(atx[1]), _atx_title(line[atx.end() :]))
        elif (rule := _SETEXT.match(line)) and _is_setext_title(lines, index - 1):
            yield Heading(index - 1, 1 if rule[1][0] == "=" else 2, lines[index - 1].strip())


def _atx_title(line: str) -> str:
    """Return the title of an ATX heading: `Install` for ` Install ##`, but `C#` for ` C#`."""
    title = line.strip()
    bare = title.rstrip("#")
    return bare.rstrip() if not bare or bare[-1].isspace() else title


def _is_setext_title(lines: Sequence[str], index: int) -> bool:
    """Return whether a line is plain text that begins a paragraph; titles of several lines are rare."""
    if index < 0 or _NOT_A_TITLE.match(lines[index]):
        return False
    return index == 0 or not lines[index - 1].strip()


def _front_matter_lines(lines: Sequence[str]) -> int:
    closing = _FRONT_MATTER.get(lines[0].rstrip()) if lines else None
    if closing is None:
        return 0
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() in closing:
            return index + 1
    return 0


def find_rst_headings(lines: Sequence[str]) -> Iterator[Heading]:
    """Yield titles with an underline, or with overline and underline; levels are in order of appearance."""
    levels: dict[str, int] = {}
    index = 0
    while index + 1 < len(lines):
        rule = lines[index]
        over = (
            bool(_RST_RULE.match(rule))
            and index + 2 < len(lines)
            and lines[index + 2].rstrip() == rule.rstrip()
        )
        title = lines[index + over]
        under = lines[index + 1 + over]
        if _is_rst_title(title, under, over=over):
            style = under[0] * (1 + over)
            level = levels.setdefault(style, len(levels) + 1)
            yield Heading(index, level, title.strip())
            index += 2 + over
        else:
            index += 1


def _is_rst_title(title: str, under: str, *, over: bool) -> bool:
    """Return whether `title` and `under` are a title and its underline.

    A title is not longer than its underline, and only a title with an overline may be indented.
    """
    if not _RST_RULE.match(under) or not title.strip() or _RST_RULE.match(title):
        return False
    return len(under.rstrip()) >= len(title.strip()) and (over or not title[0].isspace())


def _sections(headings: Iterator[Heading], starts: Sequence[int], end: int) -> Iterator[Piece]:
    path: list[Heading] = []
    start, scope, signature = 0, "", ""
    for heading in headings:
        if starts[heading.line] > start:
            yield Piece(start, starts[heading.line], "", scope, signature)
        while path and path[-1].level >= heading.level:
            path.pop()
        scope = " > ".join(outer.title[:MAX_TITLE_CHARS] for outer in path if outer.title)
        start, signature = starts[heading.line], heading.title[:MAX_TITLE_CHARS]
        path.append(heading)
    yield Piece(start, end, "", scope, signature)


def _merge_tiny(text: Text, sections: Sequence[Piece]) -> Iterator[Piece]:
    """Join each tiny section to its first subsection, if it has one; the outer heading names both."""
    last = sections[0]
    for section in sections[1:]:
        if text.size(last.start, last.end) >= MIN_SECTION_CHARS or not _encloses(last, section):
            yield last
            last = section
        elif last.signature:
            last = last._replace(end=section.end)
        else:  # front matter has no heading
            last = section._replace(start=last.start)
    yield last


def _encloses(outer: Piece, inner: Piece) -> bool:
    path = f"{outer.scope} > {outer.signature}" if outer.scope else outer.signature
    return inner.scope == path or inner.scope.startswith(f"{path} > ")
