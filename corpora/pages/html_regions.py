"""Find the elements of a page that belong to its main text, to a term, or to a heading."""

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_SHARED = 20  # `dt` and `dd` that are looked at after a term; more are not about one thing
_MAX_MEMBER_ROWS = 4  # template, declaration, description, separator
_MEMBER_ROW = re.compile(r"memitem:(\S+)")
_MAX_HEADED = 4  # `dt` and (empty) `dd` in a list with a heading of its own
HEADING_LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_CONTENT = (
    "//main",
    "//*[@role='main']",
    "//article",
    "//div[@class='body']",
    "//div[@id='content']",
    "//body",
)


def content_of(root: "_Element") -> "_Element":
    """Return the element with the page's own text: `main` if there is exactly one, else `article`, etc."""
    for path in _CONTENT:
        found = root.xpath(path)
        if len(found) == 1:
            only: _Element = found[0]
            return only
    return root


def bodies_of(term: "_Element") -> "list[_Element]":
    """Return the elements that describe a `dt`: the `dd` after it, or after the terms that share them.

    Django's settings are different: a heading, a list of one term with an empty `dd`, and the description
    after that list, up to the next heading.
    """
    bodies: list[_Element] = []
    for sibling in islice(term.itersiblings(), _MAX_SHARED):
        if sibling.tag == "dd":
            bodies.append(sibling)
        elif bodies or sibling.tag != "dt":
            break
    listing = term.getparent()
    before = listing.getprevious() if listing is not None else None
    if listing is None or before is None or before.tag not in HEADING_LEVELS:
        return bodies
    if len(list(islice(listing, _MAX_HEADED + 1))) > _MAX_HEADED:  # `len` would walk thousands for each term
        return bodies
    if any(text.strip() for body in listing.iterchildren("dd") for text in body.itertext()):
        return bodies
    return _until_heading(listing, HEADING_LEVELS[str(before.tag)])


def below_heading(heading: "_Element") -> "list[_Element]":
    """Return what follows a heading, up to the next one of its level or above."""
    start = heading
    for parent in heading.iterancestors("div", "header", "hgroup", "section", "summary"):
        is_alone = start.getnext() is None
        # rustdoc has the heading of a method in a section of the summary of its `details`.
        if not is_alone or (parent.tag == "section" and _tag_above(parent) != "summary"):
            break
        start = parent  # nothing follows in this box: the heading is alone in it, its text comes after
    return _until_heading(start, HEADING_LEVELS[str(heading.tag)])


def _until_heading(element: "_Element", level: int) -> "list[_Element]":
    """Return the siblings after `element`, up to the next heading of `level` or above."""
    below: list[_Element] = []
    for sibling in element.itersiblings():
        if HEADING_LEVELS.get(str(sibling.tag), 9) <= level:
            break
        below.append(sibling)
    return below


def unfold(content: "_Element", main: "_Element") -> "list[_Element]":
    """Return the page's content with the list around `main` dissolved, so that its body is not indented.

    For `<div>intro<dl><dt>main<dd>body</dl></div>` these are `intro`, `dt` and `dd` instead of the `div`.
    """
    path = [main, *main.iterancestors()]
    path = path[: path.index(content) + 1]
    roots: list[_Element] = [content]
    for element in reversed(path[1:]):
        at = roots.index(element)
        roots[at : at + 1] = list(element)
    return roots


def heading_anchor(heading: "_Element") -> str:
    """Return the anchor of a heading: its own, that of the section it opens, or one inside or before it."""
    parent = heading.getparent()
    inner = next((link.get("id") or link.get("name") for link in heading.iter("a", "span")), None)
    around = parent.get("id") if parent is not None and _opens(heading, parent) else None
    if around and "detail" in (parent.get("class") or "").split():  # Javadoc: the id that its index names
        return str(around)
    return heading.get("id") or around or inner or _anchor_before(heading)


def is_member_heading(heading: "_Element") -> bool:
    """Return whether a heading names a member of the class that the page is about: in Javadoc and TypeDoc."""
    parent = heading.getparent()
    classes = (parent.get("class") or "").split() if parent is not None and parent.tag == "section" else []
    return "tsd-member" in classes or ("detail" in classes and bool(parent is not None and parent.get("id")))


def is_inner_heading(heading: "_Element") -> bool:
    """Return whether a heading such as "Panics" divides the description of one method (rustdoc)."""
    box = next((above for above in heading.iterancestors("div") if above.get("class") == "docblock"), None)
    before = box.getprevious() if box is not None else None
    return (
        before is not None
        and before.tag == "summary"
        and before.find(".//*[@class='code-header']") is not None
    )


def _opens(heading: "_Element", parent: "_Element") -> bool:
    """Return whether a heading is the first element around it, or follows just rustdoc's link to code."""
    if parent[0] is heading:
        return True
    return parent.tag == "section" and parent[0].tag in {"a", "span"} and parent[0].getnext() is heading


def _tag_above(element: "_Element") -> str:
    above = element.getparent()
    return str(above.tag) if above is not None else ""


def member_row(anchor: "_Element") -> "list[_Element]":
    """Return the rows of doxygen's overview that describe a member which has no description of its own.

    Args:
        anchor: an element with an id; doxygen puts it into the overview for such members only.
    """
    row = next(anchor.iterancestors("tr"), None)
    named = _MEMBER_ROW.match(row.get("class") or "") if row is not None else None
    if row is None or named is None:
        return []
    rows = [row]
    for following in islice(row.itersiblings("tr"), _MAX_MEMBER_ROWS):
        if named[1] not in (following.get("class") or ""):
            break
        rows.append(following)
    return rows


def _anchor_before(heading: "_Element") -> str:
    """Return the anchor of an empty element before a heading: `<a name="setup"></a><h2>Setup</h2>`."""
    before = heading.getprevious()
    if before is None or before.tag not in {"a", "span"} or len(before) or (before.text or "").strip():
        return ""
    return before.get("id") or before.get("name") or ""
