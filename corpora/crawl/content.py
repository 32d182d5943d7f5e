"""Read a fetched page: its text as UTF-8, its links, and its directives for robots."""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from corpora.crawl.record import Reading
from corpora.crawl.scope import normal_url
from corpora.pages.html_redirect import redirect_of
from corpora.pages.html_text import NotHtml, parse_html

if TYPE_CHECKING:
    from lxml.etree import _Element

_LINKS = {"a": "href", "area": "href", "frame": "src", "iframe": "src", "link": "href"}
_LINKED_AS = frozenset({"next", "prev", "contents", "index", "chapter", "section"})
_BOM = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:+-]{1,40})", re.IGNORECASE)
# The charsets of web pages (https://encoding.spec.whatwg.org/), by Python's names for them.
_CHARSETS = re.compile(
    r"ascii|utf-(?:8|16|32)(?:-[bl]e|-sig)?|iso8859-\d+|cp(?:125\d|866|874|932|949|950)|koi8-[rut]|mac-\w+"
    r"|gb2312|gbk|gb18030|big5(?:hkscs)?|euc_\w+|shift_jis\w*|johab|hz|iso2022_\w+|tis-620|ptcp154|kz1048"
)
_MAX_HEADER_CHARS = 500
_MAX_TARGETS = 50_000  # links of one page that are considered
MAX_MARKDOWN_CHARS = 250_000
"""Characters of a Markdown page that are searched for links."""
_MARKDOWN_SUFFIX = re.compile(r"\.(?:md|markdown)(?:\?.*)?$", re.IGNORECASE)


def media_type(content_type: str) -> str:
    """Return the media type in a `Content-Type` header: `text/html` of `text/html; charset=utf-8`."""
    return content_type.partition(";")[0].strip().lower()


def language(url: str, content_type: str) -> str:
    """Return the language of a page: `html`, `markdown` or `text`."""
    kind = media_type(content_type)
    if "html" in kind:
        return "html"
    return "markdown" if "markdown" in kind or _MARKDOWN_SUFFIX.search(url) else "text"


def as_utf8(body: bytes, content_type: str) -> bytes:
    """Return `body` converted to UTF-8 if it is in the charset of the HTTP header, else unchanged.

    A body with a byte order mark or in valid UTF-8 is left alone, as headers are wrong more often than that.
    Seven-bit encodings (ISO-2022-JP) are valid UTF-8 by accident; for those the header decides.
    """
    charset = _charset(content_type)
    if not charset or body.startswith(_BOM):
        return body
    try:
        if not charset.startswith(("iso2022", "utf-16", "utf-32")):
            body.decode("utf-8")
            return body
    except UnicodeDecodeError:
        pass
    try:
        return body.decode(charset).encode("utf-8")
    except UnicodeError:
        return body


def _charset(content_type: str) -> str:
    found = _CHARSET.search(content_type[:_MAX_HEADER_CHARS])
    try:
        name = codecs.lookup(found[1]).name if found else ""
    except (LookupError, ValueError):
        return ""
    # `hex`, `zip`, `punycode` and `unicode_escape` are codecs of Python, but no charsets.
    return name if _CHARSETS.fullmatch(name) else ""


def read_page(url: str, body: bytes, content_type: str, robots_tag: str = "") -> Reading:
    """Read the links of a page, and whether it asks not to be indexed.

    Args:
        url: where the page was fetched, in normal form; relative links start from it.
        body: as it was fetched, in any encoding.
        content_type: the header `Content-Type`.
        robots_tag: the header `X-Robots-Tag`.

    Returns:
        Each link once, in normal form and in the order of the page; none if the page is marked `nofollow`.
        Of a page that only leads on to another one, just where it leads.
    """
    asked = _directives([robots_tag])
    kind = language(url, content_type)
    links: Iterable[str] = ()
    if kind == "html":
        try:
            root = parse_html(as_utf8(body, content_type))
        except NotHtml:
            return Reading()
        asked |= _directives(
            tag.get("content") or ""
            for tag in root.iter("meta")
            if (tag.get("name") or "").lower() in {"robots", "docprompting"}
        )
        if (target := normal_url(redirect_of(root), url)) and target != url:
            return Reading(redirect=target)
        links = _html_links(root, url)
    elif kind == "markdown":
        links = markdown_links(as_utf8(body, content_type).decode("utf-8", "replace"), url)
    found = (
        ()
        if asked & {"nofollow", "none"}
        else tuple(dict.fromkeys(filter(None, islice(links, _MAX_TARGETS))))
    )
    return Reading(found, is_unlisted=bool(asked & {"noindex", "none"}))


def _directives(values: Iterable[str]) -> set[str]:
    # `otherbot: noindex` in a header is for another robot: with the name in front it matches no directive.
    return {word.strip().lower() for value in values for word in value.split(",")}


def _html_links(root: "_Element", url: str) -> Iterator[str]:
    base = next((tag.get("href") for tag in root.iter("base") if tag.get("href")), "")
    base = normal_url(base, url) or url
    targets: dict[str, None] = {}  # an ordered set: without fragments, many links of a page are the same
    for tag in root.iter(*_LINKS):
        rel = set((tag.get("rel") or "").lower().split())
        target = (tag.get(_LINKS[tag.tag]) or "").partition("#")[0]
        if len(targets) >= _MAX_TARGETS:
            break
        if target and "nofollow" not in rel and (tag.tag != "link" or rel & _LINKED_AS):
            targets[target] = None
    return (normal_url(target, base) for target in targets)


def markdown_links(text: str, url: str) -> Iterator[str]:
    """Yield the links of a Markdown text at `url` in normal form; an empty string for one not to be fetched.

    Only the first `MAX_MARKDOWN_CHARS` are searched, since the parser's time can grow with their square.
    """
    from markdown_it import MarkdownIt

    for token in MarkdownIt("commonmark").parse(text[:MAX_MARKDOWN_CHARS]):
        for child in token.children or ():
            if child.type == "link_open":
                yield normal_url(str(child.attrs.get("href", "")), url)
