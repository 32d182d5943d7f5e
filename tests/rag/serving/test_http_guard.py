"""A service refuses strangers, pages of other origins, floods and slow clients, before it does any work."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import httpx
import pytest

from corpora.errors import RagError
from rag.serving import run
from rag.serving.http.guard import Guard
from rag.serving.http.settings import HttpSettings, host_name, is_loopback_address
from rag.serving.projects import Projects
from tests.served_project import http, served

TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def address(projects: Projects) -> Iterator[str]:
    with served(projects) as address:
        yield address


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost.evil.example", "", "127.0.0.1.nip.io"]
)
def test_a_name_that_was_rebound_to_this_machine_is_refused(address: str, host: str) -> None:
    answer = httpx.get(f"{address}/api/projects", headers={"host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:3"])
def test_names_of_this_machine_are_answered(address: str, host: str) -> None:
    assert httpx.get(f"{address}/api/projects", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1.evil.example", "file://"],
)
def test_a_page_of_another_origin_is_refused(address: str, origin: str) -> None:
    for path in ("/api/search", "/v1/chat/completions", "/mcp"):
        answer = httpx.post(f"{address}{path}", headers={"origin": origin}, json={})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def test_the_own_page_and_allowed_ones_may_ask(projects: Projects, address: str) -> None:
    asked = {"project": "shop", "query": "basket"}
    assert httpx.post(f"{address}/api/search", headers={"origin": address}, json=asked).status_code == 200
    with served(projects, http(allowed_origins=("http://friend.example",))) as friendly:
        answer = httpx.post(f"{friendly}/api/search", headers={"origin": "http://friend.example"}, json=asked)
    assert answer.status_code == 200


def test_without_the_token_only_the_files_of_the_page_are_shown(projects: Projects) -> None:
    with served(projects, http(token=TOKEN)) as address:
        for path in ("/", "/healthz", "/page/page.js"):
            assert httpx.get(address + path).status_code == 200
        paths = ("/api/projects", "/metrics", "/v1/models", "/v1/vector_stores", "/api/runs", "/nowhere")
        for path in paths:
            for headers in ({}, {"authorization": "Bearer wrong-but-quite-long"}, {"authorization": TOKEN}):
                refused = httpx.get(address + path, headers=headers)
                assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert httpx.post(f"{address}/mcp", json={}).status_code == 401
        allowed = {"authorization": f"Bearer {TOKEN}"}
        assert httpx.get(f"{address}/api/projects", headers=allowed).status_code == 200
        assert httpx.get(f"{address}/api/projects", headers={"x-api-key": TOKEN}).status_code == 200


def test_others_are_not_let_in_without_a_token() -> None:
    with pytest.raises(RagError, match="without a token"):
        HttpSettings(host="0.0.0.0")
    with pytest.raises(RagError, match="too short"):
        HttpSettings(token="secret")
    assert HttpSettings(host="0.0.0.0", token=TOKEN).may_be_called("0.0.0.0:80")
    assert TOKEN not in repr(HttpSettings(token=TOKEN))


def test_addresses_are_told_apart() -> None:
    assert (
        is_loopback_address("127.8.0.1") and is_loopback_address("::1") and is_loopback_address("localhost")
    )
    assert not is_loopback_address("10.0.0.1") and not is_loopback_address("localhost.evil.example")
    assert host_name("Example.COM:80") == "example.com"


def send(address: str, head: str, body: bytes = b"") -> bytes:
    """Send bytes as they are, and return what comes back until the connection ends or nothing comes."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        connection.settimeout(10)
        got = b""
        while b"\r\n\r\n" not in got:
            part = connection.recv(65536)
            if not part:
                break
            got += part
        return got


def test_a_body_of_a_hundred_megabytes_is_refused_before_it_comes(address: str) -> None:
    head = f"POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: {100_000_000}\r\n\r\n"
    assert b" 413 " in send(address, head)


def test_a_body_that_hides_its_size_is_refused_once_it_is_too_large(projects: Projects) -> None:
    with served(projects, http(max_body_bytes=1000)) as address:
        head = "POST /api/search HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert b" 413 " in send(address, head, b"7d0\r\n" + b"x" * 2000 + b"\r\n0\r\n\r\n")
        lies = "POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n"
        assert b" 400 " in send(address, lies)


def test_a_body_that_comes_too_slowly_is_refused(projects: Projects) -> None:
    with served(projects, http(body_seconds=0.2)) as address:
        head = "POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
        assert b" 408 " in send(address, head)


