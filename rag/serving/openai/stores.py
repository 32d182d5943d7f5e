"""Projects as vector stores of OpenAI's protocol: clients of that search them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from corpora.errors import RagError
from rag.aio.threads import in_thread, searching_threads
from rag.serving.answers.search import MAX_TOKENS, SearchRequest, search_projects
from rag.serving.answers.shown_hit import ShownHit
from rag.serving.http.body import json_body
from rag.serving.permissions import Permissions
from rag.serving.projects import Projects

_FIELDS: Final = ("language", "library", "version", "path", "kind")
_MOST_FILTERS: Final = 50


class Stores:
    """Lists projects as vector stores, and searches one."""

    def __init__(self, projects: Projects, permissions: Permissions) -> None:
        self._projects, self._permissions = projects, permissions

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/vector_stores", self.listing, methods=["GET"]),
            Route("/v1/vector_stores/{store}", self.one, methods=["GET"]),
            Route("/v1/vector_stores/{store}/search", self.search, methods=["POST"]),
        ]

    async def listing(self, request: Request) -> Response:
        """List the projects."""
        data = [_store(project.name) for project in self._projects.find()]
        return JSONResponse({"object": "list", "data": data, "has_more": False})

    async def one(self, request: Request) -> Response:
        """Describe a project."""
        return JSONResponse(_store(self._projects.only(request.path_params["store"]).name))

    async def search(self, request: Request) -> Response:
        """Search a project."""
        body = json_body(await request.body())
        asked = _request_of(body, self._permissions)
        request.state.facts["question"] = asked.query
        project = self._projects.only(request.path_params["store"])
        found = await in_thread(lambda: search_projects([project], asked), searching_threads())
        data = [_result(hit, number) for number, hit in enumerate(found.hits)]
        page = {"object": "vector_store.search_results.page", "search_query": [asked.query]}
        return JSONResponse({**page, "data": data, "has_more": False, "next_page": None})


def _store(name: str) -> dict[str, Any]:
    return {"id": name, "object": "vector_store", "name": name, "created_at": 0, "status": "completed"}


def _request_of(body: Mapping[str, Any], permissions: Permissions) -> SearchRequest:
    query, number = body.get("query", ""), body.get("max_num_results", 10)
    if isinstance(query, list) and all(isinstance(one, str) for one in query):
        query = "\n".join(query)
    if not isinstance(query, str) or type(number) is not int:
        raise RagError(
            "the search cannot be read",
            why="query is no text, or max_num_results no number",
            fix="correct it",
        )
    request = SearchRequest(query, number, MAX_TOKENS, drops_suspicious=permissions.drops_suspicious)
    chosen: dict[str, tuple[str, ...]] = {}
    for key, values in _filters(body.get("filters"), 0):
        if key in chosen:
            raise _no_filter(f"{key} is asked for twice")
        chosen[key] = values
    return replace(
        request,
        languages=chosen.get("language", ()),
        libraries=chosen.get("library", ()),
        versions=chosen.get("version", ()),
        paths=chosen.get("path", ()),
        kinds=chosen.get("kind", ()),
    )


def _filters(asked: Any, depth: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the fields of a filter, and the values that pass: equal ones, and all of several filters."""
    if asked is None:
        return
    if not isinstance(asked, Mapping) or depth > 2:
        raise _no_filter("it is no object, or nested too deep")
    kind = asked.get("type")
    if kind == "and" and isinstance(asked.get("filters"), list) and len(asked["filters"]) <= _MOST_FILTERS:
        for one in asked["filters"]:
            yield from _filters(one, depth + 1)
        return
    key, value = asked.get("key"), asked.get("value")
    values = value if kind == "in" and isinstance(value, list) else [value]
    if kind not in ("eq", "in") or key not in _FIELDS or not all(isinstance(one, str) for one in values):
        raise _no_filter(f"known are eq and in for {', '.join(_FIELDS)}, and and for several")
    yield key, tuple(map(str, values))


def _no_filter(why: str) -> RagError:
    return RagError("the filter is not understood", why=why, fix="leave it out, or write another")


def _result(hit: ShownHit, number: int) -> dict[str, Any]:
    facts = {"language": hit.language, "library": hit.library, "version": hit.version, "kind": hit.kind,
             "symbol": hit.symbol, "line": hit.line}  # fmt: skip
    attributes = {name: value for name, value in facts.items() if value}
    return {
        "file_id": f"{hit.project}/{hit.path}",
        "filename": hit.path,
        "score": round(1 / (number + 1), 4),  # scores of ours are no probabilities: this is the rank
        "attributes": attributes,
        "content": [{"type": "text", "text": hit.text or hit.head}],
    }
