"""Cut a page of HTML into the objects that it documents, or at its headings."""

import re
from collections import defaultdict
from textwrap import dedent
from typing import TYPE_CHECKING

from corpora.document import Section
from corpora.pages.html_absent import mentions
from corpora.pages.html_outline import QUALIFIED_NAME, Outline, PagePart, outline_page
from corpora.pages.html_text import inline_text, plain_text

if TYPE_CHECKING:
    from lxml.etree import _Element


_DOMAIN = re.compile(r"^(?:c|cpp|js|rst|std)\.(?=\w)")  # Sphinx puts the language before C names
_RUST_ANCHOR = re.compile(
    r"(?:(?:ty)?method|variant|structfield|associated(?:constant|type)|reexport|impl)\.(.+?)(?:-\d+)?"
)
_RUST_PAGE = re.compile(r"(?:struct|enum|trait|union|primitive)\.(.+)")
_DECLARATION = re.compile(r"^(?:(?:abstract|async|class|classmethod|exception|property|static) )+")
_SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)
_NEAR_EMPTY_CHARS = 80
_NEAR_EMPTY_PAGE_CHARS = 200  # the same for a page whose objects are parts of their own
_MAX_MEMBERS = 60
_MAX_SUMMARY_CHARS = 200
_MAX_MISSING_CHARS = 4000  # of the page's text, for each listed anchor that is not on it


def page_sections(root: "_Element", names: dict[str, str] | None, stem: str) -> tuple[Section, ...]:
    """Return the sections of a page in document order; none of them is empty.

    Args:
        root: the page.
        names: anchor to display name of what the documentation's index lists on this page ("" is
            the page itself); None if there is no index.
        stem: the last component of the page's path, without its suffix.

    Each listed anchor gets a section, even if the page does not have it. The text of an object inside
    another (a method in its class) is only in its own section. A section that would be (nearly)
    empty is filled with the first sentences of its members, else with its signature.
    """
    outline = outline_page(root, names, stem)
    page = outline.parts[0]
    about = page.element.get("id") if page.element.tag == "dt" else ""
    page.name = about or _page_name(page.name, outline.title, stem)
    texts = [_own_text(part, outline) for part in outline.parts]
    members = _members(outline, texts)
    sections: list[Section] = []
    for part, own in zip(outline.parts, texts, strict=True):
        listed = names is not None and part.anchor in names
        says_more = part.element.tag == "dt" or part.signature or (part.anchor and members[part.group])
        if not own and not listed and not says_more:
            continue  # the page without text of its own, or a heading with nothing below it
        text = _filled(part, own, members[part.group]) if _says_too_little(own, part, names) else own
        if text:
            name = _rust_name(part.anchor, stem) or _name(part)
            is_bare = text == part.signature
            sections.append(Section(name, text, part.anchor, part.signature, is_bare=is_bare))
    present = {section.anchor for section in sections}
    missing = {anchor: name for anchor, name in (names or {}).items() if anchor not in present}
    sections += _missing_sections(outline, missing)
    if not sections and (whole := plain_text([outline.content])):
        sections.append(Section(outline.title or stem, whole))
    return tuple(sections)


def _missing_sections(outline: Outline, names: dict[str, str]) -> list[Section]:
    """Make sections for listed anchors that are not on the page: lines that link to them, else the page."""
    whole = plain_text([outline.content])[:_MAX_MISSING_CHARS] if names else ""
    sections = []
    for anchor, display in names.items():
        said = mentions(outline.content, lambda href, anchor=anchor: href.rpartition("#")[2] == anchor)  # type: ignore[misc]
        name = _qualified(anchor, display)
        sections.append(Section(name, "\n".join(said) or whole or name, anchor))
    return sections


def absent_sections(text: str, names: dict[str, str], stem: str) -> tuple[Section, ...]:
    """Make the sections of a listed page that does not exist; `text` is what other pages say about it."""
    return tuple(
        Section(_qualified(anchor, name) if anchor else _page_name(name, "", stem), text, anchor)
        for anchor, name in names.items()
    )


