from itertools import count
from pathlib import Path
from time import sleep

import pytest

from corpora.document import Listed, Skipped
from corpora.errors import CorpusError
from tests.crawled_site import SMALL, listed, site, skipped
from tests.hostile_site import Page, Pages, page, redirect, serving_site


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))


def test_an_endless_calendar_ends_at_the_limit_of_pages() -> None:
    with serving_site({}) as server:
        server.fallback = lambda path: Page(
            page(f"Day {path}", *(f"{int(path[1:] or 0) + step}" for step in (1, 2))).encode()
            if path[1:].isdigit() or path == "/"
            else b"",
            200 if path[1:].isdigit() or path == "/" else 404,
        )
        entries = list(site(server, max_pages=40).scan())
        deep = list(site(server, max_depth=2).scan())
    assert sum(isinstance(entry, Listed) for entry in entries) == 40
    assert any(isinstance(e, Skipped) and "beyond max_pages = 40" in e.detail for e in entries)
    assert sorted(e.path for e in deep if isinstance(e, Listed)) == ["1", "2", "3", "4", "index.html"]
    assert any(isinstance(e, Skipped) and "max_depth" in e.detail for e in deep)


def test_the_depth_of_a_page_does_not_depend_on_which_answer_arrives_first() -> None:
    links = {"": ("near", "slow"), "near": ("far",), "far": ("wanted",), "slow": ("wanted",), "wanted": ()}

    def answer(path: str) -> Page:
        if path == "/slow":
            sleep(0.5)
        known = path[1:] in links
        return Page(page(path, *links[path[1:]]).encode() if known else b"", 200 if known else 404)

    with serving_site({}) as server:
        server.fallback = answer
        entries = list(site(server, max_depth=2).scan())
    assert {e.path for e in entries if isinstance(e, Listed)} == {
        "index.html",
        "near",
        "slow",
        "far",
        "wanted",
    }


def test_a_crawl_ends_at_the_limit_of_bytes() -> None:
    with serving_site({}) as server:
        numbers = count()
        server.fallback = lambda path: Page(
            page("x" * 10_000 + str(next(numbers)), *map(str, range(200))).encode()
            if path == "/" or path[1:].isdigit()
            else b"",
            200 if path == "/" or path[1:].isdigit() else 404,
        )
        assert 5 <= len(listed(site(server, max_bytes=100_000))) < 25


def test_links_that_lead_ever_deeper_are_not_followed_forever() -> None:
    with serving_site({}) as server:
        server.fallback = lambda path: Page(
            page(path, "more/").encode() if path.endswith("/") else b"", 200 if path.endswith("/") else 404
        )
        assert listed(site(server)) == ["index.html", "more/", "more/more/", "more/more/more/"]


def test_a_page_that_is_too_large_is_reported_and_the_rest_is_there() -> None:
    pages: Pages = {"/": page("Home", "big", "small"), "/big": page("x" * 10_000), "/small": page("Small")}
    with serving_site(pages) as server:
        corpus = site(server, max_file_bytes=1_000)
        assert listed(corpus) == ["index.html", "small"]
        assert skipped(corpus) == {"big": ("too large", "more than 8000 bytes")}


# Redirects


def test_redirects_are_followed_within_the_scope_and_reported_outside() -> None:
    pages: Pages = {
        "/docs/": page("Home", "old", "out", "away", "local"),
        "/docs/old": redirect("new"),
        "/docs/new": page("New"),
        "/docs/out": redirect("/secret"),
        "/docs/away": redirect("http://10.0.0.1/docs/"),
        "/secret": page("Secret"),
    }
    with serving_site(pages) as server:
        corpus = site(server, "/docs/")
        assert listed(corpus) == ["index.html", "new"]
        entries = skipped(corpus)
        assert server.asked["/secret"] == 0
    assert entries["out"] == ("outside", f"redirects to {server.origin}/secret")
    assert entries["away"] == ("outside", "redirects to http://10.0.0.1/docs/")


def test_redirects_in_a_circle_and_without_end_are_reported() -> None:
    pages: Pages = {"/": page("Home", "a", "self", "n0"), "/a": redirect("b"), "/b": redirect("a")}
    pages |= {"/self": redirect("self")} | {f"/n{n}": redirect(f"n{n + 1}") for n in range(40)}
    with serving_site(pages) as server:
        corpus = site(server)
        assert listed(corpus) == ["index.html"]
        entries = skipped(corpus)
        assert server.asked["/n11"] == 0
    assert {path for path, (_, detail) in entries.items() if "redirect loop" in detail} == {"a", "b", "self"}
    assert entries["n10"] == ("unreadable", "more than 10 redirects")


def test_a_start_without_final_slash_is_the_folder() -> None:
    with serving_site({**SMALL, "/docs": redirect("/docs/")}) as server:
        for _ in range(2):
            assert listed(site(server, "/docs")) == ["a.html", "b/", "b/c.html", "index.html"]
        assert server.asked["/elsewhere.html"] == 0


def test_a_start_that_redirects_elsewhere_is_an_error_that_names_the_target() -> None:
    with serving_site({"/docs/": redirect("/en/"), "/en/": page("Home")}) as server:
        corpus = site(server, "/docs/")
        with pytest.raises(CorpusError, match=f"rag index {server.origin}/en/"):
            next(corpus.scan())


def test_a_private_address_is_an_error_that_names_the_option() -> None:
    with serving_site({**SMALL}) as server, pytest.raises(CorpusError, match="--allow-private"):
        list(site(server, "/docs/", allow_private=False).scan())
    assert not server.asked


def test_a_site_that_is_not_there_is_an_error() -> None:
    with serving_site({}) as server, pytest.raises(CorpusError, match="404"):
        list(site(server, "/docs/").scan())
