"""The only way from a crawl to its server: robots.txt is obeyed for each request."""

from typing import Final

from corpora.crawl.addresses import AddressRefused
from corpora.crawl.answer import Answer, Validators
from corpora.crawl.fetch import Fetcher, Wanted
from corpora.crawl.record import Role, UrlRecord
from corpora.crawl.scope import origin_of
from corpora.crawl.seeds import MAX_ROBOTS_BYTES, Robots
from corpora.crawl.store import Store
from corpora.errors import CorpusError

FORBIDDEN: Final = Answer(0, reason="ignored", detail="robots.txt does not allow it")

_MAX_HOPS = 5  # redirects of robots.txt and the like: as many as RFC 9309 asks a robot to follow
_MAX_LLMS_BYTES = 1_000_000
# These are served as any type. A text may be cut; an inventory or a packed sitemap (not here) may not.
_SEEDS: Final = {
    "robots": Wanted(types=(), first_bytes=MAX_ROBOTS_BYTES),
    "llms": Wanted(types=(), first_bytes=_MAX_LLMS_BYTES),
}


class Unreachable(Exception):
    """The site cannot be crawled now; the message says why."""


class Gate:
    """Requests to a server for pages and seeds (robots.txt, sitemaps, ...), of which the seeds are stored.

    Args:
        store: the store of the site.
        start: the URL that the user named.
        fetcher: the HTTP client.
    """

    def __init__(self, store: Store, start: str, fetcher: Fetcher) -> None:
        self._store, self._start, self._fetcher = store, start, fetcher
        self._robots: dict[str, Robots] = {}  # by origin
        self._has_answered = False

    def obey(self, origin: str) -> Robots:
        """Fetch the robots.txt of an origin, slow down as it asks, and return it.

        Raises:
            Unreachable: the server did not answer, so that nothing is known to be allowed.
        """
        if origin not in self._robots:
            row = self.seed(f"{origin}/robots.txt", "robots")
            body = self._store.body(row.url)
            # RFC 9309: without robots.txt (4xx) everything is allowed, while a server fails (5xx) nothing is.
            # 429, "too many requests", is a failure, too.
            is_answered = body is not None or row.status == 204 or 300 <= row.status < 500
            if not is_answered or row.status == 429:
                raise Unreachable(f"{row.url}: {row.detail}")
            self._robots[origin] = Robots(body)
            pace = self._fetcher.pace
            pace.interval = max(pace.interval, self._robots[origin].delay)
        return self._robots[origin]

    def allows(self, url: str) -> bool:
        """Return whether robots.txt allows `url`; before `obey`, nothing of an origin is allowed."""
        robots = self._robots.get(origin_of(url))
        return robots is not None and robots.allows(url)

    def ask(self, url: str, validators: Validators, wanted: Wanted) -> Answer:
        """Ask the server for `url`; return `FORBIDDEN` without asking if robots.txt does not allow it."""
        return self._fetch(url, validators, wanted) if self.allows(url) else FORBIDDEN

    def seed_body(self, url: str, role: Role) -> bytes:
        """Fetch the seed at `url` if this run has not yet, and return its body; empty if there is none."""
        return self._store.body(self.seed(url, role).url) or b""

    def seed(self, url: str, role: Role) -> UrlRecord:
        """Fetch the seed at `url` if this run has not yet, and return what the store knows of it.

        A few redirects on the same host are followed.
        """
        wanted = _SEEDS.get(role, Wanted(types=()))
        for _ in range(_MAX_HOPS):
            self._store.add([url], role, 0)
            row = self._store.row(url)
            if row.checked < self._store.run:
                self._store.record(url, self._ask_for_seed(row, role, wanted))
                row = self._store.row(url)
            if not row.target or not _is_same_host(url, row.target):
                break
            url = row.target
        return row

    def _ask_for_seed(self, row: UrlRecord, role: Role, wanted: Wanted) -> Answer:
        if role == "robots":
            return self._fetch(row.url, row.validators, wanted)
        try:
            self.obey(origin_of(row.url))
        except Unreachable:  # a redirect may lead to an origin (http to https) that does not answer
            return FORBIDDEN
        return self.ask(row.url, row.validators, wanted)

    def _fetch(self, url: str, validators: Validators, wanted: Wanted) -> Answer:
        try:
            answer = self._fetcher.fetch(url, validators, wanted)
        except AddressRefused as refused:
            if not self._has_answered:
                raise CorpusError(
                    f"cannot crawl {self._start}",
                    why=str(refused),
                    fix="to crawl a private network, use --allow-private or allow_private = true in rag.toml",
                ) from refused
            return Answer(0, reason="outside", detail=str(refused))
        self._has_answered = self._has_answered or answer.status > 0
        return answer


def _is_same_host(url: str, target: str) -> bool:
    """Return whether two URLs have the same host and port; scheme and path may differ."""
    return origin_of(target).partition("://")[2] == origin_of(url).partition("://")[2]
