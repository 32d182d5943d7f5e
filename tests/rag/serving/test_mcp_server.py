"""Agents ask by the Model Context Protocol: the client of its SDK calls every tool."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import jsonschema
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult

from rag.serving.mcp.server import make_mcp_server
from rag.serving.permissions import NO_PERMISSIONS, Permissions
from rag.serving.projects import Projects
from tests.served_project import opened, write_project

_Result = TypeVar("_Result")


def ask(
    projects: Projects,
    call: Callable[[Client], Awaitable[_Result]],
    permissions: Permissions = NO_PERMISSIONS,
) -> _Result:
    async def asked() -> _Result:
        async with Client(make_mcp_server(projects, permissions)) as client:
            return await call(client)

    return asyncio.run(asked())


def call(projects: Projects, name: str, **arguments: Any) -> CallToolResult:
    async def called(client: Client) -> CallToolResult:
        result = await client.call_tool(name, arguments)
        assert isinstance(result, CallToolResult)
        return result

    return ask(projects, called)


def text_of(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if block.type == "text")


CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("search", {"query": "read a price from a text"}, "parse_price"),
    ("read", {"path": "shop/basket.py", "line": 19}, "def parse_price"),
    ("api", {"library": "jinja2", "name": "Environment.from_string"}, "source"),
    ("check", {"code": "import jinja2\njinja2.Enviroment()\n"}, "Enviroment"),
    ("status", {}, "3 documents"),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), CALLS, ids=[name for name, _, _ in CALLS])
def test_each_tool_answers_in_words_and_as_data_of_its_schema(
    projects: Projects, name: str, arguments: dict[str, Any], expected: str
) -> None:
    async def called(client: Client) -> tuple[Any, Any]:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        return tools[name], await client.call_tool(name, arguments)

    tool, result = ask(projects, called)
    assert not result.is_error
    assert expected in text_of(result)
    assert tool.description and tool.annotations.read_only_hint
    assert tool.output_schema is not None
    jsonschema.validate(result.structured_content, tool.output_schema)


def test_an_answer_has_exact_places(projects: Projects) -> None:
    found = call(projects, "search", query="parse_price", k=1).structured_content
    assert found is not None
    hit = found["hits"][0]
    assert (hit["path"], hit["symbol"], hit["is_stale"]) == ("shop/basket.py", "parse_price", False)
    read = call(projects, "read", path=hit["path"], line=hit["line"], lines=20)
    assert "def parse_price(text):" in text_of(read)


def test_an_expression_with_blanks_is_found(projects: Projects) -> None:
    found = call(projects, "search", query="", regex=r"def parse_\w+\(text", k=1).structured_content
    assert found is not None and found["hits"][0]["symbol"] == "parse_price"
    wrong = call(projects, "search", query="", regex="(")
    assert wrong.is_error and "fix:" in text_of(wrong)


def test_notices_stand_in_a_block_behind_the_answer(projects: Projects) -> None:
    result = call(projects, "search", query="basket item prices", max_tokens=60)
    *_, last = result.content
    assert last.type == "text" and last.text.startswith("note: ") and "did not fit" in last.text
    assert "note:" not in text_of(CallToolResult(content=result.content[:1]))


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("read", {"path": "../../../etc/passwd"}, "only what was indexed can be read"),
        ("read", {"path": "/etc/passwd"}, "only what was indexed can be read"),
        ("search", {"query": "x", "project": ["/"]}, "known are: shop"),
        ("search", {"query": ""}, "the query is empty"),
        ("search", {"query": "x", "k": 10_000}, "less than or equal to 100"),
        ("search", {"query": "x" * 200_000}, "at most 100000 characters"),
        ("docs", {"library": "pandas", "question": "merge"}, "rag docs add pkg:pandas"),
        ("docs", {"library": "pandas", "question": " "}, "the query is empty"),
        ("api", {"library": "/etc"}, "names no library"),
        ("api", {"library": "jinja2", "version": "2.11.3"}, "is not on this machine"),
        ("check", {"code": "x", "project": "nowhere"}, "known are: shop"),
        ("index", {}, "Unknown tool"),
    ],
)
def test_what_must_not_be_done_is_an_error_with_a_reason(
    projects: Projects, name: str, arguments: dict[str, Any], reason: str
) -> None:
    result = call(projects, name, **arguments)
    assert result.is_error
    assert reason in text_of(result)


def test_an_index_is_made_only_where_that_is_allowed_with_progress(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f():\n    return 1\n")
    told: list[float] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async def called(client: Client) -> tuple[Any, Any]:
        await client.list_tools()
        made = await client.call_tool("index", {}, progress_callback=tell)
        return made, await client.call_tool("search", {"query": "f"})

    with opened(tmp_path) as projects:
        made, found = ask(projects, called, Permissions(may_index=True))
    assert not made.is_error and made.structured_content["added"] == 1
    assert found.structured_content["hits"][0]["path"] == "a.py"
    assert told


def test_resources_are_files_and_units_and_lead_nowhere_else(projects: Projects) -> None:
    async def read(client: Client, uri: str) -> str:
        (content,) = (await client.read_resource(uri)).contents
        return str(getattr(content, "text", ""))

    async def refused(client: Client, uri: str) -> None:
        with pytest.raises(MCPError):
            await read(client, uri)

    async def called(client: Client) -> list[str]:
        templates = (await client.list_resource_templates()).resource_templates
        assert {one.name for one in templates} == {"file", "unit"}
        return [
            await read(client, "rag://shop/file/shop/basket.py"),
            await read(client, "rag://shop/unit/parse_price"),
            await read(client, "rag://status"),
        ]

    file, unit, status = ask(projects, called)
    assert "class Basket" in file and "Read a price" in unit and "3 documents" in status

    for wrong in (
        "rag://shop/file/../../etc/passwd",
        "rag://shop/file/%2e%2e/%2e%2e/etc/passwd",
        "rag://shop/file//etc/passwd",
        "rag://shop/file/.rag/catalog.sqlite",
        "rag://elsewhere/file/shop/basket.py",
        "rag://shop/unit/nowhere",
        "file:///etc/passwd",
    ):
        ask(projects, partial(refused, uri=wrong))


def test_prompts_are_our_templates_with_passages(projects: Projects) -> None:
    async def called(client: Client) -> tuple[set[str], Any]:
        names = {one.name for one in (await client.list_prompts()).prompts}
        return names, await client.get_prompt("docprompting", {"request": "sum the prices of a basket"})

    names, prompt = ask(projects, called)
    assert {"docprompting", "chat", "code", "context"} <= names
    text = prompt.messages[0].content.text
    assert "Task: sum the prices of a basket" in text and "def parse_price" in text


def test_a_prompt_for_a_project_that_is_not_there_says_so(projects: Projects) -> None:
    async def refused(client: Client) -> None:
        with pytest.raises(MCPError, match="known are: shop"):
            await client.get_prompt("docprompting", {"request": "x", "project": "nowhere"})

    ask(projects, refused)


def test_a_project_is_chosen_by_its_name_or_a_folder_in_it(folder: Path, tmp_path: Path) -> None:
    other = write_project(tmp_path / "other")
    with opened(folder, other) as projects:
        by_name = call(projects, "search", query="parse_price", project=["other"]).structured_content
        by_folder = call(projects, "search", query="parse_price", project=[str(other / "shop")])
        both = call(projects, "search", query="parse_price", project=["shop", "other"]).structured_content
    assert by_name is not None and both is not None and by_folder.structured_content is not None
    assert {hit["project"] for hit in by_name["hits"]} == {"other"}
    assert {hit["project"] for hit in by_folder.structured_content["hits"]} == {"other"}
    assert {hit["project"] for hit in both["hits"]} == {"shop", "other"}
    assert {state["project"] for state in both["states"]} == {"shop", "other"}
