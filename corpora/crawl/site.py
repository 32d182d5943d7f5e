"""A live documentation site as a corpus: crawled or refreshed when it is scanned, read from its store."""

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from threading import Event

from corpora.crawl.content import as_utf8, language
from corpora.crawl.listing import entries
from corpora.crawl.record import RecordDamaged, UrlRecord
from corpora.crawl.scope import Scope, is_loopback, normal_url
from corpora.crawl.store import Store, set_aside
from corpora.document import Document, Listed, Origin, Section, Skipped, hash_bytes, join_sections
from corpora.errors import CorpusError
from corpora.network.cache import cache_folder
from corpora.outside.file_text import decode_text
from corpora.outside.invisible_elements import visible_markdown
from corpora.pages.html_redirect import redirect_of
from corpora.pages.html_text import MARKUP_FACTOR, NotHtml, read_html
from corpora.pages.inventory import Inventory, read_inventory, sphinx_sections
from corpora.pages.markdown_docs import markdown_sections
from corpora.spec import CorpusSpec

_log = logging.getLogger(__name__)

_INTERVAL = 0.05  # seconds between requests unless robots.txt asks for more; none for a local server


class Site:
    """The pages below a URL, each cut into the objects or headings it documents.

    Pages are kept in `cache_folder("sites")`: the scan after one that was killed continues it, and later
    scans fetch a page only if it has changed.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        self.spec = spec
        self.start = normal_url(spec.location)
        self.folder = cache_folder("sites") / hash_bytes(self.start.encode())

    def scan(self) -> Iterator[Listed | Skipped]:
        """Crawl or refresh the site, then yield its pages and what was left out, sorted by path.

        Raises:
            CorpusError: the site cannot be crawled and no page of it is known; another process crawls it; or
                the cache cannot be read or written.
        """
        from filelock import FileLock, Timeout

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / "lock", timeout=0):
                listed = self._brought_up_to_date()
        except Timeout as error:
            raise CorpusError(
                f"cannot crawl {self.spec.location}",
                why="another process is crawling it",
                fix="wait until that process has ended, then run the command again",
            ) from error
        except (OSError, sqlite3.Error) as error:
            raise self._disk_failed(error) from error
        yield from listed

    def _brought_up_to_date(self) -> list[Listed | Skipped]:
        """Crawl, and list what is there then; a damaged record is moved aside and the site fetched again."""
        for is_last in (False, True):
            try:
                with closing(Store(self.folder)) as store:
                    store.check()
                    problem = self._crawl(store)
                    return entries(store, self.spec, problem)
            except RecordDamaged as damage:
                if is_last:
                    raise self._damaged(damage) from damage
                _log.warning("fetching all of %s again: its record is damaged (%s)", self.start, damage)
                set_aside(self.folder)
        raise AssertionError("the loop ends by itself")

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the stored page behind `listed`, with its sections.

        Raises:
            CorpusError: the store cannot be read, or is damaged.
        """
        with self._store() as store:
            row = store.first_with_body(Scope(store.meta("base")).urls_of(listed.path))
            body = store.body(row.url) if row else None
            library, version = store.meta("library"), store.meta("version")
            home = store.meta("home") or store.meta("base")
            inventory = _inventory(store.body(f"{home}objects.inv") or b"")
            below = home.removeprefix(store.meta("base"))
        if row is None or body is None:
            return Skipped(listed.path, "unreadable", "it is no longer in the store", listed.size_bytes)
        origin = Origin(
            corpus=self.spec.name,
            path=listed.path,
            language=language(row.url, row.content_type),
            kind="docs",
            library=self.spec.library or library,
            version=self.spec.version or version,
            url=row.url,
            fetched_at=row.fetched_at,
        )
        return _document(
            origin, body, row, inventory.pages.get(_page_of(listed.path.removeprefix(below)), {})
        )

    def _crawl(self, store: Store) -> str:
        """Bring `store` up to date; return why that ended early, empty if it did not."""
        from corpora.crawl.crawler import Crawl, CrawlLimits
        from corpora.crawl.fetch import Bounds, Fetcher
        from corpora.crawl.pace import Pace

        spec, stop = self.spec, Event()
        pace = Pace(0.0 if is_loopback(self.start) else _INTERVAL, stop)
        bounds = Bounds(MARKUP_FACTOR * spec.max_file_bytes)
        fetcher = Fetcher(bounds, pace, stop, allow_private=spec.allow_private)
        limits = CrawlLimits(spec.max_pages, spec.max_depth, spec.max_bytes, spec.exclude)
        with closing(fetcher):
            return Crawl(store, self.start, limits, fetcher, stop).run()

    @contextmanager
    def _store(self) -> Iterator[Store]:
        try:
            with closing(Store(self.folder)) as store:
                yield store
        except RecordDamaged as damage:
            raise self._damaged(damage) from damage
        except (OSError, sqlite3.Error) as error:
            raise self._disk_failed(error) from error

    def _damaged(self, damage: RecordDamaged) -> CorpusError:
        return CorpusError(
            f"the record of the crawl of {self.spec.location} is damaged",
            why=f"{damage} ({self.folder})",
            fix="run the command again: the damaged record is moved aside and the site fetched again",
        )

    def _disk_failed(self, error: Exception) -> CorpusError:
        return CorpusError(
            f"the record of the crawl of {self.spec.location} cannot be read or written",
            why=f"{error} ({self.folder})",
            fix="free disk space or make the folder writable, then run it again: fetched pages are kept",
        )


@lru_cache(maxsize=4)
def _inventory(data: bytes) -> Inventory:
    """Parse Sphinx' inventory of objects; one that cannot be parsed (another generator's) is empty."""
    try:
        return read_inventory(data)
    except ValueError:
        return Inventory()


def _page_of(path: str) -> str:
    """Return the path by which an inventory names a page: `guide/index.html` for `guide/`."""
    return f"{path}index.html" if not path or path.endswith("/") else path


def _document(origin: Origin, body: bytes, row: UrlRecord, names: Mapping[str, str]) -> Document | Skipped:
    data = as_utf8(body, row.content_type)
    sections: tuple[Section, ...] = ()
    stem = origin.path.rstrip("/").rpartition("/")[2].partition(".")[0]
    if origin.language == "html":
        try:
            root, invisible = read_html(data) if data.strip() else (None, 0)
        except NotHtml as error:
            return Skipped(origin.path, "malformed", str(error), row.size)
        if root is not None and redirect_of(root):
            return Skipped(origin.path, "generated", "it only leads on to another page", row.size)
        sections = sphinx_sections(root, names, stem) if root is not None else ()
        text = join_sections(sections)
    else:
        decoded = decode_text(data)
        if isinstance(decoded, str):
            return Skipped(origin.path, decoded, f"served as {row.content_type}", row.size)
        text, invisible = decoded[0].replace("\r\n", "\n"), 0
        if origin.language == "markdown":
            text, invisible = visible_markdown(text)
            sections = markdown_sections(text, stem)
            text = join_sections(sections)
    if not text.strip():
        return Skipped(origin.path, "empty", "no text that a reader would see", row.size)
    return Document(origin, text, row.content_hash, sections, invisible)
