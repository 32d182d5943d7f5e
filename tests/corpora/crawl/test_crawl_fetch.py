import gzip
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Event
from time import monotonic, sleep

import pytest

from corpora.crawl.addresses import AddressRefused
from corpora.crawl.answer import Answer, Validators
from corpora.crawl.fetch import Bounds, Fetcher
from corpora.crawl.pace import Pace
from tests.hostile_site import Page, SiteServer, page, redirect, serving_site

QUICK = Bounds(page_bytes=100_000, backoff_seconds=0.01, page_seconds=30.0)


def fetch(
    server: SiteServer, path: str, bounds: Bounds = QUICK, validators: Validators | None = None
) -> Answer:
    stop = Event()
    with closing(Fetcher(bounds, Pace(0, stop), stop, allow_private=True)) as fetcher:
        return fetcher.fetch(server.origin + path, validators or Validators())


def test_a_page_comes_with_its_validators() -> None:
    with serving_site({"/": page("Home")}) as server:
        first = fetch(server, "/")
        again = fetch(server, "/", validators=first.validators)
    assert first.body == page("Home").encode() and first.content_type == "text/html"
    assert again.is_unchanged and again.body is None
    assert server.bodies["/"] == 1


def test_a_page_that_fails_for_a_moment_is_asked_for_again() -> None:
    with serving_site({"/": lambda before: Page(b"x") if before == 2 else Page(status=503)}) as server:
        assert fetch(server, "/").body == b"x"


def test_a_page_that_keeps_failing_is_given_up_with_its_status() -> None:
    with serving_site({"/": Page(status=500)}) as server:
        answer = fetch(server, "/")
    assert (answer.reason, answer.detail) == ("unreadable", "500 Internal Server Error")
    assert answer.is_passing and server.asked["/"] == QUICK.attempts


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_a_permanent_failure_is_asked_for_once(status: int) -> None:
    with serving_site({"/": Page(status=status)}) as server:
        answer = fetch(server, "/")
    assert answer.reason == "unreadable" and str(status) in answer.detail
    assert server.asked["/"] == 1


@pytest.mark.parametrize("is_date", [False, True])
def test_a_server_that_asks_for_a_pause_gets_it(is_date: bool) -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)  # of whole seconds
    wait = then if is_date else "1"
    limited = Page(status=429, headers={"Retry-After": wait})
    with serving_site({"/": lambda before: Page(b"x") if before else limited}) as server:
        start = monotonic()
        assert fetch(server, "/").body == b"x"
    assert 0.5 < monotonic() - start < 2.5


def test_a_server_that_asks_for_an_hour_is_not_waited_for() -> None:
    with serving_site({"/": Page(status=429, headers={"Retry-After": "3600"})}) as server:
        answer = fetch(server, "/")
    assert "429 Too Many Requests; the server asks to wait 3600 s" in answer.detail
    assert server.asked["/"] == 1


def test_a_server_that_cannot_be_reached_is_a_reason() -> None:
    with serving_site({}) as server:
        pass
    # A busy machine may take a second to refuse.
    patient = Bounds(page_bytes=100_000, backoff_seconds=0.01, page_seconds=30.0)
    answer = fetch(server, "/", patient)
    assert answer.status == 0 and answer.reason == "unreadable" and "refused" in answer.detail


def two_gigabytes() -> Iterator[bytes]:
    for _ in range(2_000):
        yield b"x" * 1_000_000


def test_little_is_read_of_a_page_of_two_gigabytes() -> None:
    sent = []

    def counted() -> Iterator[bytes]:
        for piece in two_gigabytes():
            sent.append(len(piece))
            yield piece

    with serving_site({"/": Page(counted)}) as server:
        answer = fetch(server, "/")
    assert (answer.reason, answer.detail) == ("too large", "more than 100000 bytes")
    assert sum(sent) < 50_000_000


