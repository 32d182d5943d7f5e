"""Fenced blocks of Markdown as models write them: in lists and quotations, nested, and never closed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import digits
from typing import Final

from rag.generators.extraction.python_code import is_in_string

# "  - ```python" and "> ~~~"; behind other text, only a fence that names its language: "The code: ```python"
_OPENING: Final = re.compile(
    r"(?P<lead>[ \t>]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?)(?P<ticks>`{3,}|~{3,})(?P<info>.*)"
)
_LATE_OPENING: Final = re.compile(
    r"(?P<lead>)[^`]+(?<=[:\s])(?P<ticks>```)(?P<info>[A-Za-z][\w+#]{0,20})[ \t]*"
)
_WORD: Final = re.compile(r"[\w+#-]+")
_FILE: Final = re.compile(r"\s*(?:\d+:\d+:)?[\w./-]*\w\.([a-z]{1,6})\s*")
_MOST_INFO: Final = 80  # characters behind a fence that are looked at
_CLOSED_BY_OPENING: Final = ("python", "py", "")
_MARKDOWN: Final = ("markdown", "md")
_MOST_DEPTH: Final = 3  # of Markdown in Markdown
_UNINDENTED: Final = 4  # from so many columns on, a fence is text in an indented string
_MOST_ENDS: Final = 8  # fences that are tried as the end of a block whose strings hold some


@dataclass(frozen=True, slots=True)
class FencedBlock:
    """A fenced block.

    Args:
        language: the first word behind its fence, in lower case; empty without one.
        code: its lines, without the indentation of its fence.
        is_closed: whether its end is marked; if not, it may have been cut off.
        start: number of the line with its opening fence, from 0.
    """

    language: str
    code: str
    is_closed: bool
    start: int


def fenced_blocks(text: str, depth: int = 0) -> list[FencedBlock]:
    """Return the fenced blocks of `text`, those of a Markdown document in a block in its place.

    A fence in a string of several lines of Python does not end a block, unlike in CommonMark. `depth` is that
    of the documents around the text.
    """
    lines = text.split("\n")  # not splitlines: a form feed ends no line of code
    found: list[FencedBlock] = []
    number = 0
    while number < len(lines):
        opening = _opening(lines[number])
        if opening is None:
            number += 1
            continue
        language = _language(opening["info"])
        content, number_after, is_closed = _content(lines, number, opening, language)
        block = FencedBlock(language, "\n".join(content), is_closed, number)
        is_document = language in _MARKDOWN and depth < _MOST_DEPTH
        inner = fenced_blocks(block.code, depth + 1) if is_document else []
        found += [one for one in inner if one.language] or [block]
        number = number_after
    return found


def _opening(line: str) -> re.Match[str] | None:
    if "```" not in line and "~~~" not in line:
        return None
    opening = _OPENING.fullmatch(line) or _LATE_OPENING.fullmatch(line)
    if opening and opening["ticks"][0] == "`" and "`" in opening["info"]:
        return None  # a span of code in a line
    return opening


def _names_language(line: str) -> bool:
    """Return whether a line begins a block, and says of which language."""
    opening = _opening(line) if line[:3] in ("```", "~~~") else None
    return bool(opening and _language(opening["info"]))


def _language(info: str) -> str:
    """Return the language that a fence names: `Python3`, `{.python}`, `python title="a.py"`, `py:a.py`.

    Of a name of a file alone (`a.py`, `12:30:src/a.py`), it is the suffix; a version is left out.
    """
    file = _FILE.fullmatch(info[:_MOST_INFO])
    word = file or _WORD.search(info[:_MOST_INFO])
    return word[word.lastindex or 0].lower().rstrip(digits).removesuffix("-") if word else ""


def _content(
    lines: Sequence[str], number: int, opening: re.Match[str], language: str
) -> tuple[list[str], int, bool]:
    """Return the lines of a block, the number of the line behind it, and whether it is closed."""
    content: list[str] = []
    ends: list[tuple[int, int]] = []  # of the fences that may close it: lines of content before, and of text
    tried = 0
    for place, line in _inner(lines, number + 1, opening, language in _MARKDOWN):
        if place is None:
            if (
                language in _CLOSED_BY_OPENING
                and _names_language(line)
                and not is_in_string("\n".join(content))
            ):
                return content, number + 1 + len(content), False  # its end was forgotten
            content.append(line)
            continue
        ends.append((len(content), place + 1))
        tried += 1
        if tried > _MOST_ENDS or not is_in_string("\n".join(content)):
            break
        content.append(line)
    else:
        if not ends:
            return _inline_end(content, opening["ticks"], len(lines))
    end, after = (
        ends[0] if tried > _MOST_ENDS or is_in_string("\n".join(content[: ends[-1][0]])) else ends[-1]
    )
    return content[:end], after, True


def _inner(
    lines: Sequence[str], start: int, opening: re.Match[str], is_markdown: bool
) -> Iterator[tuple[int | None, str]]:
    """Yield the lines behind an opening fence; with its number, if a line is a fence that may close it."""
    ticks, lead = opening["ticks"], opening["lead"]
    is_quotation = ">" in lead
    depth = 0
    for number in range(start, len(lines)):
        line = _without_quotation(lines[number]) if is_quotation else lines[number]
        line = _without_indent(line, 0 if is_quotation else len(lead))
        mark = line.strip()
        is_fence = len(mark) >= len(ticks) and not mark.strip(ticks[0])
        indent = len(line) - len(line.lstrip())
        if is_markdown and not is_fence and mark.startswith(ticks) and "`" not in mark.lstrip("`"):
            depth += 1
        elif is_fence and depth:
            depth -= 1
        elif is_fence and indent < _UNINDENTED:
            yield number, line
            continue
        yield None, line


def _without_quotation(line: str) -> str:
    quoted = line.lstrip(" \t")
    return quoted[1:].removeprefix(" ") if quoted.startswith(">") else line


def _without_indent(line: str, width: int) -> str:
    start = 0
    while start < min(width, len(line)) and line[start] in " \t":
        start += 1
    return line[start:]


def _inline_end(content: list[str], ticks: str, after: int) -> tuple[list[str], int, bool]:
    """Return a block that no fence on its own line closes; "return x```" closes it, too."""
    for place, line in enumerate(content):
        end = line.rstrip()
        if end.endswith(ticks) and end.count(ticks) == 1 and end.strip("`"):
            return [*content[:place], end.removesuffix(ticks)], after - len(content) + place + 1, True
    return content, after, False
