"""Leave out, and count, text that a reader of a page does not see but a model would.

An instruction that is hidden on a page by its style would reach the prompt of everyone who retrieves that
page (indirect prompt injection).
"""

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from corpora.outside.characters import count_invisible, without_invisible

if TYPE_CHECKING:
    from lxml.etree import _Element

_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0(?:\.0*)?(?![.\d])"
    r"|(?<![-\w])color\s*:\s*transparent|(?<![-\w])(?:text-indent|left|top)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?:^|;)\s*(color|background(?:-color)?)\s*:\s*([^;!]+)", re.IGNORECASE)
_WHITE = frozenset({"white", "#fff", "#ffffff", "rgb(255,255,255)", "hsl(0,0%,100%)"})
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_OPEN_TAG = re.compile(r"<(\w++)")
_CLOSE_TAG = re.compile(r"</(\w++)\s*+>")
_HIDING = re.compile(r"\shidden\b|\sstyle\s*+=\s*+([\"'])", re.IGNORECASE)


def hides(style: str) -> bool:
    """Return whether an inline style hides text: no display, size 0, off the page, or white on white."""
    if _STYLE.search(style):
        return True
    colours = {name.lower(): re.sub(r"\s", "", value).lower() for name, value in _COLOUR.findall(style)}
    ink = colours.get("color", "")
    paper = colours.get("background-color") or colours.get("background") or ("white" if ink else "")
    return bool(ink) and (ink == paper or (ink in _WHITE and paper in _WHITE))


def invisible_chars(source: str, root: "_Element") -> int:
    """Count the characters of a page that nobody sees: in comments and hidden elements, and zero-width ones.

    Args:
        source: the page's markup.
        root: the parsed page.
    """
    count = sum(len(comment.strip()) for comment in _COMMENT.findall(source))
    count += count_invisible(source)
    counted: set[_Element] = set()
    for element in root.xpath("//*[@hidden or @style]"):
        hidden = element.get("hidden") is not None or hides(element.get("style") or "")
        if hidden and counted.isdisjoint(element.iterancestors()):
            counted.add(element)
            count += len("".join(element.itertext()).strip())
    return count


def visible_markdown(text: str) -> tuple[str, int]:
    """Return Markdown without comments, hidden elements and invisible characters, and how many were removed.

    In fenced code, only invisible characters are removed.
    """
    pieces: list[str] = []
    dropped = 0
    for piece, is_code in _by_fences(text):
        kept = piece if is_code else _without_hidden(_COMMENT.sub("", piece))
        shown = without_invisible(kept)
        dropped += len(piece) - len(shown)
        pieces.append(shown)
    return "".join(pieces), dropped


def _without_hidden(text: str) -> str:
    """Return `text` without the elements that their own tag hides, each with all that is in it."""
    closings: dict[str, list[int]] = {}
    for found in _CLOSE_TAG.finditer(text):
        closings.setdefault(found[1].lower(), []).append(found.end())
    shown: list[str] = []
    start = position = 0
    # Linear time for any input: each stretch up to a `>` is searched once, whether or not it hides something.
    while (end := text.find(">", position)) >= 0:
        hidden_from = _hidden_from(text, position, end)
        element = _element(text, (position, end), hidden_from, closings) if hidden_from else None
        if element:
            shown.append(text[start : element[0]])
            start = position = element[1]
        else:
            position = end + 1
    return "".join(shown) + text[start:]


def _hidden_from(text: str, start: int, end: int) -> int:
    """Return where the first attribute in `text[start:end]` that hides its element ends; 0 if none does."""
    for found in _HIDING.finditer(text, start, end):
        if not found[1]:
            return found.end()
        closed = text.find(found[1], found.end())
        if closed >= 0 and hides(text[found.end() : closed]):
            return closed + 1
    return 0


def _element(
    text: str, tag: tuple[int, int], hidden_from: int, closings: dict[str, list[int]]
) -> tuple[int, int] | None:
    """Return the span of the first element that starts within `tag` and is closed after `hidden_from`."""
    for opened in _OPEN_TAG.finditer(text, *tag):
        ends = closings.get(opened[1].lower(), [])
        if opened.start() < hidden_from and (at := bisect_right(ends, hidden_from)) < len(ends):
            return opened.start(), ends[at]
    return None


def _by_fences(text: str) -> list[tuple[str, bool]]:
    """Split a text into pieces, each with whether it is fenced code."""
    pieces: list[tuple[str, bool]] = []
    start, fence = 0, ""
    for found in _FENCE.finditer(text):
        if not fence:
            pieces.append((text[start : found.start()], False))
            start, fence = found.start(), found[1]
        elif found[1].startswith(fence):
            pieces.append((text[start : found.end()], True))
            start, fence = found.end(), ""
    pieces.append((text[start:], bool(fence)))
    return pieces
