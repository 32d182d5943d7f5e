"""Which parts of a page stand for themselves, and which elements belong to each of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from corpora.pages.html_regions import LEVELS, below_heading, bodies_of, content_of, heading_anchor, unfold
from corpora.pages.html_text import is_unseen, one_line

if TYPE_CHECKING:
    from lxml.etree import _Element

_MARKED_SIGNATURES = frozenset({"tfo-signature-link", "doc-signature", "member-signature"})
_NOTE_CLASSES = frozenset({"label", "footnote", "citation"})  # footnotes look like terms and are not
_OBJECT_KINDS = frozenset({"attribute", "class", "function", "method", "property"})
_SPLIT_LEVEL = 3  # without an index, h1 to h3 open a section
_QUALIFIED = re.compile(r"[^\W\d]\w*(?:\.\w+)+")


@dataclass(slots=True)
class Part:
    """Something on a page with a section of its own.

    `roots` are the elements that hold its content; it does not hold what belongs to another part
    of the outline. Parts that share their content (two terms, one description) have one `group`.
    """

    anchor: str
    element: "_Element"
    roots: "list[_Element]"
    group: int
    name: str = ""
    signature: str = ""


@dataclass(slots=True)
class Outline:
    """The parts of a page in their order, and what belongs to whom.

    `owners` maps the topmost elements of each part to its group, and what no text needs
    (signatures and headings that became fields) to -1. Group 0 is the page itself.
    """

    content: "_Element"
    title: str
    parts: list[Part] = field(default_factory=list)
    owners: "dict[_Element, int]" = field(default_factory=dict)

    def parent(self, part: Part) -> int:
        """The group of the part that encloses `part`."""
        for element in part.element.iterancestors():
            group = self.owners.get(element, part.group)
            if group not in (part.group, -1):
                return group
        return 0


@dataclass(slots=True)
class _Marks:
    """What one pass over a page finds: anchors, headings and terms in document order."""

    anchors: "dict[str, _Element]" = field(default_factory=dict)
    position: "dict[_Element, int]" = field(default_factory=dict)
    headings: "list[_Element]" = field(default_factory=list)
    terms: "list[_Element]" = field(default_factory=list)


def outline_page(root: "_Element", names: dict[str, str] | None, stem: str) -> Outline:
    """The outline of a page.

    Args:
        root: the page.
        names: anchor to display name of what the documentation's index lists on this page; ""
            is the page itself. None where there is no index: then headings are parts too.
        stem: the last component of the page's path without its suffix.
    """
    content = content_of(root)
    marks = _collect(content)
    title = next((one_line(heading) for heading in marks.headings if heading.tag == "h1"), "")
    outline = Outline(content, title)
    page = Part("", content, [content], 0, (names or {}).get("", ""))
    outline.parts.append(page)
    main = _main_term(marks, names, stem, title)
    for anchor, element in _targets(marks, names, main):
        outline.parts.append(_part(anchor, element, outline, (names or {}).get(anchor, "")))
    if main is not None:
        page.element = main
        page.signature = signature_of(main)
        page.roots = unfold(content, main)
        outline.owners[main] = -1
    for heading in marks.headings[:1]:
        if heading.tag == "h1":
            outline.owners.setdefault(heading, -1)
    outline.owners.update(dict.fromkeys(_boilerplate(content), -1))
    for part in outline.parts:
        part.signature = part.signature or _marked_signature(part, outline)
    return outline


def signature_of(term: "_Element", calls: "Sequence[_Element]" = ()) -> str:
    """The signature that a `dt` shows, with its overloads after `; `.

    Overloads are the `calls` that its body shows, or else the following terms without an id.
    """
    overloads = [term]
    for sibling in term.itersiblings():
        if sibling.tag != "dt" or sibling.get("id"):
            break
        overloads.append(sibling)
    return "; ".join(filter(None, map(one_line, calls or overloads)))


def _calls(bodies: "Sequence[_Element]") -> "list[_Element]":
    """The signatures that pygame's pages show in the body of an object."""
    return [call for body in bodies[:1] for call in body.iterfind("div/div/span[@class='signature']")]


