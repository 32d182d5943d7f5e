import gzip
import zlib
from pathlib import Path

import pytest

from corpora.crawl.site import Site
from corpora.document import Listed, Skipped
from corpora.errors import CorpusError
from corpora.spec import CorpusSpec, open_corpus
from tests.crawled_site import SEEDS, SMALL, listed, read, site, skipped
from tests.hostile_site import Page, Pages, page, serving_site


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))


def test_every_page_below_the_start_is_found_and_nothing_else() -> None:
    with serving_site({**SMALL}) as server:
        assert listed(site(server, "/docs/")) == ["a.html", "b/", "b/c.html", "index.html"]
    assert server.asked["/elsewhere.html"] == 0


def test_a_page_knows_where_it_is_from_and_when_it_was_fetched() -> None:
    with serving_site({**SMALL}) as server:
        corpus = site(server, "/docs/", library="shop", version="2")
        home, gamma = read(corpus, "index.html"), read(corpus, "b/c.html")
    assert home.origin.url == f"{server.origin}/docs/"
    assert (gamma.origin.library, gamma.origin.version, gamma.origin.kind) == ("shop", "2", "docs")
    assert gamma.origin.url == f"{server.origin}/docs/b/c.html"
    assert gamma.origin.fetched_at.startswith("20") and gamma.origin.fetched_at.endswith("+00:00")
    assert gamma.sections[0].name == "Gamma" and "About Gamma." in gamma.text


def test_an_unchanged_site_costs_one_request_per_page_and_no_body() -> None:
    with serving_site({**SMALL}) as server:
        first = list(site(server, "/docs/").scan())
        server.asked.clear()
        server.bodies.clear()
        assert list(site(server, "/docs/").scan()) == first
        assert not +server.bodies
        assert all(server.asked[path] == 1 for path in SMALL if path.startswith("/docs"))


def test_a_refresh_finds_what_is_new_changed_and_gone() -> None:
    with serving_site({**SMALL}) as server:
        before = {entry.path: entry for entry in site(server, "/docs/").scan()}
        server.pages["/docs/a.html"] = page("Alpha, revised", "b/c.html", "new.html")
        server.pages["/docs/new.html"] = page("New")
        server.pages["/docs/b/"] = Page(status=410)
        corpus = site(server, "/docs/")
        after = {entry.path: entry for entry in corpus.scan()}
        assert "revised" in read(corpus, "a.html").text
    assert after["b/c.html"] == before["b/c.html"] and after["a.html"] != before["a.html"]
    assert isinstance(after["new.html"], Listed)
    assert after["b/"] == Skipped("b/", "unreadable", "410 Gone")


def test_a_page_that_nothing_links_to_any_more_is_removed() -> None:
    with serving_site({**SMALL}) as server:
        site(server, "/docs/").scan()
        server.pages["/docs/a.html"] = page("Alpha")
        assert listed(site(server, "/docs/")) == ["a.html", "b/", "index.html"]


def test_a_page_that_fails_for_now_is_kept_and_reported() -> None:
    with serving_site({**SMALL}) as server:
        before = list(site(server, "/docs/").scan())
        server.pages["/docs/a.html"] = Page(status=403)
        corpus = site(server, "/docs/")
        after = list(corpus.scan())
        assert "About Alpha." in read(corpus, "a.html").text
    assert Skipped("a.html (not fetched again)", "unreadable", "403 Forbidden") in after
    assert [entry for entry in after if isinstance(entry, Listed)] == before


def test_a_site_that_cannot_be_reached_is_kept_as_it_was() -> None:
    with serving_site({**SMALL}) as server:
        before = list(site(server, "/docs/").scan())
        server.pages["/robots.txt"] = Page(status=500, headers={"Retry-After": "0"})
        after = list(site(server, "/docs/").scan())
    assert [entry for entry in after if isinstance(entry, Listed)] == before
    assert any(isinstance(entry, Skipped) and "robots.txt: 500" in entry.detail for entry in after)


