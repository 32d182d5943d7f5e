"""An agent is answered on standard input and output, and by HTTP, in the protocol of today and before."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from rag.serving.projects import Projects
from tests.served_project import served, write_project


async def a_session(client: Client) -> list[str]:
    """Do what an agent does: look at the tools, search, read what was found."""
    tools = [tool.name for tool in (await client.list_tools()).tools]
    assert {"search", "read", "docs", "api", "check", "status"} == set(tools)
    found: Any = await client.call_tool("search", {"query": "read a price from a text", "k": 3})
    hit = found.structured_content["hits"][0]
    read: Any = await client.call_tool("read", {"path": hit["path"], "line": hit["line"]})
    return [hit["symbol"], read.content[0].text]


def in_folder(folder: Path, call: Callable[[Client], Awaitable[list[str]]], mode: str) -> list[str]:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "rag", "mcp", "--no-watch"], cwd=str(folder)
    )

    async def asked() -> list[str]:
        async with Client(stdio_client(server), mode=mode) as client:
            return await call(client)

    return asyncio.run(asked())


@pytest.mark.slow(8)
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_agent_that_starts_the_command_is_answered(folder: Path, mode: str) -> None:
    symbol, text = in_folder(folder, a_session, mode)
    assert symbol == "parse_price"
    assert "def parse_price" in text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_agent_is_answered_by_http(projects: Projects, mode: str) -> None:
    async def asked(address: str) -> list[str]:
        async with Client(f"{address}/mcp", mode=mode) as client:
            return await a_session(client)

    with served(projects) as address:
        symbol, text = asyncio.run(asked(address))
    assert symbol == "parse_price" and "def parse_price" in text


@pytest.mark.slow(6)
def test_eight_agents_are_answered_while_the_index_changes(tmp_path: Path) -> None:
    from rag.serving.watching import Watching

    folder = write_project(tmp_path / "shop")
    projects = Projects()
    project = projects.add(folder)
    projects.start()
    noted: list[str] = []
    watching = Watching(noted.append)
    watching.start(project)
    answers: list[Any] = []

    async def agent(address: str, number: int) -> None:
        async with Client(f"{address}/mcp") as client:
            for _ in range(8):
                answers.append(await client.call_tool("search", {"query": "parse_price", "k": 2}))
                (folder / f"more{number}.py").write_text(f"def added_{number}():\n    return {number}\n")

    async def all_agents(address: str) -> None:
        await asyncio.gather(*(agent(address, number) for number in range(8)))

    with served(projects) as address:
        asyncio.run(all_agents(address))
    watching.close()
    projects.close()
    assert len(answers) == 64
    for answer in answers:
        assert not answer.is_error
        assert answer.structured_content["hits"][0]["symbol"] == "parse_price"
    assert not noted
