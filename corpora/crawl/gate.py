"""The one way from a crawl to its server: nothing is asked for that robots.txt does not allow."""

from typing import Final

from corpora.crawl.addresses import AddressRefused
from corpora.crawl.answer import Answer, Validators
from corpora.crawl.fetch import Fetcher, Wanted
from corpora.crawl.record import Role, Row
from corpora.crawl.scope import origin_of
from corpora.crawl.seeds import MAX_ROBOTS_BYTES, Robots
from corpora.crawl.store import Store
from corpora.errors import CorpusError

FORBIDDEN: Final = Answer(0, reason="ignored", detail="robots.txt does not allow it")

_MAX_HOPS = 5  # of a file for robots: as many as RFC 9309 has a robot follow
_MAX_LLMS_BYTES = 1_000_000
# Of what has no type of its own on the web; what is longer is read so far, but for what cannot be cut.
_SEEDS: Final = {
    "robots": Wanted(types=(), first_bytes=MAX_ROBOTS_BYTES),
    "llms": Wanted(types=(), first_bytes=_MAX_LLMS_BYTES),
}


class Unreachable(Exception):
    """The site cannot be crawled now; the message says why."""


class Gate:
    """Asks a server for pages and for files for robots, and notes the latter in the store.

    Args:
        store: of the site.
        start: the URL that the user named.
        fetcher: the client.
    """

    def __init__(self, store: Store, start: str, fetcher: Fetcher) -> None:
        self._store, self._start, self._fetcher = store, start, fetcher
        self._robots: dict[str, Robots] = {}  # by origin
        self._has_answered = False

    def obey(self, origin: str) -> Robots:
        """The robots.txt of an origin, which from then on is obeyed. Raises `Unreachable`."""
        if origin not in self._robots:
            row = self.seed(f"{origin}/robots.txt", "robots")
            body = self._store.body(row.url)
            is_told = body is not None or row.status == 204 or 300 <= row.status < 500
            if not is_told or row.status == 429:  # RFC 9309: what is not told is not allowed
                raise Unreachable(f"{row.url}: {row.detail}")
            self._robots[origin] = Robots(body)
            pace = self._fetcher.pace
            pace.interval = max(pace.interval, self._robots[origin].delay)
        return self._robots[origin]

    def allows(self, url: str) -> bool:
        """Whether `url` may be asked for; of an origin whose robots.txt is not known, nothing may."""
        robots = self._robots.get(origin_of(url))
        return robots is not None and robots.allows(url)

    def ask(self, url: str, validators: Validators, wanted: Wanted) -> Answer:
        """What the server says to `url`, if it may be asked."""
        return self._fetch(url, validators, wanted) if self.allows(url) else FORBIDDEN

    def seed_body(self, url: str, role: Role) -> bytes:
        """What is kept of a file for robots; empty if there is none."""
        return self._store.body(self.seed(url, role).url) or b""

    def seed(self, url: str, role: Role) -> Row:
        """A file for robots at `url`, over a few redirects on the host."""
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

    def _ask_for_seed(self, row: Row, role: Role, wanted: Wanted) -> Answer:
        if role == "robots":
            return self._fetch(row.url, row.validators, wanted)
        try:
            self.obey(origin_of(row.url))
        except Unreachable:  # of the origin that a redirect leads to
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
                    fix="if you mean it: --allow-private, or allow_private = true in rag.toml",
                ) from refused
            return Answer(0, reason="outside", detail=str(refused))
        self._has_answered = self._has_answered or answer.status > 0
        return answer


def _is_same_host(url: str, target: str) -> bool:
    """Whether two URLs differ in their scheme and path at the most."""
    return origin_of(target).partition("://")[2] == origin_of(url).partition("://")[2]