def test_a_connection_without_a_request_is_ended(projects: Projects, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_HEADER_SECONDS", 0.1)
    with served(projects) as address:
        begin = time.monotonic()
        assert send(address, "GET / HTTP/1.1\r\nHost: loc") == b""
        assert time.monotonic() - begin < 8


def test_an_answer_that_takes_too_long_is_ended(projects: Projects) -> None:
    with served(projects, http(answer_seconds=0.0001)) as address:
        assert httpx.get(f"{address}/api/status").status_code == 504


@pytest.mark.slow(4)
def test_two_hundred_requests_at_once_are_all_answered(projects: Projects) -> None:
    answers: list[tuple[int, str]] = []

    def ask(address: str, number: int) -> None:
        asked = {"project": "shop", "query": f"basket {number}", "k": 1}
        answer = client.post(f"{address}/api/search", json=asked)
        answers.append((answer.status_code, answer.json()["hits"][0]["project"]))

    limits = httpx.Limits(max_connections=200)
    with (
        served(projects, http(most_at_once=4)) as address,
        httpx.Client(timeout=60, limits=limits) as client,
    ):
        threads = [threading.Thread(target=ask, args=(address, number)) for number in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [(200, "shop")] * 200


def test_more_than_may_wait_are_told_to_come_again(projects: Projects) -> None:
    statuses: list[int] = []

    def ask(address: str) -> None:
        answer = httpx.get(f"{address}/api/status", timeout=60)
        statuses.append(answer.status_code)
        if answer.status_code == 503:
            assert answer.headers["retry-after"] == "1"

    with served(projects, http(most_at_once=1, most_waiting=1)) as address:
        threads = [threading.Thread(target=ask, args=(address,)) for _ in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(statuses) == {200, 503}


def test_the_log_has_no_questions_unless_they_are_asked_for(projects: Projects) -> None:
    asked = {"project": "shop", "query": "a very private question"}
    headers = {"authorization": "Bearer sk-very-secret-key"}
    for logs in (False, True):
        with redirect_stderr(StringIO()) as log, served(projects, http(logs_questions=logs)) as address:
            httpx.post(f"{address}/api/search", json=asked, headers=headers)
            httpx.get(f"{address}/page/a%1b[31m%0afake")
        lines = [json.loads(line) for line in log.getvalue().splitlines()]
        assert [line["status"] for line in lines] == [200, 404]
        assert lines[0]["route"] == "/api/search" and lines[1]["route"] == "/page/{name}"
        assert ("private question" in log.getvalue()) == logs
        assert "secret" not in log.getvalue() and "\x1b" not in log.getvalue()


def test_metrics_count_what_was_answered_and_name_no_path_of_a_client(address: str) -> None:
    httpx.get(f"{address}/nowhere/at/all")
    text = httpx.get(f"{address}/metrics").text
    assert 'rag_index_chunks{project="shop"}' in text
    assert 'rag_requests_total{method="GET",route="other",status="404"}' in text
    assert "nowhere" not in text


def test_a_port_that_is_taken_is_told(address: str) -> None:
    with pytest.raises(RagError, match="cannot listen"):
        run.listen(HttpSettings(port=int(address.rpartition(":")[2])))


def test_errors_are_json_that_clients_show(address: str) -> None:
    for answer in (
        httpx.get(f"{address}/nowhere"),
        httpx.post(f"{address}/api/search", content=b"{"),
        httpx.post(f"{address}/api/search", json=[]),
        httpx.post(f"{address}/api/search", json={"query": 3}),
        httpx.post(f"{address}/api/search", json={"query": "x", "project": "elsewhere"}),
        httpx.get(f"{address}/api/search"),
    ):
        assert answer.status_code in (400, 404, 405)
        assert answer.json()["error"]["message"]


def test_answers_are_sent_at_once(address: str) -> None:
    """A connection of a socket whose protocol is not named waits 40 ms between the head and the body."""
    listening = run.listen(HttpSettings(port=0))
    assert listening.proto == socket.IPPROTO_TCP
    listening.close()


def test_work_ends_when_nobody_waits_for_it_and_not_before() -> None:
    ended: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["body"] == b"{}"
        try:
            if scope["path"] == "/quick":
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b"x"})
                await asyncio.sleep(0.05)  # what is left to do after the last byte
            else:
                await asyncio.sleep(60)
            ended.append("whole")
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def ask(path: str) -> list[str]:
        sent: list[str] = []
        messages = [{"type": "http.request", "body": b"{}"}]

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await asyncio.sleep(0.01)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message["type"])

        scope = {"type": "http", "method": "POST", "path": path, "headers": [(b"host", b"localhost")]}
        await Guard(application, HttpSettings())(scope, receive, send)
        return sent

    assert asyncio.run(ask("/slow")) == []
    assert asyncio.run(ask("/quick")) == ["http.response.start", "http.response.body"]
    assert ended == ["cancelled", "whole"]
