"""Collect what other pages say about a page that the index lists but the folder does not contain.

Dumps of documentation have such holes (DevDocs' matplotlib 3.5 lists `pyplot.subplots` without its page),
often for the best-known functions. Tables of contents and cross-references still show the call and a
sentence about it, which is better than nothing.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING

from corpora.outside.files import read_outside
from corpora.pages.html_text import NotHtml, inline_text, is_unseen, parse_html

if TYPE_CHECKING:
    from lxml.etree import _Element

_HREF = re.compile(rb"""href\s*=\s*["']?([^"'#?>\s]+)""", re.IGNORECASE)
_MAX_MENTIONS = 8
_MAX_MENTION_CHARS = 1000
_MAX_PAGE_BYTES = 8_000_000


def mentions(content: "_Element", is_target: Callable[[str], bool]) -> list[str]:
    """Return the table rows, list items and paragraphs that link to a target, one line each, without repeats.

    Args:
        content: the part of a page to search.
        is_target: returns whether the `href` of a link leads to the target.

    Returns:
        At most 8 lines in the order of the page; those of a single word or of more than 1,000 characters are
        left out.
    """
    lines: dict[str, None] = {}
    for link in content.iter("a"):
        if is_target(link.get("href") or "") and not any(map(is_unseen, (link, *link.iterancestors()))):
            line = _around(link)
            if " " in line and len(line) <= _MAX_MENTION_CHARS:
                lines[line] = None
        if len(lines) == _MAX_MENTIONS:
            break
    return list(lines)


@lru_cache(maxsize=16)
def absent_pages(folder: Path, absent: frozenset[str], stamp: str) -> dict[str, str]:
    """Return what the pages of `folder` say about each of the `absent` pages.

    Args:
        folder: of one library.
        absent: paths of pages in `folder`, without suffix.
        stamp: of the folder's index; part of the cache's key, so that a new index is noticed.

    Returns:
        Text by page; a page that no other mentions is not in it.
    """
    found: dict[str, list[str]] = {page: [] for page in absent}
    stems = {page.rpartition("/")[2].encode() for page in absent}
    for path in sorted(folder.rglob("*.htm*")):
        try:
            data = read_outside(path, max_bytes=_MAX_PAGE_BYTES, follow_links=False)
        except OSError:
            continue  # the scan reports that page under its own name
        # Parsing is slow, so only pages with a link to a file of the right name are parsed.
        hrefs = {href for href in _HREF.findall(data) if _stem(href) in stems}
        base = path.relative_to(folder).parent.as_posix()
        linked = {_page(base, href.decode("utf-8", "replace")) for href in hrefs} & absent
        try:
            root = parse_html(data) if linked else None
        except NotHtml:
            continue
        for page in sorted(linked):
            if root is not None and len(found[page]) < _MAX_MENTIONS:
                found[page] += mentions(root, lambda href, page=page, base=base: _page(base, href) == page)  # type: ignore[misc]
    return {
        page: "\n".join(sorted(dict.fromkeys(lines), key=_is_prose)) for page, lines in found.items() if lines
    }


def _is_prose(line: str) -> bool:
    """Return False for table rows, to sort them first: they say most, the call and its purpose."""
    return " | " not in line


def _around(link: "_Element") -> str:
    """Return the text of the table row, list item, paragraph or term (with its body) around a link."""
    for tags in (("tr",), ("li", "p", "dt")):
        around = next(link.iterancestors(*tags), None)
        if around is not None:
            body = around.getnext() if around.tag == "dt" else None
            return " ".join(inline_text(part) for part in (around, body) if part is not None)
    return ""


def _stem(href: bytes) -> bytes:
    return href.rpartition(b"/")[2].removesuffix(b".html")


def _page(base: str, href: str) -> str:
    """Return the page that `href` leads to from a page in the folder `base`, as a path without suffix."""
    return normpath(f"{base}/{href.partition('#')[0]}").removesuffix(".html")
