"""What a site publishes for robots: robots.txt, and the head of the inventory of Sphinx."""

import math
import re
from itertools import islice

from corpora.crawl.fetch import AGENT
from corpora.crawl.scope import normal_url

_LONGEST_DELAY = 10.0  # seconds between requests, whatever robots.txt asks for
MAX_ROBOTS_BYTES = 500_000  # what RFC 9309 has a robot read
_MAX_SITEMAPS = 1_000  # of which only a few are read
_PROJECT = re.compile(
    rb"# Sphinx inventory version \d\r?\n# Project: ([^\r\n]{0,200})\r?\n# Version: ([^\r\n]{0,200})\r?\n"
)


class Robots:
    """What robots.txt says to this robot. Without a body it says nothing."""

    def __init__(self, body: bytes | None) -> None:
        from protego import Protego

        text = (body or b"")[:MAX_ROBOTS_BYTES].decode("utf-8", "replace").replace("\0", "")
        self._rules = Protego.parse(text)

    def allows(self, url: str) -> bool:
        """Whether this robot may fetch `url`."""
        return bool(self._rules.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        """Seconds between two requests, bounded; 0 where nothing is said."""
        delay = float(self._rules.crawl_delay(AGENT) or 0)
        return 0.0 if math.isnan(delay) else min(max(delay, 0.0), _LONGEST_DELAY)

    @property
    def sitemaps(self) -> list[str]:
        """The URLs of sitemaps, in normal form."""
        return [url for url in map(normal_url, islice(self._rules.sitemaps, _MAX_SITEMAPS)) if url]


def read_inventory_header(body: bytes) -> tuple[str, str]:
    """Library and version by the first lines of Sphinx' `objects.inv`; empty where it does not tell."""
    found = _PROJECT.match(body)
    if not found:
        return "", ""
    project, version = (part.decode("utf-8", "replace").strip() for part in found.groups())
    return project, version
