"""HTML into plain text: what a reader of the page sees, with code, lists and tables kept in shape.

lxml is walked directly: a BeautifulSoup tree costs sixteen times the CPU of the lxml tree that it
is made from (300 pages of DevDocs: 0.69 s and 0.04 s).
"""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from corpora.outside.characters import without_invisible
from corpora.outside.invisible_elements import hides, invisible_chars

if TYPE_CHECKING:
    from lxml.etree import _Element

# fmt: off
_UNSEEN_TAGS = frozenset({
    "area", "audio", "base", "button", "canvas", "embed", "footer", "head", "iframe", "img", "input",
    "link", "meta", "nav", "noscript", "object", "script", "select", "style", "svg", "template", "textarea",
    "title", "video",
})
_UNSEEN_CLASSES = frozenset({
    "_attribution", "breadcrumb", "breadcrumbs", "copybtn", "edit-link", "edit-page", "headerlink",
    "katex-html", "linenodiv", "lineno", "linenos", "nocontent", "related", "sphinxsidebar", "toc-backref",
    "viewcode-link",
})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "html", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
})
_SPACED = frozenset({
    "blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul",
})
# fmt: on
_UNSEEN_ROLES = frozenset({"banner", "contentinfo", "navigation", "search"})
_EDIT_LINK = re.compile(r"(?:¶|#|§|\[?(?:source|docs|edit)\]|(?:edit|view source) on \w+)", re.IGNORECASE)

