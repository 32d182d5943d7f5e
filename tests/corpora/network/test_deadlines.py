"""Servers that drip, flood and stall: each exchange of the crawler and of the generator ends in its time."""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest

from corpora.crawl.answer import Answer, Validators
from corpora.crawl.fetch import Bounds, Fetcher
from corpora.crawl.pace import Pace
from corpora.errors import GeneratorError
from indexers.index import Index
from rag.generators.completion import complete
from rag.generators.endpoints.openai_api import OpenAIModel
from rag.prompting.prompt import make_prompt
from tests import ROOT
from tests.crawled_site import SEEDS
from tests.dripping_server import DRIPS, FLOODS, OK, Script, drip, dripping, silence
from tests.hostile_site import Page, page, serving_site
from tests.loopback_endpoint import answer, refusal, serving
from tests.small_corpora import write_tree

SECONDS = 0.4
LATE = 10.0  # on a machine that does other things, too


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def fetch(url: str, stop: Event | None = None, seconds: float = SECONDS) -> Answer:
    stop = stop or Event()
    bounds = Bounds(page_bytes=100_000, page_seconds=seconds, backoff_seconds=0.01)
    with closing(Fetcher(bounds, Pace(0, stop), stop, allow_private=True)) as fetcher:
        return fetcher.fetch(url, Validators())


def generate(base_url: str, seconds: float = SECONDS) -> str:
    prompt = make_prompt("write a function", [], template="chat")
    return complete(OpenAIModel("m", base_url=base_url, timeout_seconds=seconds), prompt).text


@pytest.mark.parametrize("script", DRIPS.values(), ids=DRIPS)
def test_a_crawl_abandons_a_server_that_sends_byte_by_byte(script: Script) -> None:
    with dripping(script) as server:
        start = monotonic()
        found = fetch(f"{server.origin}/")
        assert monotonic() - start < LATE
    assert (found.reason, found.detail) == ("unreadable", f"not complete after {SECONDS} s")
    assert found.is_cut and server.connections == 1  # and it is not asked again


@pytest.mark.parametrize("script", DRIPS.values(), ids=DRIPS)
def test_a_generator_abandons_a_server_that_sends_byte_by_byte(script: Script) -> None:
    with dripping(script) as server:
        start = monotonic()
        with pytest.raises(GeneratorError, match=f"not complete after {SECONDS} s"):
            generate(server.origin)
        assert monotonic() - start < LATE


@pytest.mark.parametrize("script", FLOODS.values(), ids=FLOODS)
def test_a_crawl_reads_no_more_of_a_flood_than_its_limit(script: Script) -> None:
    with dripping(script) as server:
        found = fetch(f"{server.origin}/", seconds=30)
    assert found.body is None and found.reason in {"unreadable", "too large"}
    assert "not whole" not in found.detail and len(found.detail) < 600


@pytest.mark.parametrize("name", ["interim answers", "headers", "an extension of a chunk", "no HTTP"])
def test_a_generator_reads_no_more_of_a_flood_than_its_limit(name: str) -> None:
    with dripping(FLOODS[name]) as server, pytest.raises(GeneratorError) as caught:
        generate(server.origin, seconds=30)
    assert "not whole" not in caught.value.why and len(str(caught.value)) < 1_000


def test_a_handshake_that_stalls_or_comes_byte_by_byte_ends() -> None:
    record = b"\x16\x03\x03\x40\x00"  # of 16 kB, of which a byte comes now and then
    for script in (silence, drip(b"\0", record)):
        with dripping(script) as server:
            url = server.origin.replace("http:", "https:")
            assert fetch(f"{url}/").is_cut
            with pytest.raises(GeneratorError, match="not complete after"):
                generate(url)


