"""Tell the lines of code on a page from the numbers and labels that themes put beside them."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.etree import _Element

# fmt: off
LINE_NUMBERS: Final = frozenset({
    "CodeMirror-linenumber", "LineNr", "blob-num", "code-line-number", "gutter", "hljs-ln-n",
    "hljs-ln-numbers", "line-num", "line-number", "line-numbers-rows", "line-numbers-wrapper", "linenodiv",
    "lineno", "linenos", "linenum", "linenumber", "linenumbers", "ln", "lnt",
    "react-syntax-highlighter-line-number", "rouge-gutter", "rouge-line-number", "source-line-no",
    "src-line-numbers",
})
# fmt: on
"""Classes of line numbers of Pygments, Rouge, Chroma, Prism, highlight.js, GitHub, Javadoc, Vim and so on."""

CODE_LINES: Final = frozenset({"li", "div"})
"""Elements of which each is a line where code is shown."""

_CODE_LISTS: Final = frozenset({"linenums", "linenos", "hljs-list", "dp-c", "code-lines"})


def is_line_number(element: "_Element", attribute: str, value: str) -> bool:
    """Return whether an element shows nothing but the number that an attribute of it says.

    The class `line-numbers` is CodeRay's for numbers, and Prism's for a `pre` that is to have some.
    """
    if attribute == "class":
        return element.tag in {"span", "td"} and "line-numbers" in value.split()
    if attribute not in {"data-line-number", "data-lineno"}:
        return False
    shown = ""
    for text in element.itertext():
        shown += text.strip()
        if len(shown) > len(value) + 1:  # boxes with such an attribute may nest, each with a whole page in it
            return False
    return shown in {value, f"{value}."}


def is_language_label(element: "_Element") -> bool:
    """Return whether an element of the class `lang` names the language of the code beside it (VitePress)."""
    parent = element.getparent() if element.tag == "span" else None
    return parent is not None and (parent.get("class") or "").startswith("language-")


def is_numbered_code(element: "_Element") -> bool:
    """Return whether an element without `pre` has a line of code in each item.

    It is `<ol class="linenums">`, GitHub's table with a line in each row, or SyntaxHighlighter's cell and
    doxygen's fragment with a line in each `div`.
    """
    classes = (element.get("class") or "").split()
    if element.tag == "ol":
        return not _CODE_LISTS.isdisjoint(classes)
    if element.tag == "table":
        return "highlight" in classes and element.find(".//td[@data-line-number]") is not None
    if element.tag == "div":
        return "fragment" in classes and len(element) > 0 and _is_line_box(element[0])
    return element.tag == "td" and "code" in classes and _has_line_boxes(element)


def _has_line_boxes(element: "_Element") -> bool:
    box = element.find(".//div[@class]/div[@class]")
    return box is not None and _is_line_box(box)


def _is_line_box(box: "_Element") -> bool:
    return (box.get("class") or "").split()[:1] in (["line"], ["foldopen"])  # the latter may be folded up
