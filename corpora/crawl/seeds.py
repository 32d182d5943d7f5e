"""What a site publishes for robots: robots.txt, sitemaps, llms.txt, the inventory of Sphinx."""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpora.crawl.fetch import AGENT
from corpora.crawl.scope import normal_url

_LONGEST_DELAY = 10.0  # seconds between requests, whatever robots.txt asks for
_MAX_ROBOTS_BYTES = 500_000  # what RFC 9309 has a robot read
_MAX_SITEMAP_BYTES = 50_000_000  # by the protocol of sitemaps
_PROJECT = re.compile(
    rb"# Sphinx inventory version \d\r?\n# Project: ([^\r\n]*)\r?\n# Version: ([^\r\n]*)\r?\n"
)


class Robots:
    """What robots.txt says to this robot. Without a body it says nothing."""

    def __init__(self, body: bytes | None) -> None:
        from protego import Protego

        text = (body or b"")[:_MAX_ROBOTS_BYTES].decode("utf-8", "replace").replace("\0", "")
        self._rules = Protego.parse(text)

    def allows(self, url: str) -> bool:
        """Whether this robot may fetch `url`."""
        return bool(self._rules.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        """Seconds between two requests, bounded; 0 where nothing is said."""
        return min(float(self._rules.crawl_delay(AGENT) or 0), _LONGEST_DELAY)

    @property
    def sitemaps(self) -> list[str]:
        """The URLs of sitemaps, in normal form."""
        return [url for url in map(normal_url, self._rules.sitemaps) if url]


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The pages that a sitemap lists, and the sitemaps that it is an index of."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """The sitemap in `body`, which may be gzipped, XML or a list of URLs; what is no URL is left out."""
    from lxml import etree

    if body.startswith(b"\x1f\x8b"):
        try:
            body = zlib.decompressobj(wbits=47).decompress(body, _MAX_SITEMAP_BYTES)
        except zlib.error:
            return Sitemap()
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Sitemap(tuple(_urls(body.decode("utf-8", "replace").split(), url)))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError):
        return Sitemap()
    if root is None or not isinstance(root.tag, str):
        return Sitemap()
    locations = tuple(_urls((tag.text or "" for tag in root.iterfind("{*}*/{*}loc")), url))
    is_index = root.tag.rpartition("}")[2] == "sitemapindex"
    return Sitemap(sitemaps=locations) if is_index else Sitemap(locations)


def _urls(texts: Iterable[str], base: str) -> Iterator[str]:
    return (found for text in texts if text.strip() and (found := normal_url(text, base)))


def read_inventory_header(body: bytes) -> tuple[str, str]:
    """Library and version by the first lines of Sphinx' `objects.inv`; empty where it does not tell."""
    found = _PROJECT.match(body)
    if not found:
        return "", ""
    project, version = (part.decode("utf-8", "replace").strip() for part in found.groups())
    return project, version
