"""What a store holds, as the entries of a corpus: pages to read, and URLs left out with the reason."""

import re
from collections.abc import Iterator
from dataclasses import replace

from corpora.crawl.content import media_type
from corpora.crawl.fetch import PAGE_TYPES
from corpora.crawl.record import Row
from corpora.crawl.scope import Scope
from corpora.crawl.store import Store
from corpora.document import Listed, Skipped, SkipReason
from corpora.redaction.credentials import without_credentials
from corpora.spec import CorpusSpec

# What Sphinx makes for its reader's convenience. The page `search` is one only where an inventory says
# that this is Sphinx: elsewhere it may be about searching.
_BUILT = re.compile(r"(?:.+/)?(?:(?:genindex(?:-\w+)?|py-modindex)(?:\.html|/)|_modules/.+)")
_SEARCH = frozenset({"search.html", "search/"})


def entries(store: Store, spec: CorpusSpec, problem: str) -> list[Listed | Skipped]:
    """Everything that is known of a site, by its path.

    A page that could not be fetched again stands as it was, and beside it is a `Skipped` that tells.

    Args:
        store: of the site.
        spec: of the corpus.
        problem: why the crawl did not come to its end; empty if it did.
    """
    from corpora.outside.path_patterns import path_spec

    include = path_spec(spec.include) if spec.include else None
    scope = Scope(store.meta("base"))
    known = list(store.rows())
    rows = {row.url: row for row in known if row.role == "page" and scope.holds(row.url)}
    run, is_sphinx = store.run, bool(store.meta("library"))
    found: dict[str, Listed | Skipped] = {
        row.url: Skipped(row.url, row.reason, row.detail)
        for row in known
        if row.role == "sitemap" and row.reason and row.status in {0, 200}  # there is one, out of reach
    }
    kept: dict[str, str] = {}  # hash of a body -> path
    for row in sorted(rows.values(), key=lambda row: (len(row.url), row.url)):
        path = scope.path_of(row.url)
        entry = _of_body(row, path, is_sphinx) if row.content_hash else _of_none(row, path, rows)
        if isinstance(entry, Listed):
            if include is not None and not include.match_file(path):
                entry = Skipped(path, "ignored", "no include pattern matches", row.size)
            elif (other := kept.setdefault(row.content_hash, path)) != path:
                entry = Skipped(path, "ignored", f"the same as {other}", row.size)
        if row.checked < run and not (problem and row.checked):  # else it stands as it was
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
    """An entry whose reason does not tell the key that stands in an address."""
    if isinstance(entry, Skipped) and entry.detail:
        return replace(entry, detail=without_credentials(entry.detail))
    return entry


def _of_body(row: Row, path: str, is_sphinx: bool) -> Listed | Skipped:
    if media_type(row.content_type) not in PAGE_TYPES:
        return Skipped(path, "binary", f"the server calls it {media_type(row.content_type)}", row.size)
    if row.unlisted:
        return Skipped(path, "ignored", "the page asks not to be indexed", row.size)
    if _BUILT.fullmatch(path) or (is_sphinx and path in _SEARCH):
        return Skipped(path, "generated", "an index or a listing for readers", row.size)
    return Listed(path, row.size, row.content_hash)


def _of_none(row: Row, path: str, rows: dict[str, Row]) -> Skipped | None:
    if row.reason:
        return Skipped(path, row.reason, row.detail)
    if row.target and _is_loop(row, rows):
        return Skipped(path, "unreadable", f"a redirect loop, by way of {row.target}")
    return None  # a redirect: what it leads to is listed


def _is_loop(row: Row, rows: dict[str, Row]) -> bool:
    return any(url == row.url for url in _followed(row, rows))


def _followed(row: Row, rows: dict[str, Row]) -> Iterator[str]:
    """The URLs that a redirect leads to, up to the first that it leads to again."""
    seen: set[str] = set()
    target = row.target
    while target and target not in seen:
        yield target
        seen.add(target)
        target = rows[target].target if target in rows else ""


def _not_reached(row: Row, spec: CorpusSpec, problem: str) -> tuple[SkipReason, str]:
    if problem:
        return "unreadable", "not asked for: the crawl did not come to its end"
    if row.depth > spec.max_depth:
        return "too large", f"more than {spec.max_depth} links from the start (max_depth)"
    return "too large", f"beyond max_pages = {spec.max_pages} or max_bytes = {spec.max_bytes}"