_INDENTED = frozenset({"dd", "li"})
_HEADINGS = {"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "h5": "##### ", "h6": "###### "}
_MAX_INDENT = 16  # pages with a thousand unclosed <li> exist; their text need not drift away

_TAG = re.compile(r"<(?:[a-zA-Z][a-zA-Z0-9-]*[\s/>]|!doctype)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class NotHtml(Exception):
    """The bytes are not a page of HTML; the message says what they look like instead."""


def decode_html(data: bytes) -> str:
    """`data` as text by its byte order mark, as UTF-8, as its `<meta charset>` says, or as cp1252.

    Valid UTF-8 beats the declared charset, since a page that is re-encoded keeps its old `<meta>`;
    seven-bit encodings (ISO-2022-JP) are valid UTF-8 by accident, so for them it does not.
    """
    from bs4.dammit import EncodingDetector, UnicodeDammit  # (loaded with the first page, like lxml)

    declared = EncodingDetector.find_declared_encoding(data[:4096], is_html=True) or ""
    tried = ["utf-8", declared] if not declared.startswith("iso-2022") else [declared, "utf-8"]
    # All are named, down to the one that takes any byte: left to itself UnicodeDammit would ask a
    # detector, if one happens to be installed, and the same page would read differently elsewhere.
    page = UnicodeDammit(data, user_encodings=[*filter(None, tried), "cp1252", "latin-1"], is_html=True)
    return page.unicode_markup or ""


def parse_html(data: bytes) -> "_Element":
    """The root element of a page. Raises `NotHtml` where there is none to be had."""
    return read_html(data)[0]


def read_html(data: bytes) -> "tuple[_Element, int]":
    """The root element of a page, and how many characters on it nobody sees. Raises `NotHtml`."""
    from lxml import etree  # (loaded with the first page, not with the package)

    text = decode_html(data)
    if text.lstrip().startswith("%PDF-"):
        raise NotHtml("a PDF document")
    if len(_CONTROL.findall(text[:20_000])) > 0.01 * min(len(text), 20_000):
        raise NotHtml("binary data")
    if not _TAG.search(text):
        raise NotHtml("there is no tag in it")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    encoded = text.replace("\0", "").encode("utf-8", "replace")
    try:
        root = etree.fromstring(encoded, parser)
    except etree.LxmlError as error:
        raise NotHtml(str(error)) from error
    if root is None:
        raise NotHtml("no element could be parsed")
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise NotHtml("tags are nested too deep to be read to the end")
    return root, invisible_chars(text, root)


def one_line(element: "_Element") -> str:
    """The text of `element` with whitespace collapsed, without what a reader does not see."""
    return " ".join(render([element], inline=True).split())


def is_unseen(element: "_Element") -> bool:
    """Whether `element` is page furniture or hidden from the reader."""
    if element.tag in _UNSEEN_TAGS:
        return True
    for name, value in element.items():
        if name == "class":
            if not _UNSEEN_CLASSES.isdisjoint(value.split()):
                return True
        elif (
            name == "hidden"
            or (name == "style" and hides(value))
            or (name == "aria-hidden" and value == "true")
            or (name == "role" and value in _UNSEEN_ROLES)
        ):
            return True
    if element.tag == "a" and len(element) < 3:
        label = "".join(element.itertext()).strip()
        return len(label) < 30 and _EDIT_LINK.fullmatch(label) is not None
    return False


def render(
    roots: Iterable["_Element"],
    skip: Callable[["_Element"], bool] = lambda element: False,
    *,
    inline: bool = False,
) -> str:
    """The text of `roots`, each with the text that follows it, without the subtrees that `skip` refuses.

    Paragraphs are separated by a blank line; `pre` keeps its lines; list items start with `- `;
    what belongs to a term or an item is indented by two spaces; table cells are joined by ` | `;
    headings keep their level as `## `. With `inline`, everything is one run of text, and the text
    after the roots is left out. The stack is explicit, since badly closed pages nest deeper than Python
    recurses.
    """
    writer = _Writer(inline)
    for root in roots:
        writer.indent = (
            -2 if root.tag in _INDENTED and not inline else 0
        )  # a body on its own starts at the margin
        todo: list[tuple[_Element, bool]] = [(root, True)]
        while todo:
            element, opening = todo.pop()
            if not opening:
                writer.close(element)
            elif not isinstance(element.tag, str) or is_unseen(element) or skip(element):
                pass
            else:
                writer.open(element)
                todo.append((element, False))
                todo.extend([(child, True) for child in reversed(element)])
                continue
            if element.tail and not (inline and element is root):
                writer.pieces.append(element.tail)
    return writer.finish()


class _Writer:
    """Lines of text under construction; `pieces` are those of the line that is not finished."""

    def __init__(self, inline: bool) -> None:
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.indent = 0
        self.marker = ""
        self.gap = False
        self.cells = 1 if inline else 0  # how many table cells are open; in a cell all is one line
        self.verbatim = 0
        self.rows: list[int] = []  # cells seen in each open row; -1 where cells are blocks

    def open(self, element: "_Element") -> None:
        tag = element.tag
        if tag == "br":
            self.pieces.append("\n") if self.verbatim else self.break_line()
        elif tag in {"td", "th"} and self.rows and self.rows[-1] >= 0:
            self.open_cell()
        elif tag in _BLOCKS:
            self.break_line()
            self.open_block(element, str(tag))
        elif tag == "span" and "classifier" in element.get("class", "").split():
            self.pieces.append(" " if (element.text or "").startswith(":") else " : ")
        elif tag == "sup" and len(element) == 0:
            self.pieces.append("^")
        if element.text:
            self.pieces.append(element.text)

    def open_cell(self) -> None:
        if self.rows[-1]:
            self.pieces.append(" | ")
        self.rows[-1] += 1
        self.cells += 1

    def open_block(self, element: "_Element", tag: str) -> None:
        if tag == "tr":
            field = "field" in element.get("class", "").split()  # old Sphinx: a table for a field list
            blocks = field or next(element.iter("pre", "table", "dl"), None) is not None
            self.rows.append(-1 if blocks and not self.cells else 0)
        if self.cells:
            return
        if tag in _SPACED and not self.indent:
            self.gap = True
        if tag in _INDENTED:
            self.indent += 2
            self.marker = "- " if tag == "li" and self.indent else ""
        elif tag in _HEADINGS:
            self.marker = _HEADINGS[tag]
        elif tag == "pre":
            self.verbatim += 1

    def close(self, element: "_Element") -> None:
        tag = element.tag
        if tag not in _BLOCKS:
            return
        if tag == "dt" and element.get("class", "").startswith("field-"):
            self.pieces.append(":")
        if tag in {"td", "th"} and self.rows and self.rows[-1] >= 0:
            self.cells -= 1
            return
        self.break_line()
        if tag == "tr":
            self.rows.pop()
        if self.cells:
            return
        if tag in _INDENTED:
            self.indent -= 2
        elif tag == "pre" and self.verbatim:
            self.verbatim -= 1
        if tag in _SPACED and not self.indent:
            self.gap = True
        self.marker = ""

    def break_line(self) -> None:
        """End the line under construction; within a table cell, only put a space."""
        if self.cells:
            self.pieces.append(" ")
            return
        text = "".join(self.pieces)
        self.pieces.clear()
        if self.verbatim:
            lines = [line.rstrip() for line in text.strip("\n").split("\n")]
        else:
            lines = [" ".join(text.split())]
        if not any(line.strip(" |:") for line in lines):
            return
        if self.gap and self.lines:
            self.lines.append("")
        self.gap = False
        margin = " " * min(self.indent, _MAX_INDENT)
        for line in lines:
            first = margin[len(self.marker) :] + self.marker if self.indent else self.marker
            self.lines.append((first + line).rstrip())
            self.marker = ""

    def finish(self) -> str:
        if self.cells:
            return without_invisible("".join(self.pieces)).strip()
        self.break_line()
        return without_invisible("\n".join(self.lines)).strip("\n")
