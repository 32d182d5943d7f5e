"""The addresses that a crawl may connect to, in every spelling, through names and through redirects."""

import socket
import ssl
from contextlib import closing
from threading import Event
from typing import Any

import pytest

from corpora.crawl.addresses import AddressRefused, is_public
from corpora.crawl.answer import Validators
from corpora.crawl.fetch import Bounds, Fetcher
from corpora.crawl.pace import Pace
from corpora.crawl.scope import normal_url
from tests.hostile_site import SiteServer, page, redirect, serving_site

# fmt: off
NOT_PUBLIC = [
    # IPv4: this network, private, shared, loopback, link-local, IETF, documentation, 6to4, benchmarks
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.1.2.3", "10.255.255.255", "100.64.0.1", "100.127.255.254",
    "127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.1.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    # IPv6: none, loopback, IPv4-compatible, mapped, translated (SIIT), NAT64 and its local prefix, discard
    "::", "::1", "::2", "::10.0.0.1", "::8.8.8.8", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::8.8.8.8", "64:ff9b:1::1",
    "64:ff9b:0:1::1", "100::1", "100:0:0:1::1",
    # Teredo, ORCHID, benchmarks, documentation, 6to4, segment routing, unassigned
    "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1",
    "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1", "3fff::1", "3fff:fff::1", "5f00::1",
    "4000::1", "8000::1", "1::1", "200::1", "e000::1",
    # unique local, link-local, site-local, multicast; whatever needs a zone; what is no address
    "fc00::1", "fd00::1", "fdff:ffff::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "fedf::1",
    "feff::1", "ff00::1", "ff02::1", "ff0e::1", "2606:4700::1111%eth0", "", "localhost", "127.1", "0x7f.1",
    "2130706433", "0177.0.0.1", "8.8.8.8 ", "8.8.8", "1.2.3.4.5", "[::1]",
]
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255",
    "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.255.255",
    "192.169.0.1", "198.17.255.255", "198.20.0.1", "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
    "2001:200::1", "2001:4860:4860::8888", "2003::1", "2400::1", "2606:4700::1111", "2a00:1450:4001::1",
    "2620:0:1::1", "3ffe::1",
]
# fmt: on


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_off_the_public_internet_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def fetcher(*, allow_private: bool = False) -> Fetcher:
    stop = Event()
    bounds = Bounds(100_000, page_seconds=5, attempts=1)
    return Fetcher(bounds, Pace(0, stop), stop, allow_private=allow_private)


@pytest.mark.parametrize(
    "spelling",
    [
        *(
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "0177.0.0.01",
        ),
        *("0", "0.0.0.0", "localhost", "LOCALHOST", "localhost.", "127.0.0.1.", "127。0。0。1", "①②⑦.0.0.1"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[0:0:0:0:0:0:0:1]"),
        *("[::1%25lo]", "[fe80::1%25lo]"),
    ],
)
def test_no_spelling_of_localhost_is_connected_to(spelling: str) -> None:
    with serving_site({"/": page("Home")}) as server, closing(fetcher()) as client:
        url = normal_url(server.origin.replace("127.0.0.1", spelling) + "/")
        if url:
            try:
                answer = client.fetch(url, Validators())
            except AddressRefused:
                pass
            else:  # this system's resolver does not accept the spelling
                assert answer.reason == "unreadable" and answer.status == 0
        assert not server.asked


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://public@127.0.0.1/",
            "http://a:b@example.org/",
            "http://example.org@/",
            "http://@example.org/",
        ),
        *("ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "data:text/html,x"),
        *("http://", "http:///x", "http://[::1/", "http://exa mple.org/", "http://a\\b/", "http://a_b%2f/"),
        *("http://example.org:99999/", "http://example.org:x/", "https://" + "a" * 2_100),
        *("http://example.org\x00.evil/", "http://exam<ple>.org/", "http://" + "a" * 64 + ".org\u00e9/"),
    ],
)
def test_a_text_that_is_no_page_url_is_not_fetched(url: str) -> None:
    assert normal_url(url) == ""


@pytest.mark.parametrize("text", ["/a\r\nX: y", "/a b\tc", "/\u2028x", "/a%0d%0aX:%20y", "/a\x00b"])
def test_no_url_adds_a_line_to_a_request(text: str) -> None:
    url = normal_url(text, "http://example.org/")
    assert url.isascii() and url.isprintable() and " " not in url


def answering(*addresses: str) -> Any:
    """A resolver that gives one list of addresses after the other, the last one forever."""
    lists = list(addresses)

    def resolve(host: str, port: int, *arguments: Any, **options: Any) -> Any:
        found = lists.pop(0) if len(lists) > 1 else lists[0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in found.split()
        ]

    return resolve


def with_name(server: SiteServer, name: str) -> str:
    return server.origin.replace("127.0.0.1", name)


@pytest.mark.parametrize(
    "found", ["127.0.0.1", "8.8.8.8 127.0.0.1", "127.0.0.1 8.8.8.8", "::1", "fec0::1", "64:ff9b:1::1", ""]
)
def test_a_name_that_resolves_to_this_machine_is_refused(found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answering(found))
    with serving_site({"/": page("Home")}) as server, closing(fetcher()) as client:
        if found:
            with pytest.raises(AddressRefused, match="not public"):
                client.fetch(with_name(server, "docs.example.com") + "/", Validators())
        else:
            answer = client.fetch(with_name(server, "docs.example.com") + "/", Validators())
            assert answer.detail == "docs.example.com has no address"
        assert not server.asked


def test_a_name_that_resolves_anew_is_still_reached_at_the_checked_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", answering("203.0.114.9", "127.0.0.1"))
    monkeypatch.setattr(
        "corpora.network.bounded_connection._connect", lambda _, address: asked.append(address)
    )
    with serving_site({"/": page("Home")}) as server, closing(fetcher()) as client:
        for _ in range(3):
            client.fetch(with_name(server, "docs.example.com") + "/", Validators())
        assert {address for address, _ in asked} == {"203.0.114.9"}
        assert not server.asked


def test_the_server_name_is_sent_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []
    wrap = ssl.SSLContext.wrap_bio

    def noted(
        context: ssl.SSLContext, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *, server_hostname: str
    ) -> ssl.SSLObject:
        named.append(server_hostname)
        return wrap(context, incoming, outgoing, server_hostname=server_hostname)

    monkeypatch.setattr(ssl.SSLContext, "wrap_bio", noted)
    monkeypatch.setattr(socket, "getaddrinfo", answering("127.0.0.1"))
    with serving_site({"/": page("Home")}) as server, closing(fetcher(allow_private=True)) as client:
        url = with_name(server, "docs.example.com").replace("http:", "https:")
        assert client.fetch(f"{url}/", Validators()).status == 0  # it speaks no TLS
    assert named == ["docs.example.com"]


def test_a_redirect_to_this_machine_is_reported_and_not_followed() -> None:
    for target in ("http://127.0.0.1:1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/"):
        with (
            serving_site({"/": redirect(target)}) as server,
            closing(fetcher(allow_private=True)) as client,
        ):
            assert client.fetch(f"{server.origin}/", Validators()).target == target
