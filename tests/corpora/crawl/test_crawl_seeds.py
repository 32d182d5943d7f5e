import gzip
from contextlib import closing
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpora.crawl.content import read_page
from corpora.crawl.crawler import Crawl, CrawlLimits
from corpora.crawl.fetch import Bounds, Fetcher
from corpora.crawl.pace import Pace
from corpora.crawl.seeds import Robots, read_inventory_header
from corpora.crawl.sitemap import read_sitemap
from corpora.crawl.store import Store
from tests.hostile_site import page, serving_site

AT = "https://example.org/sitemap.xml"


def test_the_delay_of_robots_txt_is_taken_within_bounds() -> None:
    assert Robots(b"User-agent: *\nCrawl-delay: 0.5\n").delay == 0.5
    assert Robots(b"User-agent: *\nCrawl-delay: 86400\n").delay == 10.0
    assert Robots(b"User-agent: *\nCrawl-delay: never\n").delay == 0.0
    assert Robots(None).delay == 0.0


_RULES = "User-agent: *\nDisallow: /x\nCrawl-delay: 2\n"


@pytest.mark.parametrize(
    "body",
    [
        _RULES.encode("utf-8-sig"),
        _RULES.encode("utf-16"),
        b"\xfe\xff" + _RULES.encode("utf-16-be"),
        b"\xef\xbb\xbf" + _RULES.encode("utf-8-sig"),
        _RULES.replace("\n", "\r").encode(),
        _RULES.replace("\n", "\r\n").encode("utf-8-sig"),
        _RULES.replace("\n", "\r\r\n").encode(),
        _RULES.replace("\n", "\r").encode("utf-8-sig"),
        ("  " + _RULES.replace("\n", "\n \t")).encode(),
        ("\u200b" + _RULES).encode(),
        ("User-agent: docprompting\r" + _RULES.replace("\n", "\r")).encode(),
    ],
)
def test_robots_txt_is_obeyed_however_it_was_saved(body: bytes) -> None:
    robots = Robots(body)
    assert not robots.allows("https://example.org/x/y") and robots.allows("https://example.org/y")
    assert robots.delay == 2.0


def test_a_crawl_keeps_the_delay_that_robots_txt_asks_for(tmp_path: Path) -> None:
    pages = {"/": page("Home", "a", "b"), "/a": page("A"), "/b": page("B")}
    rules = "User-agent: docprompting\nCrawl-delay: 0.1\nAllow: /\n"
    with serving_site({**pages, "/robots.txt": rules}) as server, closing(Store(tmp_path)) as store:
        stop = Event()
        with closing(Fetcher(Bounds(10_000), Pace(0, stop), stop, allow_private=True)) as fetcher:
            start = monotonic()
            Crawl(store, f"{server.origin}/", CrawlLimits(9, 9, 10_000), fetcher, stop).run()
        # After robots.txt come the start, llms.txt, sitemap.xml, objects.inv, and two pages.
        assert monotonic() - start > 0.5


def test_entities_of_a_sitemap_are_not_resolved(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("https://example.org/secret")
    body = (
        f'<!DOCTYPE urlset [<!ENTITY file SYSTEM "file://{tmp_path}/secret"><!ENTITY a "{"x" * 999}">]>'
        "<urlset><url><loc>&file;</loc></url><url><loc>https://example.org/a</loc></url></urlset>"
    )
    assert read_sitemap(body.encode(), AT).pages == ("https://example.org/a",)


def test_a_sitemap_may_be_a_plain_list_of_urls() -> None:
    listed = read_sitemap(b"https://example.org/a\r\nhttps://example.org/b\nftp://example.org/c\n", AT)
    assert listed.pages == ("https://example.org/a", "https://example.org/b")


def test_a_sitemap_that_unpacks_without_end_is_cut() -> None:
    body = b"<urlset><url><loc>https://example.org/a</loc></url>" + b" " * 60_000_000
    assert read_sitemap(gzip.compress(body), AT).pages == ("https://example.org/a",)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"# Sphinx inventory version 2\n# Project: A B\n# Version: 1.0rc1\n# x", ("A B", "1.0rc1")),
        (b"# Sphinx inventory version 2\r\n# Project: A\r\n# Version: \r\n", ("A", "")),
        (b"", ("", "")),
        (b"<html>not found</html>", ("", "")),
    ],
)
def test_an_inventory_names_library_and_version_or_nothing(body: bytes, said: tuple[str, str]) -> None:
    assert read_inventory_header(body) == said


@given(st.one_of(st.binary(max_size=80), st.text("<>/urlsetoci&;!\n#:*aA- ", max_size=80).map(str.encode)))
@example(b"<:")
def test_no_bytes_raise_anything(body: bytes) -> None:
    read_sitemap(body, AT)
    read_inventory_header(body)
    assert Robots(body).allows("https://example.org/") in {True, False}
    for content_type in ("text/html; charset=utf-16", "text/markdown", "text/plain; charset=\0", ""):
        read_page("https://example.org/", body, content_type, body.decode("latin-1"))


def test_links_are_taken_from_the_elements_that_readers_follow() -> None:
    body = (
        '<base href="/base/"><link rel="next" href="n"><link rel="stylesheet" href="s.css">'
        '<a href="a#x"></a><a href="a#y"></a><a rel="nofollow" href="no"></a><a name="x"></a>'
        '<map><area href="m"></map><iframe src="f"></iframe><a href=" javascript:void(0)"></a>'
    )
    found = read_page("https://example.org/x/", body.encode(), "text/html").links
    assert found == tuple(f"https://example.org/base/{name}" for name in ("n", "a", "m", "f"))


def test_links_of_markdown_are_taken_from_the_text_and_not_from_code() -> None:
    body = b"[a](a.md) <https://example.org/b> [c][r] `[d](d)`\n\n    [e](e)\n\n[r]: c.md\n"
    found = read_page("https://example.org/x/", body, "text/markdown").links
    assert found == (
        "https://example.org/x/a.md",
        "https://example.org/b",
        "https://example.org/x/c.md",
    )
