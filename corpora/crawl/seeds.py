"""Read what a site publishes for robots: robots.txt, and the header of Sphinx' inventory."""

import math
import re
from itertools import islice

from corpora.crawl.fetch import AGENT
from corpora.crawl.scope import normal_url

_LONGEST_DELAY = 10.0  # seconds between requests, even if robots.txt asks for more
MAX_ROBOTS_BYTES = 500 * 1024
"""How much of a robots.txt is read: the least that RFC 9309 allows."""
_MAX_SITEMAPS = 1_000  # considered in robots.txt; a crawl reads only a few of them
_PROJECT = re.compile(
    rb"# Sphinx inventory version \d\r?\n# Project: ([^\r\n]{0,200})\r?\n# Version: ([^\r\n]{0,200})\r?\n"
)


class Robots:
    """The rules of a robots.txt for this robot; without a body, everything is allowed."""

    def __init__(self, body: bytes | None) -> None:
        from protego import Protego

        text = (body or b"")[:MAX_ROBOTS_BYTES].decode("utf-8", "replace").replace("\0", "")
        self._rules = Protego.parse(text)

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


def read_inventory_header(body: bytes) -> tuple[str, str]:
    """Return library and version by the first lines of Sphinx' `objects.inv`; empty if they are not there."""
    found = _PROJECT.match(body)
    if not found:
        return "", ""
    project, version = (part.decode("utf-8", "replace").strip() for part in found.groups())
    return project, version
