"""A crawl obeys robots.txt, and reads within bounds what a site publishes for robots."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.crawl.content import read_page
from corpora.crawl.scope import MAX_URL_CHARS, normal_url
from corpora.crawl.seeds import Robots
from corpora.errors import CorpusError
from tests import ROOT
from tests.crawled_site import listed, site, skipped
from tests.hostile_site import Page, Pages, page, redirect, serving_site


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))


def site_with(robots: str | Page, **more: Page | str) -> Pages:
    pages: Pages = {"/": page("Home", "a.html"), "/a.html": page("A"), "/robots.txt": robots}
    return {**pages, **{f"/{name.replace('__', '/').replace('_', '.')}": held for name, held in more.items()}}


def rules(*lines: str) -> Page:
    return Page("\n".join(["User-agent: *", *lines, ""]).encode(), headers={"Content-Type": "text/plain"})


@pytest.mark.parametrize("path", ["/llms.txt", "/sitemap.xml", "/objects.inv", "/private/map.xml", "/in.xml"])
def test_seeds_are_not_fetched_where_robots_txt_forbids_it(path: str) -> None:
    index = "<sitemapindex><sitemap><loc>/in.xml</loc></sitemap></sitemapindex>"
    pages = site_with(rules(f"Disallow: {path}", "Sitemap: /private/map.xml", "Sitemap: /sitemap.xml"))
    pages |= {"/sitemap.xml": index, "/private/map.xml": "/a.html", "/llms.txt": "x", "/in.xml": "<a/>"}
    with serving_site(pages) as server:
        server.pages["/robots.txt"] = rules(
            f"Disallow: {path}",
            f"Sitemap: {server.origin}/private/map.xml",
            f"Sitemap: {server.origin}/sitemap.xml",
        )
        assert listed(site(server)) == ["a.html", "index.html"]
        assert server.asked[path] == 0
        others = {"/llms.txt", "/sitemap.xml", "/objects.inv", "/private/map.xml"} - {path}
        assert others <= server.asked.keys()


def test_a_redirect_of_a_seed_to_a_forbidden_place_is_not_followed() -> None:
    pages = site_with(
        rules("Disallow: /secret"), llms_txt=redirect("/secret"), sitemap_xml=redirect("/secret")
    )
    with serving_site({**pages, "/secret": page("Secret")}) as server:
        listed(site(server))
        assert server.asked["/secret"] == 0 and server.asked["/llms.txt"] == 1


def test_a_seed_of_an_earlier_run_is_not_used_once_it_is_forbidden() -> None:
    pages = site_with(rules("Allow: /"), llms_txt=Page(b"[b](/b.html)"), b_html=page("B"))
    with serving_site(pages) as server:
        assert "b.html" in listed(site(server))
        server.pages["/robots.txt"] = rules("Disallow: /llms.txt")
        assert "b.html" not in listed(site(server))


@pytest.mark.parametrize(
    "robots",
    [
        Page(b"", 500),
        Page(b"", 503),
        Page(b"", 429, {"Retry-After": "9000"}),
        Page(b"\x1f\x8b broken", headers={"Content-Encoding": "gzip"}),
        Page(b"User-agent: *", headers={"Content-Encoding": "br"}),
    ],
)
def test_a_site_whose_robots_txt_cannot_be_read_is_not_crawled(robots: Page) -> None:
    with serving_site(site_with(robots)) as server, pytest.raises(CorpusError, match=r"robots\.txt"):
        list(site(server).scan())
    assert set(server.asked) == {"/robots.txt"}


@pytest.mark.parametrize("robots", [Page(b"", 404), Page(b"", 403), Page(b"", 204), redirect("/robots.txt")])
def test_a_site_without_robots_txt_is_crawled(robots: Page) -> None:
    with serving_site(site_with(robots)) as server:
        assert listed(site(server)) == ["a.html", "index.html"]
        assert server.asked["/robots.txt"] < 3


def test_only_the_first_part_of_a_very_long_robots_txt_counts() -> None:
    long = rules("Disallow: /a.html", *("# " + "x" * 998 for _ in range(20_000)))
    with serving_site(site_with(long)) as server:
        assert listed(site(server)) == ["index.html"]


@pytest.mark.parametrize("delay", ["1e9", "1e400", "inf", "nan", "-5", "0x10", "9" * 400, "1_000", ""])
def test_every_delay_is_bounded(delay: str) -> None:
    assert 0 <= Robots(f"User-agent: *\nCrawl-delay: {delay}\n".encode()).delay <= 10


def test_sitemaps_of_other_hosts_and_in_circles_are_not_read() -> None:
    def index(*urls: str) -> str:
        return f"<sitemapindex>{''.join(f'<sitemap><loc>{u}</loc></sitemap>' for u in urls)}</sitemapindex>"

    with serving_site(site_with(rules("Allow: /"))) as server, serving_site({}) as other:
        server.pages["/sitemap.xml"] = index(
            "/sitemap.xml", "/two.xml", "/two.xml", f"{other.origin}/map.xml"
        )
        server.pages["/two.xml"] = index("/sitemap.xml", "/two.xml", *(f"/{n}.xml" for n in range(1_000)))
        server.fallback = lambda path: Page(index("/two.xml").encode())
        assert "index.html" in listed(site(server))
        assert sum(path.endswith(".xml") for path in server.asked) <= 50
        assert max(server.asked.values()) == 1 and not other.asked


def test_a_crawl_gives_up_on_sitemaps_after_a_few_failures() -> None:
    maps = [f"/{number}.xml" for number in range(30)]
    with serving_site(site_with(rules("Allow: /"))) as server:
        server.pages["/robots.txt"] = rules(*(f"Sitemap: {server.origin}{path}" for path in maps))
        server.pages |= {path: Page(b"", 403) for path in maps}
        listed(site(server))
        assert len({path for path in server.asked if path in maps}) <= 5


# Pages


def test_only_so_many_links_of_a_page_with_a_million_are_considered() -> None:
    body = "".join(f'<a href="/{number}">' for number in range(80_000)).encode()
    found = read_page("https://example.org/", body, "text/html").links
    assert len(found) == 50_000


def test_only_the_first_part_of_a_very_long_markdown_page_is_searched() -> None:
    body = b"[a](/a)\n\n" + b"x" * 300_000 + b"[b](/b)"
    assert read_page("https://example.org/", body, "text/markdown").links == ("https://example.org/a",)


def test_a_url_that_is_too_long_is_not_fetched() -> None:
    assert normal_url("https://example.org/" + "x" * MAX_URL_CHARS) == ""
    assert normal_url("/" + "../" * 1_000, "https://example.org/") == ""


@pytest.mark.parametrize(
    "charset",
    [
        *("punycode", "idna", "unicode_escape", "raw-unicode-escape", "hex", "zip", "rot13", "undefined"),
        *("base64", "mbcs", "utf-7", "../../x", "os", "x" * 10_000, "\u00e9", "*0*=x"),
    ],
)
def test_a_charset_that_the_web_does_not_know_is_not_used(charset: str) -> None:
    body = b"<p>\xffcaf\xe9 <a href='/a'>x</a></p>" + b"a" * 10_000
    found = read_page("https://example.org/", body, f"text/html; charset={charset}")
    assert found.links == ("https://example.org/a",)


def test_headers_that_cannot_be_sent_again_are_not_kept() -> None:
    odd = {"ETag": '"caf\xe9"', "Last-Modified": "x" * 5_000, "Content-Type": "text/html;" + "x" * 5_000}
    with serving_site(site_with(rules("Allow: /"), a_html=Page(page("A").encode(), headers=odd))) as server:
        for _ in range(2):
            assert listed(site(server)) == ["a.html", "index.html"]
        assert not {"a.html"} & skipped(site(server)).keys()


# Sitemaps, each in a process of its own

BOUNDED = """
import json, re, sys
from pathlib import Path
from time import process_time
from corpora.crawl.sitemap import read_sitemap
costs = {}
for file in sorted(Path(sys.argv[1]).iterdir()):
    body, start = file.read_bytes(), process_time()
    found = read_sitemap(body, "https://example.org/sitemap.xml")
    costs[file.name] = process_time() - start, len(found.pages), found.size
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(json.dumps([costs, int(peak[1]) >> 10]))
"""
ENTITIES = b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
LAUGHS = b'<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa">' + ENTITIES + b"]>"
HOSTILE: dict[str, Callable[[], bytes]] = {  # made one at a time: they are large
    "locations": lambda: b"<u>" + b"<u><loc>/a</loc></u>" * 2_500_000,
    "elements": lambda: b"<u>" + b"<b/>" * 12_000_000,
    "depth": lambda: b"<a>" * 16_000_000,
    "text": lambda: b"a " * 25_000_000,
    "one word": lambda: b"a" * 30_000_000,
    "space": lambda: b"<u>" + b" " * 30_000_000,
    "a comment": lambda: b"<u><!--" + b" " * 30_000_000,
    "an attribute": lambda: b'<u a="' + b" " * 30_000_000,
    "namespaces": lambda: b"<u>" + b"".join(b'<b xmlns:a%d="u"/>' % number for number in range(300_000)),
    "a location": lambda: b"<u><u><loc>" + b"x" * 30_000_000,
    "entities": lambda: LAUGHS + b"<u><u><loc>&j;</loc></u></u>",
    "entities in an attribute": lambda: LAUGHS + b'<u><u a="&j;"/></u>',
    "one entity": lambda: b'<!DOCTYPE u [<!ENTITY a "%s">]><u>' % (b"a" * 5_000_000) + b"&a;" * 1_000_000,
    "an outer entity": lambda: (
        b'<!DOCTYPE u SYSTEM "file:///dev/zero" [<!ENTITY % a SYSTEM "file:///dev/zero">%a;]><u/>'
    ),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is told by /proc")
def test_hostile_sitemaps_cost_little_time_and_memory(tmp_path: Path) -> None:
    for name, body in HOSTILE.items():
        (tmp_path / name).write_bytes(gzip.compress(body(), 1))
    command = [sys.executable, "-c", BOUNDED, str(tmp_path)]
    folder = ROOT
    done = subprocess.run(command, capture_output=True, cwd=folder, check=True)
    costs, megabytes = json.loads(done.stdout)
    assert megabytes < 300
    assert all(seconds < 10 and pages <= 50_000 for seconds, pages, _ in costs.values()), costs
