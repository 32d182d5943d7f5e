"""Read what a site publishes for robots: robots.txt, and the header of Sphinx' inventory."""

import codecs
import math
import re
from itertools import islice

from corpora.crawl.fetch import AGENT
from corpora.crawl.scope import normal_url

_LONGEST_DELAY = 10.0  # seconds between requests, even if robots.txt asks for more
MAX_ROBOTS_BYTES = 500 * 1024
"""How much of a robots.txt is read: the least that RFC 9309 allows."""
_MAX_SITEMAPS = 1_000  # considered in robots.txt; a crawl reads only a few of them
# Characters that nobody sees and some editors write, and what a damaged mark is decoded to.
_MARKS = dict.fromkeys(map(ord, "\0\ufeff\ufffe\ufffd\u200b\u200c\u200d\u2060"))
_PROJECT = re.compile(
    rb"# Sphinx inventory version \d\r?\n# Project: ([^\r\n]{0,200})\r?\n# Version: ([^\r\n]{0,200})\r?\n"
)


class Robots:
    """The rules of a robots.txt for this robot; without a body, everything is allowed."""

    def __init__(self, body: bytes | None) -> None:
        from protego import Protego

        self._rules = Protego.parse(_robots_text((body or b"")[:MAX_ROBOTS_BYTES]))

    def allows(self, url: str) -> bool:
        """Return whether this robot may fetch `url`."""
        return bool(self._rules.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        """Seconds between two requests (`Crawl-delay`), at most 10; 0 if robots.txt sets none."""
        delay = float(self._rules.crawl_delay(AGENT) or 0)
        return 0.0 if math.isnan(delay) else min(max(delay, 0.0), _LONGEST_DELAY)

    @property
    def sitemaps(self) -> list[str]:
        """The URLs of the sitemaps that robots.txt names, in normal form."""
        return [url for url in map(normal_url, islice(self._rules.sitemaps, _MAX_SITEMAPS)) if url]


def _robots_text(body: bytes) -> str:
    """Return the text of a robots.txt with one line end, and without marks that would hide its first rule.

    A byte order mark is that of UTF-8 or UTF-16; before `User-agent`, one would hide it,
    and nothing would be forbidden.
    """
    is_utf16 = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = body.decode("utf-16" if is_utf16 else "utf-8", "replace").translate(_MARKS)
    return "\n".join(line.strip() for line in text.splitlines())


def read_inventory_header(body: bytes) -> tuple[str, str]:
    """Return library and version by the first lines of Sphinx' `objects.inv`; empty if they are not there."""
    found = _PROJECT.match(body)
    if not found:
        return "", ""
    project, version = (part.decode("utf-8", "replace").strip() for part in found.groups())
    return project, version
