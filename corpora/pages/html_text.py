"""Turn HTML into plain text: what a reader of the page sees, with code, lists and tables kept in shape.

The lxml tree is walked directly: making a BeautifulSoup tree takes sixteen times as much CPU time
(300 pages of DevDocs: 0.69 s and 0.04 s).
"""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from corpora.outside.characters import without_invisible
from corpora.outside.file_text import decode_text
from corpora.outside.invisible_elements import hides, invisible_chars
from corpora.outside.tab_panels import show_tab_panels
from corpora.pages.code_lines import (
    CODE_LINES,
    LINE_NUMBERS,
    is_language_label,
    is_line_number,
    is_numbered_code,
)

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
    "katex-html", "nocontent", "permalink", "related", "rightside", "sphinxsidebar", "srclink", "ttc",
    "viewcode-link",
}) | LINE_NUMBERS
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "html", "label", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "ul",
})
_SPACED = frozenset({
    "blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul",
})
# fmt: on
_UNSEEN_ROLES = frozenset({"banner", "contentinfo", "navigation", "search"})
_EDIT_LINK = re.compile(
    r"(?:¶|#|§|(?:view )?source|\[?(?:source|docs|edit)\]|(?:edit|view source) on \w+)", re.IGNORECASE
)

_INDENTED = frozenset({"dd", "li"})
_HEADINGS = {"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "h5": "##### ", "h6": "###### "}
_MAX_INDENT = 16  # spaces; there are pages with a thousand unclosed <li>, each nested in the one before

MARKUP_FACTOR = 8
"""Bytes of a page for one of text: `max_file_bytes` is meant for text, while a reference page of matplotlib
with 1.8 MB holds 240 kB of it."""

_TAG = re.compile(r"<(?:[a-zA-Z][a-zA-Z0-9-]*[\s/>]|!doctype)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class NotHtml(Exception):
    """The bytes are not a page of HTML; the message says what they are instead."""


def decode_html(data: bytes) -> str:
    """Decode a page by its byte order mark, as UTF-8, by its `<meta charset>`, or by a guess, in this order.

    Valid UTF-8 takes precedence over the declared charset, since converted pages often keep their old
    `<meta>`. Seven-bit encodings (ISO-2022-JP) are valid UTF-8 by accident; for them the `<meta>` decides.
    """
    from bs4.dammit import EncodingDetector, UnicodeDammit  # heavy: loaded with the first page, like lxml

    declared = EncodingDetector.find_declared_encoding(data[:4096], is_html=True) or ""
    tried = ["utf-8", declared] if not declared.startswith("iso-2022") else [declared, "utf-8"]
    # The list ends with an encoding that accepts any byte. Otherwise UnicodeDammit would ask a detector if
    # one happens to be installed, and the same page would be read differently on another machine.
    tried += [_guessed(data), "cp1252", "latin-1"]
    page = UnicodeDammit(data, user_encodings=[*filter(None, tried)], is_html=True)
    return page.unicode_markup or ""


def _guessed(data: bytes) -> str:
    """Return the encoding of a page whose bytes are not UTF-8, as far as they tell; empty if they do not."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        decoded = decode_text(data)
        return decoded[1] if isinstance(decoded, tuple) else ""
    return ""


def parse_html(data: bytes) -> "_Element":
    """Return the root element of a page.

    Raises:
        NotHtml: the bytes are no HTML, or nested too deeply.
    """
    return read_html(data)[0]


def read_html(data: bytes) -> "tuple[_Element, int]":
    """Return the root element of a page, and how many invisible characters the page has.

    Raises:
        NotHtml: the bytes are no HTML, or nested too deeply.
    """
    from lxml import etree  # heavy: loaded with the first page

    text = decode_html(data)
    if text.lstrip().startswith("%PDF-"):
        raise NotHtml("a PDF document")
    if len(_CONTROL.findall(text[:20_000])) > 0.01 * min(len(text), 20_000):
        raise NotHtml("binary data")
    if not _TAG.search(text):
        raise NotHtml("a text without any tag")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    encoded = text.replace("\0", "").encode("utf-8", "replace")
    try:
        root = etree.fromstring(encoded, parser)
    except etree.LxmlError as error:
        raise NotHtml(str(error)) from error
    if root is None:
        raise NotHtml("no element could be parsed")
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise NotHtml("its tags are nested too deeply")
    show_tab_panels(root)
    return root, invisible_chars(text, root)


def inline_text(element: "_Element") -> str:
    """Return the visible text of `element` on one line, with white space collapsed."""
    return " ".join(plain_text([element], inline=True).split())


def is_unseen(element: "_Element") -> bool:
    """Return whether `element` is hidden from the reader, or is navigation, a button or the like."""
    if element.tag in _UNSEEN_TAGS:
        return True
    for name, value in element.items():
        if name == "class":
            if (
                not _UNSEEN_CLASSES.isdisjoint(value.split())
                or is_line_number(element, name, value)
                or (value == "lang" and is_language_label(element))
            ):
                return True
        elif (
            name == "hidden"
            or (name == "style" and hides(value))
            or (name == "aria-hidden" and value == "true")
            or (name == "role" and value in _UNSEEN_ROLES)
            or is_line_number(element, name, value)
        ):
            return True
    if element.tag == "a" and len(element) < 3:
        label = "".join(element.itertext()).strip()
        return len(label) < 30 and _EDIT_LINK.fullmatch(label) is not None
    return False


def plain_text(
    roots: Iterable["_Element"],
    skip: Callable[["_Element"], bool] = lambda element: False,
    *,
    inline: bool = False,
) -> str:
    """Return the visible text of some elements.

    Args:
        roots: the elements; the text after each, up to the next tag, belongs to it.
        skip: returns whether to leave out an element with all that is in it.
        inline: whether to make one run of text, without the text after the roots.

    Paragraphs are separated by a blank line; `pre` keeps its lines; list items start with `- `;
    the body of a term or an item is indented by two spaces; table cells are joined by ` | `;
    headings keep their level as `## `.
    """
    # A stack instead of recursion: pages with unclosed tags nest deeper than Python can recurse.
    writer = _Writer(inline)
    for root in roots:
        # A `dd` or `li` indents by 2 when it is opened; as a root, its text starts at the margin.
        writer.indent = -2 if root.tag in _INDENTED and not inline else 0
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
    """Builds lines of text as elements are opened and closed; `pieces` belong to the unfinished line."""

    def __init__(self, inline: bool) -> None:
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.indent = 0
        self.marker = ""
        self.gap = False
        self.cells = 1 if inline else 0  # number of open table cells; text in a cell is one line
        self.verbatim = (
            0  # number of open `pre`, and of lists and tables that hold a line of code in each item
        )
        self.starts: list[int] = []  # for each open item that is a line of code, the lines before it
        self.rows: list[int] = []  # for each open row, its cells so far; -1 if its cells are blocks

    def open(self, element: "_Element") -> None:
        tag = element.tag
        if tag == "br":
            self.pieces.append("\n") if self.verbatim else self.break_line()
        elif tag in {"td", "th"} and self.rows and self.rows[-1] >= 0:
            self.open_cell()
        elif tag in _BLOCKS:
            self.break_line()
            self.open_block(element, str(tag))
        elif tag == "span" and "classifier" in element.get("class", "").split():  # Sphinx: `x` and `int`
            self.pieces.append(" " if (element.text or "").startswith(":") else " : ")
        elif tag == "sup" and len(element) == 0:  # 2<sup>10</sup> is 2^10, not 210
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
            field = "field" in element.get("class", "").split()  # old Sphinx: "Parameters | x (int)"
            blocks = field or self.verbatim > 0 or next(element.iter("pre", "table", "dl"), None) is not None
            blocks = blocks or any(map(is_numbered_code, element.iterchildren("td")))
            self.rows.append(-1 if blocks and not self.cells else 0)
        if self.cells:
            return
        if tag in _SPACED and not self.indent:
            self.gap = True
        if self.verbatim and tag in CODE_LINES:
            self.starts.append(len(self.lines))
        elif tag in _INDENTED:
            self.indent += 2
            self.marker = "- " if tag == "li" and self.indent else ""
        elif tag in _HEADINGS:
            self.marker = _HEADINGS[tag]
        elif tag == "pre" or is_numbered_code(element):
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
        if self.verbatim and tag in CODE_LINES and self.starts:
            self.close_line()
        elif tag in _INDENTED:
            self.indent -= 2
        elif self.verbatim and (tag == "pre" or is_numbered_code(element)):
            self.verbatim -= 1
        if tag in _SPACED and not self.indent:
            self.gap = True
        self.marker = ""

    def close_line(self) -> None:
        """End an item that is a line of code, which may be empty."""
        if self.starts.pop() == len(self.lines):
            self.lines.append("")

    def break_line(self) -> None:
        """End the unfinished line; within a table cell, only add a space."""
        if self.cells:
            self.pieces.append(" ")
            return
        text = "".join(self.pieces)
        self.pieces.clear()
        if self.verbatim:
            lines = [line.rstrip() for line in text.strip("\n").split("\n")]
        else:
            lines = [" ".join(text.split())]
        if not any(line.strip(" |:") for line in lines):  # a row of empty cells leaves ` | | `
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
