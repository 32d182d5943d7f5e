"""A service for many shows each reader what they may read, over every surface, within their quota."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from corpora.errors import RagError
from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.serving.app import ServiceOptions, make_app
from rag.serving.http.quotas import OverQuota, Quotas
from rag.serving.http.readers import IndexReader, load_readers
from rag.serving.http.settings import HttpSettings
from rag.serving.permissions import Permissions
from rag.serving.projects import Projects
from tests.served_project import http, served
from tests.small_corpora import write_tree

ADA, BOB, ALL = "a-token-of-ada-000", "a-token-of-bob-000", "a-token-of-operators"
SECRET = "def acquire_rival(price):\n    '''Acquire the rival in spring.'''\n    return price\n"


def reader(name: str, token: str, *groups: str, **quotas: int) -> IndexReader:
    return IndexReader(name, frozenset(groups), hashlib.sha256(token.encode()).digest(), **quotas)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Projects]:
    folder = tmp_path_factory.mktemp("shop")
    write_tree(folder / "open", {"basket.py": "def add_price(price):\n    return price\n"})
    write_tree(folder / "secret", {"merger.py": SECRET})
    with Index.create(folder / ".rag") as index:
        index.update(
            [
                CorpusSpec("open", "code", str(folder / "open")),
                CorpusSpec("secret", "code", str(folder / "secret"), readers=("board",)),
            ]
        )
    projects = Projects()
    projects.add(folder, "shop")
    yield projects
    projects.close()


@pytest.fixture(scope="module")
def address(projects: Projects) -> Iterator[str]:
    readers = (reader("ada", ADA, "board"), reader("bob", BOB, "staff"))
    with served(projects, http(token=ALL, readers=readers)) as address:
        yield address


def asked(address: str, token: str, path: str, body: dict[str, Any] | None = None) -> str:
    if body is None:
        answer = httpx.get(address + path, headers=bearer(token))
    else:
        answer = httpx.post(address + path, headers=bearer(token), json=body)
    return answer.text


SURFACES = [
    ("/api/search", {"project": "shop", "query": "acquire the price", "k": 10}),
    ("/v1/vector_stores/shop/search", {"query": "acquire the price"}),
    ("/api/status", None),
    ("/api/prompt", {"project": "shop", "query": "acquire the price", "k": 10}),
]


@pytest.mark.parametrize(("path", "body"), SURFACES)
def test_a_surface_tells_a_reader_nothing_of_what_is_hidden(
    address: str, path: str, body: dict[str, Any] | None
) -> None:
    for token in (ADA, BOB, ALL, BOB, ADA):  # what one was shown is not kept for the next
        told = asked(address, token, path, body)
        assert ("merger" in told or "secret" in told or "rival" in told) <= (token != BOB), told
    assert asked(address, ADA, path, body) == asked(address, ALL, path, body)
    assert asked(address, BOB, path, body) != asked(address, ALL, path, body)


def test_figures_of_the_service_are_for_operators(address: str) -> None:
    answers = [httpx.get(f"{address}/metrics", headers=bearer(token)) for token in (ADA, BOB, ALL)]
    assert [one.status_code for one in answers] == [403, 403, 200]
    assert "chunks" not in answers[0].text and "chunks" in answers[2].text


def test_without_a_known_token_nothing_is_told(address: str) -> None:
    for headers in ({}, bearer("wrong-but-long-enough"), bearer(ADA + "x")):
        assert httpx.post(f"{address}/api/search", headers=headers, json={}).status_code == 401


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_agent_searches_as_the_reader_whose_token_it_sends(address: str, mode: str) -> None:
    async def symbols(token: str) -> set[str]:
        async with httpx2.AsyncClient(headers=bearer(token)) as carrier:
            transport = streamable_http_client(f"{address}/mcp", http_client=carrier)
            async with Client(transport, mode=mode) as client:
                found: Any = await client.call_tool("search", {"query": "acquire the rival price", "k": 5})
                return {hit["symbol"] for hit in found.structured_content["hits"]}

    assert asyncio.run(symbols(ADA)) == {"acquire_rival", "add_price"}
    assert asyncio.run(symbols(BOB)) == {"add_price"}


def test_nobody_goes_on_in_the_session_of_another(address: str) -> None:
    """A session is not kept at all: its number, sent by another, is worth nothing."""
    client: dict[str, Any] = {"protocolVersion": "2025-06-18", "capabilities": {}}
    client["clientInfo"] = {"name": "t", "version": "1"}
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client}
    accept = {"accept": "application/json, text/event-stream"}
    begun = httpx.post(f"{address}/mcp", headers=bearer(ADA) | accept, json=hello)
    assert begun.status_code == 200
    session = {"mcp-session-id": begun.headers.get("mcp-session-id", "1")}
    call = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"query": "acquire the price"}},
    }
    told = httpx.post(f"{address}/mcp", headers=bearer(BOB) | accept | session, json=call)
    assert "rival" not in told.text.replace("acquire the rival price", "")


def test_a_quota_is_told_with_the_time_after_which_to_ask_again(projects: Projects) -> None:
    readers = (reader("ada", ADA, per_minute=3), reader("bob", BOB))
    with served(projects, http(readers=readers)) as address:
        answers = [httpx.get(f"{address}/api/projects", headers=bearer(ADA)) for _ in range(5)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 20
        assert "3 requests a minute" in answers[-1].text
        assert httpx.get(f"{address}/api/projects", headers=bearer(BOB)).status_code == 200


def test_requests_are_earned_again_with_time() -> None:
    now = 0.0
    quotas, ada = Quotas(lambda: now), reader("ada", ADA, per_minute=2)
    for seconds, is_allowed in (
        (0, True),
        (0, True),
        (0, False),
        (29, False),
        (31, True),
        (31, False),
        (500, True),
    ):
        now = float(seconds)
        if is_allowed:
            with quotas.one_request(ada):
                pass
        else:
            with pytest.raises(OverQuota), quotas.one_request(ada):
                pass


def test_so_many_requests_are_worked_on_at_a_time() -> None:
    quotas, ada = Quotas(), reader("ada", ADA, at_once=1)
    with quotas.one_request(ada), pytest.raises(OverQuota, match="1 requests"), quotas.one_request(ada):
        pass
    with quotas.one_request(ada), quotas.one_request(reader("bob", BOB)):
        pass


def test_a_service_for_many_does_not_write(projects: Projects) -> None:
    settings = HttpSettings(readers=(reader("ada", ADA),))
    with pytest.raises(RagError, match="does not write"):
        make_app(projects, ServiceOptions(settings, Permissions(may_index=True)))
    with pytest.raises(RagError, match="no runs"):
        make_app(projects, ServiceOptions(settings, runs=("runs",)))


DIGEST = hashlib.sha256(ADA.encode()).hexdigest()
GOOD = f"""[[reader]]
name = "ada"
groups = ["board"]
token_sha256 = "{DIGEST}"
"""


def test_a_file_names_readers(tmp_path: Path) -> None:
    path = tmp_path / "readers.toml"
    path.write_text(GOOD + "requests_per_minute = 5\n")
    (ada,) = load_readers(path)
    assert ada == reader("ada", ADA, "board", per_minute=5)
    assert ada.names == {"ada", "board"} and "digest" not in repr(ada)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "at least one"),
        ("reader = 1", "at least one"),
        ("[[reader]]\nname = 1\n", "not of its type"),
        (GOOD + "token = 'x'\n", "'token'"),
        (GOOD.replace('"ada"', '""'), "no name"),
        (GOOD.replace('token_sha256 = "', 'token_sha256 = "x'), "64 hexadecimal"),
        (GOOD + "requests_per_minute = 0\n", "below 1"),
        (GOOD + "requests_at_once = true\n", "not of its type"),
        (GOOD + GOOD, "two readers"),
        ("[[reader", "Expected"),
        (GOOD + "[other]\n", "nothing else"),
    ],
)
def test_a_file_that_is_not_understood_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "readers.toml"
    path.write_text(text)
    with pytest.raises(RagError) as caught:
        load_readers(path)
    assert why in caught.value.why


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RagError, match="not known"):
        load_readers(tmp_path / "none.toml")
