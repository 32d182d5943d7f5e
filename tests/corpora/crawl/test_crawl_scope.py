from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.crawl.scope import Scope, is_same_place, is_trap, normal_url


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("HTTPS://Example.ORG:443/a/./b/../c%7e%2f%c3%a9?q=%7E#top", "https://example.org/a/c~%2F%C3%A9?q=~"),
        ("http://example.org", "http://example.org/"),
        ("http://example.org:8080/?", "http://example.org:8080/"),
        ("http://example.org/a b/é%", "http://example.org/a%20b/%C3%A9%25"),
        ("http://example.org/../../x/..", "http://example.org/"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("../up.html#part", "https://base.org/docs/up.html"),
        ("//other.org/x", "https://other.org/x"),
        ("?page=2", "https://base.org/docs/en/?page=2"),
        ("#part", "https://base.org/docs/en/"),
        ("mailto:a@example.org", ""),
        ("javascript:void(0)", ""),
        ("file:///etc/passwd", ""),
        ("ftp://example.org/", ""),
        ("https://user:secret@example.org/", ""),
        ("https://exa mple.org/", ""),
        ("http://[::1/", ""),
        ("http://example.org:port/", ""),
        ("http://" + "a" * 70 + "é.org/", ""),
    ],
)
def test_urls_have_one_normal_form(text: str, normal: str) -> None:
    assert normal_url(text, "https://base.org/docs/en/") == normal


@given(st.text(max_size=40), st.sampled_from(["", "http://a.org/b/", "http://a.org/%2e%2e/"]))
def test_normalizing_a_normal_url_changes_nothing(text: str, base: str) -> None:
    url = normal_url(f"{base}{text}", "https://base.org/docs/")
    assert normal_url(url) == url
    assert not url or urlsplit(url).scheme in {"http", "https"}


def test_a_scope_is_the_folder_of_the_start() -> None:
    scope = Scope.of("https://example.org/en/stable/intro.html")
    assert (scope.base, scope.origin) == ("https://example.org/en/stable/", "https://example.org")
    assert scope.contains("https://example.org/en/stable/a/b.html")
    for outside in (
        "https://example.org/en/",
        "https://example.org.evil.net/en/stable/",
        "http://example.org/en/stable/",
    ):
        assert not scope.contains(outside)


@pytest.mark.parametrize("path", ["", "?x=1", "a/", "a/b.html", "index.htm"])
def test_paths_lead_back_to_their_urls(path: str) -> None:
    scope = Scope("https://example.org/en/")
    assert scope.base + path in scope.urls_of(scope.path_of(scope.base + path))


def test_a_start_may_only_move_to_https_or_to_a_final_slash() -> None:
    assert is_same_place("http://example.org/docs", "https://example.org/docs/")
    assert is_same_place("https://example.org/docs", "https://example.org/docs/")
    assert not is_same_place("https://example.org/docs", "http://example.org/docs/")
    assert not is_same_place("https://example.org/docs/", "https://example.org/docs/en/")


def test_paths_that_repeat_are_traps() -> None:
    assert is_trap("https://example.org/a/b/a/b/a/b/a/")
    assert is_trap("https://example.org/" + "x" * 2_000)
    assert not is_trap("https://example.org/api/core/api/")
