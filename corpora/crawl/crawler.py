"""Crawl a site: from its start page to every page that is in scope and within the limits."""

import logging
from collections.abc import Collection, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice
from mimetypes import MimeTypes
from threading import Event
from time import monotonic

from corpora.built_sites.identity import known_version
from corpora.crawl.answer import Answer
from corpora.crawl.content import markdown_links, read_page
from corpora.crawl.fetch import CONNECTIONS, Fetcher, Wanted
from corpora.crawl.gate import FORBIDDEN, Gate, Unreachable
from corpora.crawl.record import Reading, UrlRecord
from corpora.crawl.scope import Scope, is_same_place, is_trap, origin_of
from corpora.crawl.seeds import read_inventory_header
from corpora.crawl.sitemap import read_sitemap
from corpora.crawl.store import Store
from corpora.errors import CorpusError
from corpora.outside.path_filter import PathFilter

_log = logging.getLogger(__name__)

_MAX_HOPS = 10
_MAX_SITEMAPS = 50
_MAX_FAILED_SITEMAPS = 3
_SITEMAPS_SECONDS = 10.0  # to parse all sitemaps of a site; fetching them is not counted
_SITEMAPS_BYTES = 100_000_000  # of all sitemaps together, unpacked
_MAX_LINKS = 20_000  # of one page
_KNOWN_PER_PAGE = 20  # URLs stored for each page that may be fetched; an endless site has more
_MAX_CUT = 20  # pages cut off by a time limit that end a crawl, if they are a tenth of those asked for
_MAX_FAILURES = 10  # in a row: the server seems to be down, and the crawl is continued another time

# Types for which a file name is trusted (`logo.png`); for any other name, the server's answer decides.
_BINARY = ("image/", "audio/", "video/", "font/", "application/zip", "application/pdf", "application/x-tar")


@dataclass(frozen=True, slots=True)
class CrawlLimits:
    """The most that a crawl may fetch.

    Attributes:
        pages: pages asked for.
        depth: links from the start page.
        size_bytes: bytes of all pages together.
        exclude: patterns as in .gitignore; paths that match are not asked for.
    """

    pages: int
    depth: int
    size_bytes: int
    exclude: tuple[str, ...] = ()