def test_a_name_that_never_resolves_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    released = Event()

    def never(*arguments: Any, **options: Any) -> Any:
        released.wait(60)
        raise OSError("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    try:
        assert fetch("http://docs.example.invalid/").is_cut
        with pytest.raises(GeneratorError, match="not complete after"):
            generate("http://docs.example.invalid/v1")
    finally:
        released.set()


def test_a_host_that_accepts_no_connection_ends() -> None:
    with socket.socket() as full:  # its queue holds one, and nobody takes it
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        try:
            start = monotonic()
            assert fetch(f"http://127.0.0.1:{full.getsockname()[1]}/").is_cut
            assert monotonic() - start < LATE
        finally:
            for one in waiting:
                one.close()


def test_a_server_that_reads_no_request_ends() -> None:
    with dripping(silence, takes_request=False) as server:
        prompt = make_prompt("x" * 20_000_000, [], template="chat", max_tokens=10**9)
        with pytest.raises(GeneratorError, match="not complete after"):
            complete(OpenAIModel("m", base_url=server.origin, timeout_seconds=1.0), prompt)


def test_a_stopped_crawl_abandons_a_server_at_once() -> None:
    for script in (silence, drip(b"x", OK + b"\r\n"), DRIPS["100 Continue"]):
        stop = Event()
        found: list[Answer] = []
        with dripping(script) as server:
            url = f"{server.origin}/"
            asking = Thread(target=lambda stop=stop, found=found, url=url: found.append(fetch(url, stop, 60)))
            asking.start()
            while not server.connections:
                sleep(0.01)
            start = monotonic()
            stop.set()
            asking.join()
            assert monotonic() - start < 2
        assert found[0].detail == "interrupted"


def test_redirects_are_not_followed_within_an_exchange() -> None:
    with serving((302, {"Location": "/v1/chat/completions"}, "")) as endpoint:
        with pytest.raises(GeneratorError, match="302"):
            generate(endpoint.url, seconds=30)
        assert len(endpoint.sent) == 1
    with serving_site({"/": Page(status=302, headers={"Location": "/"})}) as server:
        assert fetch(f"{server.origin}/").target == f"{server.origin}/"


# What servers say of waiting


@pytest.mark.parametrize("said", ["1e9", "nan", "inf", "-1e400", "1e400", "9" * 5_000, "Sun, 99 Foo 9999"])
def test_no_retry_after_keeps_anybody_waiting(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.generators.endpoints.openai_endpoint.FIRST_PAUSE_SECONDS", 0.0)
    later = serving(refusal(429, "later", **{"Retry-After": said}))
    with later as endpoint, pytest.raises(GeneratorError, match="later"):
        generate(endpoint.url, seconds=30)
    with serving_site({"/": Page(status=429, headers={"Retry-After": said})}) as server:
        assert fetch(f"{server.origin}/").reason == "unreadable"


# What generators answer


@pytest.mark.parametrize(
    "body",
    [
        "[" * 200_000,
        '{"a":' * 200_000,
        '{"choices": [{"message": {"content": ' + "[" * 100_000,
        '{"choices": [{"message": {"content": 1' + "0" * 5_000 + "}}]}",
        '{"error": ' + "[" * 100_000,
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_answer_that_is_nested_too_deeply_is_reported(
    body: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with serving((status, {}, body)) as endpoint, pytest.raises(GeneratorError) as caught:
        generate(endpoint.url, seconds=30)
    assert len(str(caught.value)) < 2_000 and "RecursionError" not in str(caught.value)


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return gzip.compress(b'{"choices": "' + b" " * 30_000_000)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_a_compressed_answer_is_unpacked_within_bounds(coding: str, bomb: bytes) -> None:
    script: Script = lambda: iter(  # noqa: E731
        [OK + f"Content-Encoding: {coding}\r\nContent-Length: {len(bomb)}\r\n\r\n".encode(), bomb]
    )
    with dripping(script) as server, pytest.raises(GeneratorError, match=r"more than|not asked for"):
        generate(server.origin, seconds=30)


def test_a_compressed_answer_is_understood() -> None:
    body = gzip.compress(json.dumps(answer("x = 1")[2]).encode())

    def script() -> Iterator[bytes]:
        yield OK + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    with dripping(script) as server:
        assert generate(server.origin, seconds=30) == "x = 1"


@pytest.mark.parametrize("tokens", ["many", -1, 1e300, True, [1], 10**30])
def test_what_a_server_says_of_its_model_is_used_if_it_is_sound(tokens: Any) -> None:
    choice = {"message": {"content": "x = '\ud800'"}, "finish_reason": "\ud800" * 500}
    said = {"choices": [choice], "usage": {"prompt_tokens": tokens}}
    with serving((200, {}, said)) as endpoint:
        prompt = make_prompt("write a function", [], template="chat")
        completion = complete(OpenAIModel("m", base_url=endpoint.url), prompt)
    completion.text.encode()
    completion.finish.encode()
    assert completion.prompt_tokens is None and len(completion.finish) <= 40


# The first Ctrl-C


def interrupted(
    command: list[str], is_waiting: Callable[[], bool], environment: dict[str, str] | None = None
) -> tuple[bytes, float]:
    """Run a command until it waits for a server, interrupt it once, and return its errors and the seconds."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, cwd=ROOT)
    try:
        end = monotonic() + 60
        while not is_waiting():
            assert process.poll() is None and monotonic() < end
            sleep(0.02)
        sleep(0.5)
        process.send_signal(signal.SIGINT)
        start = monotonic()
        _, stderr = process.communicate(timeout=30)
        seconds = monotonic() - start
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, stderr
    return stderr, seconds


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="signals are those of POSIX")
@pytest.mark.parametrize("name", ["headers", "a trailer"])
def test_the_first_interrupt_ends_a_crawl_and_the_next_run_goes_on(name: str, tmp_path: Path) -> None:
    names = [f"{number}.html" for number in range(12)]
    pages = {f"/{name}": page(f"Page {name}") for name in names} | {"/": page("Home", *names)}
    stuck = {f"/{number}.html": pages.pop(f"/{number}.html") for number in range(4, 10)}
    pages |= {path: "" for path in SEEDS}
    with dripping(DRIPS[name], pages=pages) as server:
        command = [sys.executable, "-m", "rag.cli.main", "index", f"{server.origin}/", "--allow-private"]
        command += ["--index", str(tmp_path / "index")]
        environment = os.environ | {"RAG_CACHE": str(tmp_path / "cache")}
        stderr, seconds = interrupted(command, lambda: bool(stuck.keys() & server.asked.keys()), environment)
        assert b"Traceback" not in stderr
        assert seconds < 2
        server.pages |= stuck
        done = subprocess.run(command, capture_output=True, check=False, env=environment, cwd=ROOT)
        assert done.returncode == 0, done.stderr
        assert server.asked["/0.html"] == 1  # what came before is kept


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="signals are those of POSIX")
def test_the_first_interrupt_ends_a_generator(tmp_path: Path) -> None:
    app = write_tree(tmp_path / "app", {"a.py": "def f():\n    return 1\n"})
    Index.build(tmp_path / "index", [app]).close()
    with dripping(DRIPS["headers"]) as server:
        command = [sys.executable, "-m", "rag.cli.main", "generate", "a function"]
        command += [
            "--generator",
            "openai:m",
            "--base-url",
            server.origin,
            "--index",
            str(tmp_path / "index"),
        ]
        stderr, seconds = interrupted(command, lambda: server.connections > 0)
    assert b"Traceback" not in stderr
    assert seconds < 2