def test_nothing_is_read_of_a_page_that_declares_itself_too_large() -> None:
    with serving_site({"/": Page(two_gigabytes, headers={"Content-Length": "2000000000"})}) as server:
        assert fetch(server, "/").reason == "too large"


def test_a_compression_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with serving_site({"/": Page(bomb, headers={"Content-Encoding": "gzip"})}) as server:
        assert fetch(server, "/").reason == "too large"


def test_gzip_in_several_members_is_unpacked_completely() -> None:
    body = gzip.compress(b"one ") + gzip.compress(b"two")
    with serving_site({"/": Page(body, headers={"Content-Encoding": "gzip"})}) as server:
        assert fetch(server, "/").body == b"one two"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"no gzip"),
        ("gzip", gzip.compress(b"text" * 99, mtime=0)[:-9]),
        ("br", b"x"),
        ("gzip, gzip", b"x"),
    ],
)
def test_a_damaged_or_unknown_compression_is_a_reason(encoding: str, body: bytes) -> None:
    with serving_site({"/": Page(body, headers={"Content-Encoding": encoding})}) as server:
        assert fetch(server, "/").reason == "unreadable"


def test_a_server_that_sends_byte_by_byte_is_abandoned() -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(100):
            sleep(0.05)
            yield b"x"

    with serving_site({"/": Page(drip)}) as server:
        answer = fetch(server, "/", Bounds(page_bytes=1_000, page_seconds=0.2))
    assert "not complete after" in answer.detail


def test_a_body_that_is_no_text_is_not_read() -> None:
    with serving_site({"/": Page(two_gigabytes, headers={"Content-Type": "image/png"})}) as server:
        answer = fetch(server, "/")
    assert (answer.reason, answer.detail) == ("binary", "served as image/png")


def test_redirects_are_reported_and_not_followed() -> None:
    with serving_site({"/a/": redirect("../b#c"), "/x": redirect("file:///etc/passwd")}) as server:
        assert fetch(server, "/a/").target == f"{server.origin}/b"
        nowhere = fetch(server, "/x")
    assert not nowhere.target and nowhere.detail == "a redirect to nowhere"
    assert server.asked == {"/a/": 1, "/x": 1}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_private_addresses_are_refused(host: str) -> None:
    stop = Event()
    with serving_site({"/": page("Home")}) as server:
        fetcher = Fetcher(QUICK, Pace(0, stop), stop, allow_private=False)
        with closing(fetcher), pytest.raises(AddressRefused, match=f"{host} has the address .* not public"):
            fetcher.fetch(server.origin.replace("127.0.0.1", host) + "/", Validators())
    assert not server.asked


def test_a_host_is_reached_at_the_checked_address_under_its_name() -> None:
    with serving_site({"/": page("Home")}) as server:
        named = server.origin.replace("127.0.0.1", "localhost")
        stop = Event()
        with closing(Fetcher(QUICK, Pace(0, stop), stop, allow_private=True)) as fetcher:
            assert fetcher.fetch(f"{named}/", Validators()).body
    (_, headers), *_ = server.log
    assert headers["Host"] == named.removeprefix("http://") and headers["User-Agent"] == "docprompting"


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving_site({"http://docs.example.invalid/": page("Home")}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.origin)
        stop = Event()
        with closing(Fetcher(QUICK, Pace(0, stop), stop, allow_private=False)) as fetcher:
            assert fetcher.fetch("http://docs.example.invalid/", Validators()).body == page("Home").encode()
            with pytest.raises(AddressRefused):
                fetcher.fetch(f"{proxy.origin}/", Validators())


def test_requests_keep_their_distance() -> None:
    pace = Pace(0.05, Event())
    start = monotonic()
    for _ in range(4):
        pace.wait()
    assert 0.14 < monotonic() - start < 10


def test_a_stopped_crawl_stops_waiting() -> None:
    stop = Event()
    pace = Pace(0, stop)
    pace.pause(60)
    stop.set()
    start = monotonic()
    pace.wait()
    assert monotonic() - start < 30
