"""Cut Markdown and reStructuredText by their headings."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from indexers.chunking.lines import Piece, Text, cut_paragraphs

# Sections with less than this many visible characters join the subsection behind them: a title with
# one line below it finds nothing on its own.
MIN_SECTION_CHARS = 200

MAX_TITLE_CHARS = 200

_ATX = re.compile(r" {0,3}(#{1,6})(?![^ \t])")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_FRONT_MATTER = {"---": ("---", "..."), "+++": ("+++",)}
_RST_RULE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*$")
# What cannot be the text over a setext underline: lists, quotes, tables, indented code.
_NOT_A_TITLE = re.compile(r"\s*$| {4}|\t|\s*(?:[-*+>|]|\d+[.)])\s")


class Heading(NamedTuple):
    """A heading: its title, its level (1 is the highest) and the index of its first line."""

    line: int
    level: int
    title: str


def cut_headings(text: Text, language: str, max_chars: int) -> list[Piece]:
    """The sections of a Markdown or reStructuredText document; a large one is cut at its paragraphs.

    The scope of a piece is the path of the headings that enclose its section (`Guide > Install`), its
    signature the section's own heading. The pieces join to the whole text.
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
    """ATX (`## Title`) and setext (underlined) headings outside of fences and front matter."""
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
    """`Install` of ` Install ##`, but `C#` of ` C#`."""
    title = line.strip()
    bare = title.rstrip("#")
    return bare.rstrip() if not bare or bare[-1].isspace() else title


def _is_setext_title(lines: Sequence[str], index: int) -> bool:
    """One line of plain text that begins a paragraph; a title over several lines is rare."""
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
    """Titles with an underline or with an overline and an underline; levels in order of appearance."""
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
    """A title is as long as its rule at most, and only one with an overline may be indented."""
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
    """Join each tiny section to the one behind it that lies deeper; the outer heading names both."""
    last = sections[0]
    for section in sections[1:]:
        if text.size(last.start, last.end) >= MIN_SECTION_CHARS or not _encloses(last, section):
            yield last
            last = section
        elif last.signature:
            last = last._replace(end=section.end)
        else:  # front matter has no name to give
            last = section._replace(start=last.start)
    yield last


def _encloses(outer: Piece, inner: Piece) -> bool:
    path = f"{outer.scope} > {outer.signature}" if outer.scope else outer.signature
    return inner.scope == path or inner.scope.startswith(f"{path} > ")
