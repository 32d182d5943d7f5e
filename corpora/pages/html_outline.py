"""Find the parts of a page that get a section of their own, and the elements that belong to each."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from corpora.pages.html_regions import (
    HEADING_LEVELS,
    below_heading,
    bodies_of,
    content_of,
    heading_anchor,
    unfold,
)
from corpora.pages.html_text import inline_text, is_unseen

if TYPE_CHECKING:
    from lxml.etree import _Element

_MARKED_SIGNATURES = frozenset({"tfo-signature-link", "doc-signature", "member-signature"})
_NOTE_CLASSES = frozenset({"label", "footnote", "citation"})  # footnotes are `dt`, too, but no objects
_OBJECT_KINDS = frozenset({"attribute", "class", "function", "method", "property"})
_SPLIT_LEVEL = 3  # without an index, h1 to h3 open a section; h4 to h6 only if a link can lead to them
QUALIFIED_NAME = re.compile(r"[^\W\d]\w*(?:\.\w+)+")  # `numpy.sum`, not `sum`


@dataclass(slots=True)
class PagePart:
    """A part of a page with a section of its own: an object, a heading, or the page itself.

    Attributes:
        anchor: the fragment that leads to it; empty for the page itself.
        element: the term or heading that introduces it, or the element with its anchor.
        roots: the elements that hold its content, except what in them belongs to another part.
        group: a number, shared by parts that share their content (two terms with one description).
        name: by the documentation's index or the heading; may be empty.
        signature: as the page shows it; may be empty.
    """

    anchor: str
    element: "_Element"
    roots: "list[_Element]"
    group: int
    name: str = ""
    signature: str = ""


@dataclass(slots=True)
class Outline:
    """The parts of a page in document order, and the elements that belong to each.

    Attributes:
        content: the element that holds the page's own text.
        title: the text of its first `h1`; may be empty.
        parts: the page itself, then the others.
        owners: the topmost elements of each part, with its group; -1 for elements that are left out of the
            text, such as signatures that became a field. Group 0 is the page itself.
    """

    content: "_Element"
    title: str
    parts: list[PagePart] = field(default_factory=list)
    owners: "dict[_Element, int]" = field(default_factory=dict)

    def parent(self, part: PagePart) -> int:
        """Return the group of the part that encloses `part`."""
        for element in part.element.iterancestors():
            group = self.owners.get(element, part.group)
            if group not in (part.group, -1):
                return group
        return 0


@dataclass(slots=True)
class _Marks:
    """The anchors, headings and terms of a page, collected in one pass, with their positions."""

    anchors: "dict[str, _Element]" = field(default_factory=dict)
    position: "dict[_Element, int]" = field(default_factory=dict)
    headings: "list[_Element]" = field(default_factory=list)
    terms: "list[_Element]" = field(default_factory=list)


def outline_page(root: "_Element", names: dict[str, str] | None, stem: str) -> Outline:
    """Outline a page.

    Args:
        root: the page.
        names: anchor to display name of what the documentation's index lists on this page; ""
            is the page itself. None if there is no index: then headings are parts, too.
        stem: the last component of the page's path, without its suffix.
    """
    content = content_of(root)
    marks = _collect(content)
    title = next((inline_text(heading) for heading in marks.headings if heading.tag == "h1"), "")
    outline = Outline(content, title)
    page = PagePart("", content, [content], 0, (names or {}).get("", ""))
    outline.parts.append(page)
    main = _main_term(marks, names, stem, title)
    for anchor, element in _targets(marks, names, main):
        outline.parts.append(_part(anchor, element, outline, (names or {}).get(anchor, "")))
    if main is not None:
        page.element = main
        page.signature = shown_signature(main)
        page.roots = unfold(content, main)
        outline.owners[main] = -1
    for heading in marks.headings[:1]:
        if heading.tag == "h1":
            outline.owners.setdefault(heading, -1)
    outline.owners.update(dict.fromkeys(_boilerplate(content), -1))
    for part in outline.parts:
        part.signature = part.signature or _marked_signature(part, outline)
    return outline


def shown_signature(term: "_Element", calls: "Sequence[_Element]" = ()) -> str:
    """Return the signature that a `dt` shows, with its overloads joined by `; `.

    Args:
        term: the `dt`.
        calls: signatures in its body, which then count instead of the `dt` itself.

    The terms without an id that follow it are overloads: `<dt id="f">f(x)</dt><dt>f(x, y)</dt>` is
    `f(x); f(x, y)`.
    """
    overloads = [term]
    for sibling in term.itersiblings():
        if sibling.tag != "dt" or sibling.get("id"):
            break
        overloads.append(sibling)
    return "; ".join(filter(None, map(inline_text, calls or overloads)))


def _calls(bodies: "Sequence[_Element]") -> "list[_Element]":
    """Return the signatures in the body of an object, where pygame's pages show them."""
    return [call for body in bodies[:1] for call in body.iterfind("div/div/span[@class='signature']")]


