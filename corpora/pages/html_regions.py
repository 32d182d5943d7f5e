"""Which elements of a page belong to a term, to a heading, or to its text at all."""

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_SHARED = 20  # terms before one description, and its parts: more are no longer about one thing
_MAX_HEADED = 4  # terms with their (empty) descriptions below a heading of their own
LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_CONTENT = (
    "//main",
    "//*[@role='main']",
    "//article",
    "//div[@class='body']",
    "//div[@id='content']",
    "//body",
)


def content_of(root: "_Element") -> "_Element":
    """The element that holds the page's own text: `main` if there is exactly one, and so on."""
    for path in _CONTENT:
        found = root.xpath(path)
        if len(found) == 1:
            only: _Element = found[0]
            return only
    return root


def bodies_of(term: "_Element") -> "list[_Element]":
    """The `dd` elements that describe a `dt`: those after the last of the terms that share them.

    Django puts a heading before the term, leaves its `dd` empty, and describes it after the list.
    """
    bodies: list[_Element] = []
    for sibling in islice(term.itersiblings(), _MAX_SHARED):
        if sibling.tag == "dd":
            bodies.append(sibling)
        elif bodies or sibling.tag != "dt":
            break
    listing = term.getparent()
    before = listing.getprevious() if listing is not None else None
    if listing is None or before is None or before.tag not in LEVELS:
        return bodies
    if len(list(islice(listing, _MAX_HEADED + 1))) > _MAX_HEADED:  # len(listing) counts them all
        return bodies
    if any(text.strip() for body in listing.iterchildren("dd") for text in body.itertext()):
        return bodies
    return _until_heading(listing, LEVELS[str(before.tag)])


def below_heading(heading: "_Element") -> "list[_Element]":
    """What follows a heading until the next one of its level or above."""
    start = heading
    for parent in heading.iterancestors("div", "header", "hgroup"):
        if start.getnext() is not None:
            break
        start = parent  # the heading stands alone in a box
    return _until_heading(start, LEVELS[str(heading.tag)])


def _until_heading(element: "_Element", level: int) -> "list[_Element]":
    """The siblings that follow `element`, up to the next heading of `level` or above."""
    below: list[_Element] = []
    for sibling in element.itersiblings():
        if LEVELS.get(str(sibling.tag), 9) <= level:
            break
        below.append(sibling)
    return below


def unfold(content: "_Element", main: "_Element") -> "list[_Element]":
    """The page's elements with the list around `main` dissolved, so that its body is not indented."""
    path = [main, *main.iterancestors()]
    path = path[: path.index(content) + 1]
    roots: list[_Element] = [content]
    for element in reversed(path[1:]):
        at = roots.index(element)
        roots[at : at + 1] = list(element)
    return roots


def heading_anchor(heading: "_Element") -> str:
    """The anchor of a heading: its own, that of the section it opens, one inside it or before it."""
    parent = heading.getparent()
    inner = next((link.get("id") or link.get("name") for link in heading.iter("a", "span")), None)
    around = parent.get("id") if parent is not None and parent[0] is heading else None
    return heading.get("id") or around or inner or _anchor_before(heading)


def _anchor_before(heading: "_Element") -> str:
    """The anchor of an empty element before a heading: `<span id="install"></span><h2>Installation</h2>`."""
    before = heading.getprevious()
    if before is None or before.tag not in {"a", "span"} or len(before) or (before.text or "").strip():
        return ""
    return before.get("id") or before.get("name") or ""
