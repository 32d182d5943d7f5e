from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.crawl.addresses import is_public
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
def test_the_normal_form_is_its_own_normal_form_whatever_it_is_made_from(text: str, base: str) -> None:
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


def test_a_start_may_move_to_tls_and_to_the_slash_of_a_folder_only() -> None:
    assert is_same_place("http://example.org/docs", "https://example.org/docs/")
    assert is_same_place("https://example.org/docs", "https://example.org/docs/")
    assert not is_same_place("https://example.org/docs", "http://example.org/docs/")
    assert not is_same_place("https://example.org/docs/", "https://example.org/docs/en/")


def test_paths_that_repeat_are_traps() -> None:
    assert is_trap("https://example.org/a/b/a/b/a/b/a/")
    assert is_trap("https://example.org/" + "x" * 2_000)
    assert not is_trap("https://example.org/api/core/api/")


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("224.0.0.1", "255.255.255.255", "ff02::1"),
    ],
)
def test_addresses_off_the_public_internet_are_told(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)