def _boilerplate(content: "_Element") -> "Iterable[_Element]":
    """Yield text that is alike for all objects: TensorFlow's around aliases, numpy's `method` before them."""
    for box in content.iter("section"):
        if box.get("class") == "expandable":
            yield from (child for child in box if child.tag != "pre" and child.find(".//code") is None)
    for paragraph in content.iterchildren("p"):
        following = paragraph.getnext()
        if following is not None and following.tag == "dl" and inline_text(paragraph) in _OBJECT_KINDS:
            yield paragraph


def _collect(content: "_Element") -> _Marks:
    """Walk over a page once; a thousand objects would otherwise mean a thousand searches for an anchor."""
    marks = _Marks()
    for position, element in enumerate(content.iter()):
        anchor = element.get("id") or (element.get("name") if element.tag == "a" else None)
        if element.tag in HEADING_LEVELS:
            marks.headings.append(element)
        elif element.tag == "dt" and anchor and not _is_note(element):
            marks.terms.append(element)
        elif not anchor:
            continue
        marks.position[element] = position
        if anchor:
            marks.anchors.setdefault(anchor, element)
    return marks


def _is_note(term: "_Element") -> bool:
    """Return whether a `dt` is the mark of a footnote or a citation."""
    parent = term.getparent()
    classes = f"{term.get('class', '')} {parent.get('class', '') if parent is not None else ''}"
    return not _NOTE_CLASSES.isdisjoint(classes.split())


def _main_term(marks: _Marks, names: dict[str, str] | None, stem: str, title: str) -> "_Element | None":
    """Return the term that the whole page is about, if the index lists the page but not the term."""
    for term in marks.terms:
        anchor = term.get("id", "")
        if names and anchor in names:
            continue
        if anchor.lower() == stem.lower() or (anchor == title and QUALIFIED_NAME.fullmatch(anchor)):
            return term
    return None


def _targets(
    marks: _Marks, names: dict[str, str] | None, main: "_Element | None"
) -> "list[tuple[str, _Element]]":
    """Return the anchors of parts with their terms or headings, in document order.

    A heading without an anchor gets a made-up key that starts with NUL, which `_part` removes.
    """
    chosen: dict[str, _Element] = {}
    for anchor in names or ():
        # An index may escape what the page does not: `operator%3D%3D` for `id="operator=="`.
        element = marks.anchors.get(anchor, marks.anchors.get(unquote(anchor)))
        if anchor and element is not None:
            chosen[anchor] = _carrier(element)
    taken = set(chosen.values())
    for term in marks.terms:
        if term is not main and term not in taken:
            chosen.setdefault(term.get("id", ""), term)
    if names is None:
        for heading in marks.headings:
            if heading.tag == "h1" and main is not None:
                continue  # the page is about that one object, and this is its title
            if heading in taken or is_unseen(heading):
                continue
            anchor = heading_anchor(heading)
            if anchor or HEADING_LEVELS[str(heading.tag)] <= _SPLIT_LEVEL:
                chosen.setdefault(anchor or f"\0{len(chosen)}", heading)
    order = {anchor: marks.position.get(element, 0) for anchor, element in chosen.items()}
    return sorted(chosen.items(), key=lambda item: (order[item[0]], item[0]))


def _carrier(element: "_Element") -> "_Element":
    """Return the term or heading that an anchor stands for: one around it, or first in its section."""
    for ancestor in (element, *element.iterancestors("dt", "h1", "h2", "h3", "h4", "h5", "h6")):
        if ancestor.tag == "dt" or ancestor.tag in HEADING_LEVELS:
            return ancestor
    if len(element) and element[0].tag in HEADING_LEVELS:
        return element[0]
    return element


def _part(anchor: str, element: "_Element", outline: Outline, name: str) -> PagePart:
    """Make the part of an anchor, and note in the outline which elements belong to it."""
    group = len(outline.parts)
    part = PagePart(anchor.partition("\0")[0], element, [], group, name)
    if element.tag == "dt":
        part.roots = bodies_of(element)
        calls = _calls(part.roots)
        part.signature = shown_signature(element, calls)
        outline.owners.update(dict.fromkeys(calls, -1))
    elif element.tag in HEADING_LEVELS:
        part.roots = below_heading(element)
        part.name = part.name or inline_text(element)
    else:
        part.roots = [element]
    # `<dt>a<dt>b<dd>about both`: the second term joins the group of the first, which owns the `dd` already.
    shared = outline.owners.get(part.roots[0], -1) if part.roots and element.tag == "dt" else -1
    part.group = shared if shared > 0 and outline.parts[shared].element.tag == "dt" else group
    for root in part.roots:
        outline.owners[root] = part.group
    if element.tag == "dt" or element.tag in HEADING_LEVELS:  # now the signature or the name of the part
        outline.owners[element] = -1
    return part


def _marked_signature(part: PagePart, outline: Outline) -> str:
    """Return the signature that a part shows in a box of its own, and take the box out of its text."""
    for element in _boxes(part.roots):
        if not _MARKED_SIGNATURES.isdisjoint(element.get("class", "").split()):
            owner = next((outline.owners[up] for up in element.iterancestors() if up in outline.owners), 0)
            if outline.owners.get(element, owner) == part.group:
                outline.owners[element] = -1
                return inline_text(element)
            return ""
    return ""


def _boxes(roots: "Iterable[_Element]") -> "Iterable[_Element]":
    for root in roots:
        yield from root.iter("pre", "div")