def _own_text(part: PagePart, outline: Outline) -> str:
    """Return the text of a part without that of the parts inside it."""
    owners = outline.owners
    text = plain_text(part.roots, lambda element: owners.get(element, part.group) != part.group)
    text = dedent(text) if text.startswith(" ") else text  # a body within a list is indented
    if part.group == 0 and outline.title and outline.title != _name(part):
        text = f"{outline.title}\n\n{text}".strip()  # "poplib — POP3 protocol client" describes poplib
    return text


def _members(outline: Outline, texts: list[str]) -> dict[int, list[str]]:
    """Return, for each group, a line for each part directly inside it: name and first sentence."""
    members: dict[int, list[str]] = defaultdict(list)
    for part, text in zip(outline.parts[1:], texts[1:], strict=True):
        paragraph = text.partition("\n\n")[0][:_MAX_SUMMARY_CHARS]
        sentence = _SENTENCE.match(paragraph)
        summary = " ".join((sentence.group() if sentence else paragraph).split())
        lines = members[outline.parent(part)]
        if len(lines) < _MAX_MEMBERS:
            lines.append(f"- {_name(part)}: {summary or part.signature}".removesuffix(": "))
    return members


def _says_too_little(text: str, part: PagePart, names: dict[str, str] | None) -> bool:
    """Return whether a section says too little; without an index, only an empty one does."""
    if names is None:
        return not text
    if part.group:
        return len(text) < _NEAR_EMPTY_CHARS
    return len(text) < _NEAR_EMPTY_PAGE_CHARS or text.startswith("#")


def _filled(part: PagePart, text: str, members: list[str]) -> str:
    """Return a text that is too short, completed by a line for each member, else by the signature."""
    inside = "\n".join(members)
    # A text that starts with a heading does not describe the part, so the members come first.
    blocks = (inside, text) if text.startswith("#") else (text, inside)
    return "\n\n".join(filter(None, blocks)) or part.signature or inline_text(part.element)[:1000]


def _name(part: PagePart) -> str:
    if part.group == 0:
        return part.name
    return _qualified(part.anchor, part.name) or _term_name(part)


def _rust_name(anchor: str, stem: str) -> str:
    """Return the path of a member on a page of rustdoc: `method.push` on `struct.Vec` is `Vec::push`."""
    member, page = _RUST_ANCHOR.fullmatch(anchor), _RUST_PAGE.fullmatch(stem)
    return f"{page[1]}::{member[1]}" if member and page else ""


def _page_name(name: str, title: str, stem: str) -> str:
    """Return the name of a page: that of its object, in the most qualified form on the page."""
    name = _without_call(name.removeprefix("module-"))
    if name and stem.lower().endswith(f".{name.lower()}"):
        return stem[: -len(name)] + name  # "transform" on the page "skimage.transform" is the latter
    if QUALIFIED_NAME.fullmatch(title) or name not in title:
        return title or name
    return name or title or stem


def _qualified(anchor: str, name: str) -> str:
    """Return the name behind an anchor: the anchor itself if it is a qualified name.

    `os.path.isabs` -> `os.path.isabs`, `module-json` -> `json`, `c.PyArray_DIMS` -> `PyArray_DIMS`,
    `std:setting-DEBUG` with the display name `settings.DEBUG` -> `settings.DEBUG`.
    """
    if anchor.startswith("module-"):
        return anchor.removeprefix("module-")
    plain = _DOMAIN.sub("", anchor, count=1)
    if QUALIFIED_NAME.fullmatch(plain) or plain != anchor:
        return plain
    return _without_call(name.removeprefix("module-"))


def _without_call(name: str) -> str:
    """Remove the parameters of a call: `sort(key, reverse)` -> `sort`, but not the end of `Usage (Linux)`."""
    paren = name.find("(", name.rfind("\n") + 1)
    is_call = paren > 0 and name.endswith(")") and not name[paren - 1].isspace()
    return name[:paren] if is_call else name


def _term_name(part: PagePart) -> str:
    """Return the name of a term that no index lists, by its signature: `class Foo(bar)` -> `Foo`.

    TypeDoc writes `parse → parse` for a name that another module exports, too.
    """
    shown = part.signature.partition("; ")[0].partition("(")[0].partition(" → ")[0]
    return _DECLARATION.sub("", shown).strip() or part.anchor