def test_a_crawl_pauses_when_the_server_goes_down_and_continues_later() -> None:
    pages = {f"/{n}": lambda before, n=n: Page(page(str(n)).encode()) for n in range(40)}
    with serving_site({"/": page("Home", *map(str, range(40)))}) as server:
        server.fallback = lambda path: Page(status=503, headers={"Retry-After": "0"})
        server.pages |= {name: Page(status=404) for name in SEEDS}
        entries = list(site(server).scan())
        assert [entry.path for entry in entries if isinstance(entry, Listed)] == ["index.html"]
        assert Skipped("(crawl)", "unreadable", "not finished: 10 failures in a row") in entries
        assert sum(count > 0 for path, count in server.asked.items() if path in pages) < 30
        server.pages |= pages
        server.asked.clear()
        assert len(listed(site(server))) == 41
        assert server.asked["/"] == 0


# What the site says to robots


def test_robots_are_obeyed() -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: docprompting\nDisallow: /docs/b/*.html$\n"
    pages: Pages = {**SMALL, "/robots.txt": Page(rules.encode(), headers={"Content-Type": "text/plain"})}
    with serving_site(pages) as server:
        entries = skipped(site(server, "/docs/"))
        assert server.asked["/docs/b/c.html"] == 0 and server.asked["/docs/b/"] == 1
    assert entries == {"b/c.html": ("ignored", "robots.txt does not allow it")}


def test_a_start_that_robots_may_not_read_is_an_error() -> None:
    with serving_site({**SMALL, "/robots.txt": "User-agent: *\nDisallow: /docs\n"}) as server:
        with pytest.raises(CorpusError, match="does not allow robots"):
            list(site(server, "/docs/").scan())
        assert server.asked["/docs/"] == 0


def test_pages_that_ask_not_to_be_followed_or_indexed_are_not() -> None:
    hidden = page("Hidden", "c.html").replace("<html>", '<html><meta name="robots" content="NoIndex">')
    pages: Pages = {
        "/": page("Home", "a.html", "b.html").replace("</ul>", '<a rel="nofollow" href="d.html">d</a></ul>'),
        "/a.html": Page(page("A", "d.html").encode(), headers={"X-Robots-Tag": "nofollow"}),
        "/b.html": hidden,
        "/c.html": page("C"),
        "/d.html": page("D"),
    }
    with serving_site(pages) as server:
        assert listed(site(server)) == ["a.html", "c.html", "index.html"]
        assert skipped(site(server))["b.html"] == ("ignored", "the page asks not to be indexed")


def test_pages_are_found_by_sitemaps_and_llms_txt_too() -> None:
    def locations(origin: str, tag: str, *paths: str) -> bytes:
        found = "".join(f"<{tag}><loc>{origin}{path}</loc></{tag}>" for path in paths)
        root = {"url": "urlset", "sitemap": "sitemapindex"}[tag]
        return f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{found}</{root}>'.encode()

    with serving_site({"/docs/": page("Home")}) as server:
        for path in ("/docs/a.html", "/docs/b.html", "/docs/c.md", "/other.html"):
            server.pages[path] = page(path)
        server.pages["/robots.txt"] = f"User-agent: *\nAllow: /\nSitemap: {server.origin}/all.xml\n"
        server.pages["/all.xml"] = Page(locations(server.origin, "sitemap", "/one.xml.gz", "/all.xml"))
        one = locations(server.origin, "url", "/docs/a.html", "/other.html")
        server.pages["/one.xml.gz"] = Page(gzip.compress(one))
        server.pages["/docs/sitemap.xml"] = Page(locations(server.origin, "url", "/docs/b.html"))
        server.pages["/llms.txt"] = Page(b"# Docs\n\n- [C](docs/c.md): about C\n- [evil](file:///etc/x)\n")
        assert listed(site(server, "/docs/")) == ["a.html", "b.html", "c.md", "index.html"]
        assert server.asked["/other.html"] == 0


def test_the_inventory_of_sphinx_names_library_and_version() -> None:
    inventory = b"# Sphinx inventory version 2\n# Project: Shop Kit\n# Version: 3.1\n# zlib\n\x78\x9c"
    with serving_site({"/": page("Home"), "/objects.inv": Page(inventory)}) as server:
        origin = read(site(server), "index.html").origin
        said = read(site(server, library="shop", version="3"), "index.html").origin
    assert (origin.library, origin.version) == ("Shop Kit", "3.1")
    assert (said.library, said.version) == ("shop", "3")


def test_without_an_inventory_no_version_is_guessed() -> None:
    with serving_site({"/": page("Version 3 of Shop")}) as server:
        origin = read(site(server), "index.html").origin
    assert (origin.library, origin.version) == ("", "")


# What a page is


def test_markdown_and_text_are_read_and_other_types_reported() -> None:
    markdown = b"# Guide\n\nSee [more](more.txt) and ![logo](logo.png)."
    pages: Pages = {
        "/": page("Home", "guide", "manual.pdf", "data"),
        "/guide": Page(markdown, headers={"Content-Type": "text/markdown; charset=utf-8"}),
        "/more.txt": Page(b"plain words", headers={"Content-Type": "text/plain"}),
        "/data": Page(b"{}", headers={"Content-Type": "application/json"}),
    }
    with serving_site(pages) as server:
        corpus = site(server)
        assert listed(corpus) == ["guide", "index.html", "more.txt"]
        guide, more = read(corpus, "guide"), read(corpus, "more.txt")
        assert skipped(corpus) == {
            "data": ("binary", "served as application/json"),
            "manual.pdf": ("binary", "application/pdf by its name"),
        }
        assert server.asked["/manual.pdf"] == 0 == server.asked["/logo.png"]
    assert (guide.origin.language, guide.text) == ("markdown", markdown.decode())
    assert (more.origin.language, more.sections) == ("text", ())


@pytest.mark.parametrize(
    ("header", "meta", "encoding"),
    [
        ("text/html; charset=windows-1251", "", "windows-1251"),
        ("text/html; charset=windows-1251", "", "utf-8"),
        ("text/html", "windows-1251", "windows-1251"),
        ("text/html; charset=no-such", "utf-8", "windows-1251"),
        ("text/html; charset=hex", "windows-1251", "windows-1251"),
        ("text/html; charset=iso-2022-jp", "iso-2022-jp", "iso-2022-jp"),
    ],
)
def test_a_wrong_charset_does_not_break_a_page(header: str, meta: str, encoding: str) -> None:
    word = "文字" if encoding.startswith("iso") else "привет"
    text = page(f"Words {word}").replace("<html>", f'<html><meta charset="{meta}">' if meta else "<html>")
    with serving_site({"/": Page(text.encode(encoding), headers={"Content-Type": header})}) as server:
        document = read(site(server), "index.html")
    assert "About Words" in document.text
    assert word in document.text or header.endswith("no-such")


def test_a_page_served_as_html_that_is_none_is_left_out_with_the_reason() -> None:
    pages: Pages = {"/": page("Home", "a", "b"), "/a": Page(b"%PDF-1.7 ..."), "/b": Page(b" ")}
    with serving_site(pages) as server:
        corpus = site(server)
        entries = {entry.path: entry for entry in corpus.scan()}
        outcomes = [corpus.read(entry) for path in "ab" if isinstance(entry := entries[path], Listed)]
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, Skipped)] == ["malformed", "empty"]


def test_a_page_under_two_addresses_is_listed_once() -> None:
    pages: Pages = {
        "/": page("Home", "/index.html", "/a", "/a?from=home"),
        "/index.html": "",
        "/a": page("A"),
    }
    pages |= {"/index.html": pages["/"], "/a?from=home": pages["/a"]}
    with serving_site(pages) as server:
        assert listed(site(server)) == ["a", "index.html"]
        assert skipped(site(server)) == {"a?from=home": ("ignored", "the same as a")}


def test_pages_that_sphinx_generates_for_navigation_are_followed_but_not_listed() -> None:
    made = ("genindex.html", "py-modindex.html", "search.html", "_modules/shop.html")
    pages: Pages = {
        "/": page("Home", *made),
        "/genindex.html": page("Index", "api.html"),
        "/api.html": page("API"),
    }
    pages = {**{f"/{path}": page(path) for path in made}, **pages}
    with serving_site(pages) as server:
        assert listed(site(server)) == ["api.html", "index.html", "search.html"]
        server.pages["/objects.inv"] = Page(
            b"# Sphinx inventory version 2\n# Project: Shop\n# Version: 1\n", headers={"ETag": ""}
        )
        corpus = site(server)
        assert listed(corpus) == ["api.html", "index.html"]
        assert {reason for reason, _ in skipped(corpus).values()} == {"generated"}


def test_patterns_choose_among_the_pages() -> None:
    with serving_site({**SMALL}) as server:
        assert listed(site(server, "/docs/", include=("b/**",))) == ["b/", "b/c.html"]
        server.asked.clear()
        corpus = site(server, "/docs/", exclude=("b/",))
        assert listed(corpus) == ["a.html", "index.html"]
        assert server.asked["/docs/b/"] == 0


def test_the_table_of_kinds_opens_a_site() -> None:
    assert isinstance(open_corpus(CorpusSpec("d", "site", "https://example.org/")), Site)


INVENTORY = b"# Sphinx inventory version 2\n# Project: Tidy\n# Version: 3.2\n# compressed\n" + zlib.compress(
    b"tidy.sweep py:function 1 api.html#s -\n"
)


@pytest.mark.parametrize(
    "stub",
    [
        '<meta http-equiv="refresh" content="0; url=en/latest/index.html"><p>Moved.',
        "<META HTTP-EQUIV=Refresh CONTENT=\"0;URL='en/latest/index.html'\">",
        '<link rel="canonical" href="/en/latest/index.html"><script>window.location.replace(there)</script>',
        '<script>location = "en/latest/index.html"</script>',
    ],
)
def test_a_first_page_that_only_leads_on_is_followed_and_is_no_page(stub: str) -> None:
    pages: Pages = {
        "/": f"<html><head>{stub}</html>",
        "/en/latest/index.html": page("Home", "api.html", "old.html"),
        "/en/latest/api.html": '<h1>API</h1><p id="s">Sweep the floor.</p>',
        "/en/latest/old.html": '<meta http-equiv="refresh" content="0; url=api.html">',
        "/en/latest/objects.inv": Page(INVENTORY),
    }
    with serving_site(pages) as server:
        corpus = site(server)
        assert listed(corpus) == ["en/latest/api.html", "en/latest/index.html"]
        origin = read(corpus, "en/latest/api.html").origin
        assert (origin.library, origin.version) == ("Tidy", "3.2")
        assert "tidy.sweep" in {one.name for one in read(corpus, "en/latest/api.html").sections}


def test_a_first_page_that_leads_to_another_site_names_that_site() -> None:
    stub = '<meta http-equiv="refresh" content="0; url=https://other.example/x">'
    with serving_site({"/": stub}) as server, pytest.raises(CorpusError, match="redirects to another site"):
        list(site(server).scan())


def test_a_page_that_reloads_itself_or_has_a_text_is_a_page() -> None:
    pages: Pages = {
        "/": '<meta http-equiv="refresh" content="0; url=/">' + page("News", "/status"),
        "/status": '<meta http-equiv="refresh" content="5; url=/">' + page("Status " + "of machines " * 40),
    }
    with serving_site(pages) as server:
        assert listed(site(server)) == ["index.html", "status"]
