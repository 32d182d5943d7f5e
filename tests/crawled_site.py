"""A site that a test serves, as a corpus, and what a scan of it lists and skips."""

from corpora.crawl.site import Site
from corpora.document import Document, Listed, Skipped
from corpora.spec import CorpusSpec
from tests.hostile_site import SiteServer, page

SEEDS = ("/robots.txt", "/llms.txt", "/sitemap.xml", "/objects.inv")
SMALL = {
    "/docs/": page("Home", "a.html", "b/", "../elsewhere.html", "https://other.example/"),
    "/docs/a.html": page("Alpha", "/docs/b/c.html#part", "mailto:x@example.org"),
    "/docs/b/": page("Beta", "../a.html"),
    "/docs/b/c.html": page("Gamma"),
    "/elsewhere.html": page("Elsewhere"),
}


def site(server: SiteServer, start: str = "/", **options: object) -> Site:
    settings = {"allow_private": True, **options}
    return Site(CorpusSpec("manual", "site", server.origin + start, **settings))  # type: ignore[arg-type]


def listed(corpus: Site) -> list[str]:
    return [entry.path for entry in corpus.scan() if isinstance(entry, Listed)]


def skipped(corpus: Site) -> dict[str, tuple[str, str]]:
    return {e.path: (e.reason, e.detail) for e in corpus.scan() if isinstance(e, Skipped)}


def read(corpus: Site, path: str) -> Document:
    entry = next(entry for entry in corpus.scan() if entry.path == path)
    assert isinstance(entry, Listed)
    document = corpus.read(entry)
    assert isinstance(document, Document)
    return document