def _boilerplate(content: "_Element") -> "Iterable[_Element]":
    """What TensorFlow says around the aliases of an object, and numpy before it (`method`)."""
    for box in content.iter("section"):
        if box.get("class") == "expandable":
            yield from (child for child in box if child.tag != "pre" and child.find(".//code") is None)
    for paragraph in content.iterchildren("p"):
        following = paragraph.getnext()
        if following is not None and following.tag == "dl" and one_line(paragraph) in _OBJECT_KINDS:
            yield paragraph


def _collect(content: "_Element") -> _Marks:
    marks = _Marks()
    for position, element in enumerate(content.iter()):
        anchor = element.get("id") or (element.get("name") if element.tag == "a" else None)
        if element.tag in LEVELS:
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
    parent = term.getparent()
    classes = f"{term.get('class', '')} {parent.get('class', '') if parent is not None else ''}"
    return not _NOTE_CLASSES.isdisjoint(classes.split())


def _main_term(marks: _Marks, names: dict[str, str] | None, stem: str, title: str) -> "_Element | None":
    """The term that the whole page is about, where the index lists the page and not the term."""
    for term in marks.terms:
        anchor = term.get("id", "")
        if names and anchor in names:
            continue
        if anchor.lower() == stem.lower() or (anchor == title and _QUALIFIED.fullmatch(anchor)):
            return term
    return None


def _targets(
    marks: _Marks, names: dict[str, str] | None, main: "_Element | None"
) -> "list[tuple[str, _Element]]":
    """Anchors with the elements that carry them, in document order."""
    chosen: dict[str, _Element] = {}
    for anchor in names or ():
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
                continue  # the title of the page, which is about that one object
            if LEVELS[str(heading.tag)] <= _SPLIT_LEVEL and heading not in taken and not is_unseen(heading):
                chosen.setdefault(heading_anchor(heading) or f"\0{len(chosen)}", heading)
    order = {anchor: marks.position.get(element, 0) for anchor, element in chosen.items()}
    return sorted(chosen.items(), key=lambda item: (order[item[0]], item[0]))


def _carrier(element: "_Element") -> "_Element":
    """The term or heading that an anchor inside it, or a section around it, stands for."""
    for ancestor in (element, *element.iterancestors("dt", "h1", "h2", "h3", "h4", "h5", "h6")):
        if ancestor.tag == "dt" or ancestor.tag in LEVELS:
            return ancestor
    if len(element) and element[0].tag in LEVELS:
        return element[0]
    return element


def _part(anchor: str, element: "_Element", outline: Outline, name: str) -> Part:
    group = len(outline.parts)
    part = Part(anchor.partition("\0")[0], element, [], group, name)
    if element.tag == "dt":
        part.roots = bodies_of(element)
        calls = _calls(part.roots)
        part.signature = signature_of(element, calls)
        outline.owners.update(dict.fromkeys(calls, -1))
    elif element.tag in LEVELS:
        part.roots = below_heading(element)
        part.name = part.name or one_line(element)
    else:
        part.roots = [element]
    shared = outline.owners.get(part.roots[0], -1) if part.roots and element.tag == "dt" else -1
    part.group = shared if shared > 0 and outline.parts[shared].element.tag == "dt" else group
    for root in part.roots:
        outline.owners[root] = part.group
    if element.tag == "dt" or element.tag in LEVELS:
        outline.owners[element] = -1
    return part


def _marked_signature(part: Part, outline: Outline) -> str:
    """The signature that a page or a heading shows in a box of its own, which leaves the text."""
    for element in _boxes(part.roots):
        if not _MARKED_SIGNATURES.isdisjoint(element.get("class", "").split()):
            owner = next((outline.owners[up] for up in element.iterancestors() if up in outline.owners), 0)
            if outline.owners.get(element, owner) == part.group:
                outline.owners[element] = -1
                return one_line(element)
            return ""
    return ""


def _boxes(roots: "Iterable[_Element]") -> "Iterable[_Element]":
    for root in roots:
        yield from root.iter("pre", "div")