class Crawl:
    """One run over a site.

    Args:
        store: where pages are kept; a run that ended early is continued from it.
        start: URL of the start page, in normal form.
        limits: when to stop.
        fetcher: the HTTP client.
        stop: set it to end the run early.
    """

    def __init__(self, store: Store, start: str, limits: CrawlLimits, fetcher: Fetcher, stop: Event) -> None:
        self._store, self._limits, self._stop = store, limits, stop
        self._start = start
        known = store.meta("base")  # an earlier run may have been redirected to https or to `start/`
        self.scope = Scope(known if known in _bases_of(start) else Scope.of(start).base)
        self._gate = Gate(store, start, fetcher)
        self._filter = PathFilter((), limits.exclude)
        self._types = MimeTypes()
        self._start_page = start
        self._frontier: list[tuple[int, int, str]] = []
        self._noted: set[str] = set()
        self._found = self._failures = self._cut = 0
        self._asked, self._size_bytes = 0, 0

    def run(self) -> str:
        """Crawl until nothing is left, a limit is reached, or the server seems to be down.

        Returns:
            Why the run ended early, in which case the pages that are known stay; empty if it did not.

        Raises:
            CorpusError: the site cannot be crawled and no page of it is known, or it has moved.
            RecordDamaged: the store is no sound record.
        """
        self._store.begin()
        self._asked, self._size_bytes = self._store.asked()
        for row in self._store.waiting():
            if self._wants(row.url):
                self._push(row.url, row.depth)
        try:
            self._enter()
            self._seed_frontier()
            self._follow()
        except Unreachable as problem:
            if not any(row.content_hash for row in self._store.rows() if row.role == "page"):
                raise self._closed(str(problem)) from problem
            _log.warning("the crawl of %s ended early, known pages are kept: %s", self._start, problem)
            return str(problem)
        if self._stop.is_set():
            return "it was interrupted"
        self._store.finish()
        _log.info("%s: %d pages asked for, %d bytes", self.scope.base, self._asked, self._size_bytes)
        return ""

    # -- the way in -----------------------------------------------------------------------------

    def _enter(self) -> None:
        """Read robots.txt and the start page; follow its redirect to https or to the address with a slash."""
        url = self._start
        for _ in range(_MAX_HOPS):
            self._gate.obey(origin_of(url))
            row = self._enter_at(url)
            if not row.target or (self.scope.contains(row.target) and not is_same_place(url, row.target)):
                break  # the page, or an ordinary redirect within the site
            if not is_same_place(url, row.target):
                raise CorpusError(
                    f"{url} redirects to another site",
                    why=f"it redirects to {row.target}",
                    fix=f"run: rag index {row.target}",
                )
            url = row.target
            self.scope = Scope.of(url)
        self._start_page = url
        self._store.set_meta("base", self.scope.base)
        if row.reason == "unreadable" and row.is_gone:
            raise self._closed(row.detail)
        if row.reason:
            raise Unreachable(row.detail)

    def _enter_at(self, url: str) -> UrlRecord:
        self._store.add([url], "page", 0)
        row = self._store.row(url)
        if row.checked == self._store.run:
            return row
        if not self._gate.allows(url):
            raise self._closed(f"{origin_of(url)}/robots.txt does not allow robots at {url}")
        self._settle(row, self._ask(row))
        return self._store.row(url)

    def _closed(self, why: str) -> CorpusError:
        return CorpusError(
            f"cannot crawl {self._start}",
            why=why,
            fix="check the URL in a browser; for a site behind a login, save its pages into a folder",
        )

    def _seed_frontier(self) -> None:
        """Add the pages that sitemaps and llms.txt list, and store library and version of the site."""
        base, origin = self.scope.base, self.scope.origin
        for url in dict.fromkeys([f"{base}llms.txt", f"{origin}/llms.txt"]):
            text = self._gate.seed_body(url, "llms").decode("utf-8", "replace")
            self._note(markdown_links(text, url), 1)
        self._read_sitemaps(origin)
        self._read_inventory(base)

    def _read_inventory(self, base: str) -> None:
        """Store where the inventory of Sphinx is, if there is one, and the library and version in it."""
        homes = [base]
        # The first page may lead to the folder that the site was built into: `/` to `/en/latest/`.
        target = self._store.row(self._start_page).target
        if target and self.scope.contains(target) and (built := Scope.of(target).base) != base:
            homes.append(built)
        bodies = ((home, self._gate.seed_body(f"{home}objects.inv", "inventory")) for home in homes)
        found = ((home, *read_inventory_header(body)) for home, body in bodies)
        home, library, version = next((one for one in found if one[1]), (base, "", ""))
        self._store.set_meta("home", home)
        self._store.set_meta("library", library)
        self._store.set_meta("version", known_version(version))

    def _read_sitemaps(self, origin: str) -> None:
        named = self._gate.obey(origin).sitemaps or [f"{origin}/sitemap.xml"]
        todo = [url for url in dict.fromkeys([*named, f"{self.scope.base}sitemap.xml"])]
        todo = [url for url in todo if origin_of(url) == origin][:_MAX_SITEMAPS]
        seconds, size, failed = _SITEMAPS_SECONDS, _SITEMAPS_BYTES, 0
        for url in todo:  # an index of sitemaps appends to the list
            row = self._gate.seed(url, "sitemap")
            failed += row.reason == "unreadable" and not row.is_gone
            began = monotonic()
            sitemap = read_sitemap(self._store.body(row.url) or b"", url, size)
            self._note(sitemap.pages, 1)
            more = [found for found in sitemap.sitemaps if origin_of(found) == origin and found not in todo]
            todo += list(dict.fromkeys(more))[: max(0, _MAX_SITEMAPS - len(todo))]
            seconds, size = seconds - (monotonic() - began), size - sitemap.size
            if seconds <= 0 or size <= 0 or failed > _MAX_FAILED_SITEMAPS or self._knows_enough:
                _log.info("%s: the rest of its sitemaps is skipped (limits)", origin)
                return

    # -- page after page ------------------------------------------------------------------------

    def _follow(self) -> None:
        """Fetch the pages of the frontier, a few at once, until it is empty or a limit is reached."""
        under_way: dict[Future[Answer], UrlRecord] = {}
        pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="crawl")
        try:
            while not self._stop.is_set():
                while len(under_way) < 2 * CONNECTIONS and (row := self._next(under_way.values())):
                    under_way[pool.submit(self._ask, row)] = row
                if not under_way:
                    return
                for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                    self._settle(under_way.pop(done), done.result())
                if self._failures >= _MAX_FAILURES:
                    raise Unreachable(f"{_MAX_FAILURES} failures in a row")
                if self._cut >= max(_MAX_CUT, self._asked / 10):
                    raise Unreachable(f"{self._cut} pages exceeded the limits of one exchange")
        except BaseException:
            self._stop.set()  # wakes the threads that wait for their turn
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _next(self, under_way: Collection[UrlRecord]) -> UrlRecord | None:
        """Return the next page to ask for; None if there is none, or none until pages under way arrive."""
        limits = self._limits
        # A page of depth 3 waits for all of depth 2 that are under way: they may link to it, or to others,
        # and the depth of a page must not depend on which answer arrives first.
        nearest = min((row.depth for row in under_way), default=limits.depth)
        while self._frontier and self._asked + len(under_way) < limits.pages:
            if self._size_bytes >= limits.size_bytes or self._frontier[0][0] > nearest:
                return None
            row = self._store.row(heappop(self._frontier)[2])
            if row.checked < self._store.run and row.depth <= limits.depth:
                return row
        return None

    def _ask(self, row: UrlRecord) -> Answer:
        """Ask the server for a page, unless robots.txt, a pattern or its file name rules it out."""
        if not self._gate.allows(row.url):
            return FORBIDDEN
        if why := self._filter.left_out(self.scope.path_of(row.url)):
            return Answer(0, reason="ignored", detail=why)
        kind, packed = self._types.guess_type(row.url.partition("?")[0])
        if packed or (kind or "").startswith(_BINARY):
            return Answer(0, reason="binary", detail=f"{kind or packed} by its name")
        return self._gate.ask(row.url, row.validators, Wanted())

    def _settle(self, row: UrlRecord, answer: Answer) -> None:
        """Store the answer to a page, and the links that the page holds."""
        url, reading = row.url, Reading()
        if answer.body is not None:
            reading = read_page(url, answer.body, answer.content_type, answer.robots_tag)
            if reading.redirect:  # by the page itself, which holds nothing else
                answer = Answer(answer.status, answer.fetched_at, target=reading.redirect)
        if answer.target:
            answer = self._redirected(row, answer)
        if answer.body is not None:
            links = islice(filter(self._wants, reading.links), _MAX_LINKS)
            reading = Reading(tuple(links), reading.is_unlisted)
        # Links first: if the process is killed between the two calls, the page is asked for again.
        self._note(row.links if answer.keeps_body else reading.links, row.depth + 1)
        self._store.record(url, answer, reading)
        if answer.reason:
            _log.info("%s: %s (%s)", url, answer.reason, answer.detail)
        if answer.is_passing:
            self._failures += 1
        elif answer.status:  # the server answered; status 0 means that it was not asked
            self._failures = 0
        self._cut += answer.is_cut
        self._asked += answer.status > 0 or answer.is_passing
        self._size_bytes += row.size if answer.keeps_body else len(answer.body or b"")

    def _redirected(self, row: UrlRecord, answer: Answer) -> Answer:
        """Return a redirect unchanged if it may be followed, else an answer that says why not."""
        target = answer.target
        if row.hops >= _MAX_HOPS:
            return Answer(answer.status, reason="unreadable", detail=f"more than {_MAX_HOPS} redirects")
        if self.scope.contains(target):
            self._note([target], row.depth, row.hops + 1)
        elif not (row.depth == 0 and is_same_place(row.url, target)):
            return Answer(answer.status, target=target, reason="outside", detail=f"redirects to {target}")
        return answer

    def _wants(self, url: str) -> bool:
        return self.scope.contains(url) and not is_trap(url)

    def _note(self, urls: Iterable[str], depth: int, hops: int = 0) -> None:
        if self._knows_enough:
            return
        wanted = [url for url in urls if url and url not in self._noted and self._wants(url)]
        self._noted.update(wanted)
        for url in self._store.add(wanted, "page", depth, hops):
            self._push(url, depth)

    @property
    def _knows_enough(self) -> bool:
        return self._found > _KNOWN_PER_PAGE * self._limits.pages

    def _push(self, url: str, depth: int) -> None:
        self._found += 1
        heappush(self._frontier, (depth, self._found, url))


def _bases_of(start: str) -> set[str]:
    starts = {start, f"{start.removesuffix('/')}/"}
    starts |= {url.replace("http://", "https://", 1) for url in starts}
    return {Scope.of(url).base for url in starts}
