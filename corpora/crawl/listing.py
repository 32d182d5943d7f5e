"""List the contents of a store as the entries of a corpus: pages to read, and URLs left out with a reason."""

import re
from collections.abc import Iterator
from dataclasses import replace

from corpora.crawl.content import media_type
from corpora.crawl.fetch import PAGE_TYPES
from corpora.crawl.record import UrlRecord
from corpora.crawl.scope import Scope
from corpora.crawl.store import Store
from corpora.document import Listed, Skipped, SkipReason
from corpora.outside.path_filter import PathFilter
from corpora.redaction.credentials import without_credentials
from corpora.spec import CorpusSpec

# Pages that Sphinx generates for navigation. A page `search` counts only on a site that has an inventory of
# Sphinx: on others it may document searching.
_BUILT = re.compile(r"(?:.+/)?(?:(?:genindex(?:-\w+)?|py-modindex)(?:\.html|/)|_modules/.+)")
_SEARCH = frozenset({"search.html", "search/"})


def entries(store: Store, spec: CorpusSpec, problem: str) -> list[Listed | Skipped]:
    """Return everything that is known of a site, sorted by path.

    A page that could not be fetched again stays listed as it was, next to a `Skipped` with the reason.

    Args:
        store: the store of the site.
        spec: what the user asked for.
        problem: why the crawl ended early; empty if it did not.

    Raises:
        RecordDamaged: the store is no sound record.
    """
    chosen = PathFilter(spec.include)  # the crawl itself leaves excluded paths out, with the same reason
    scope = Scope(store.meta("base"))
    known = list(store.rows())
    rows = {row.url: row for row in known if row.role == "page" and scope.contains(row.url)}
    run, is_sphinx = store.run, bool(store.meta("library"))
    found: dict[str, Listed | Skipped] = {
        row.url: Skipped(row.url, row.reason, row.detail)
        for row in known
        if row.role == "sitemap" and row.reason and row.status in {0, 200}  # it exists, but was refused
    }
    kept: dict[str, str] = {}  # hash of a body -> the path that is listed for it
    for row in sorted(rows.values(), key=lambda row: (len(row.url), row.url)):
        path = scope.path_of(row.url)
        entry = _of_body(row, path, is_sphinx) if row.content_hash else _of_none(row, path, rows)
        if isinstance(entry, Listed):
            if why := chosen.left_out(path):
                entry = Skipped(path, "ignored", why, row.size)
            elif (other := kept.setdefault(row.content_hash, path)) != path:
                entry = Skipped(path, "ignored", f"the same as {other}", row.size)
        # Not asked for in this run. If the run ended early, a page of an earlier run stays listed.
        if row.checked < run and not (problem and row.checked):
            entry = Skipped(path, *_not_reached(row, spec, problem))
        if entry is not None:
            found.setdefault(path, entry)
        if isinstance(entry, Listed) and row.reason and row.checked == run:
            note = Skipped(f"{path} (not fetched again)", row.reason, row.detail)
            found[note.path] = note
    if problem:
        found["(crawl)"] = Skipped("(crawl)", "unreadable", f"not finished: {problem}")
    return [_shown(found[path]) for path in sorted(found)]


def _shown(entry: Listed | Skipped) -> Listed | Skipped:
    """Return an entry with the credentials in its reason, such as those of a proxy's URL, taken out."""
    if isinstance(entry, Skipped) and entry.detail:
        return replace(entry, detail=without_credentials(entry.detail))
    return entry


def _of_body(row: UrlRecord, path: str, is_sphinx: bool) -> Listed | Skipped:
    if media_type(row.content_type) not in PAGE_TYPES:
        return Skipped(path, "binary", f"served as {media_type(row.content_type)}", row.size)
    if row.unlisted:
        return Skipped(path, "ignored", "the page asks not to be indexed", row.size)
    if _BUILT.fullmatch(path) or (is_sphinx and path in _SEARCH):
        return Skipped(path, "generated", "an index, a search page or a listing of source code", row.size)
    return Listed(path, row.size, row.content_hash)


def _of_none(row: UrlRecord, path: str, rows: dict[str, UrlRecord]) -> Skipped | None:
    if row.reason:
        return Skipped(path, row.reason, row.detail)
    if row.target and _is_loop(row, rows):
        return Skipped(path, "unreadable", f"a redirect loop, by way of {row.target}")
    return None  # a redirect: its target has a row of its own


def _is_loop(row: UrlRecord, rows: dict[str, UrlRecord]) -> bool:
    return any(url == row.url for url in _followed(row, rows))


def _followed(row: UrlRecord, rows: dict[str, UrlRecord]) -> Iterator[str]:
    """Yield the URLs that a chain of redirects leads to, each once."""
    seen: set[str] = set()
    target = row.target
    while target and target not in seen:
        yield target
        seen.add(target)
        target = rows[target].target if target in rows else ""


def _not_reached(row: UrlRecord, spec: CorpusSpec, problem: str) -> tuple[SkipReason, str]:
    if problem:
        return "unreadable", "not asked for: the crawl did not come to its end"
    if row.depth > spec.max_depth:
        return "too large", f"more than {spec.max_depth} links from the start (max_depth)"
    return "too large", f"beyond max_pages = {spec.max_pages} or max_bytes = {spec.max_bytes}"
