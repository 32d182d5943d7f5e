"""The data of the page: hits, prompts, versions of a unit, the status of indexes, and runs of evaluation."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from corpora.errors import RagError
from indexers.tokens import query_tokens
from rag.aio.threads import in_thread, searching_threads
from rag.doc_prompter import DocPrompter
from rag.prompting.fence import safe_line
from rag.prompting.template_files import known_templates
from rag.rendering.hits import HitView
from rag.rendering.prompt_text import prompt_record
from rag.retrieval.freshness import check_freshness
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from rag.retrieval.source_files import source_folders
from rag.serving.answers.search import SearchRequest, filter_of
from rag.serving.answers.state import notes_on_states, state_of
from rag.serving.answers.status import status_of_projects
from rag.serving.http.body import json_body
from rag.serving.page.runs import Runs, Tickets
from rag.serving.page.shown import page_hit
from rag.serving.page.versions import versions_of
from rag.serving.permissions import Permissions
from rag.serving.projects import Projects

_Made = TypeVar("_Made")
_MOST_SKIPPED: Final = 500
_NOT_KEPT: Final = {"cache-control": "no-store"}
_REPORT_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
"""A report holds code and answers of models, and is its own page: nothing in it may reach this service."""


class PageData:
    """Answers what the page asks for."""

    def __init__(self, projects: Projects, permissions: Permissions, runs: tuple[str, ...]) -> None:
        self._projects, self._permissions = projects, permissions
        self._runs, self._tickets = Runs(tuple(map(Path, runs))), Tickets()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/api/projects", self.projects, methods=["GET"]),
            Route("/api/search", self.search, methods=["POST"]),
            Route("/api/prompt", self.prompt, methods=["POST"]),
            Route("/api/versions", self.versions, methods=["POST"]),
            Route("/api/status", self.status, methods=["GET"]),
            Route("/api/runs", self.runs, methods=["GET"]),
            Route("/api/runs/{number:int}", self.run, methods=["GET"]),
            Route("/api/runs/{number:int}/compared/{other:int}", self.compared, methods=["GET"]),
            Route("/page/reports/{ticket}", self.report, methods=["GET"]),
        ]

    async def projects(self, request: Request) -> Response:
        """List the projects and the templates."""
        templates = [name for name, one in known_templates().items() if one.kind == "answer"]
        names = [{"name": one.name, "folder": str(one.folder)} for one in self._projects.find()]
        return _json({"projects": names, "templates": templates, "has_runs": bool(self._runs.listed())})

    async def search(self, request: Request) -> Response:
        """Search one project."""
        asked = json_body(await request.body())
        wanted = SearchRequest(
            query=_text(asked, "query"),
            k=_number(asked, "k", 30),
            languages=_texts(asked, "languages"),
            libraries=_texts(asked, "libraries"),
            paths=_texts(asked, "paths"),
            kinds=_texts(asked, "kinds"),
            drops_suspicious=False,
        )
        request.state.facts["question"] = wanted.query
        project = self._projects.only(_text(asked, "project"))

        def look() -> dict[str, Any]:
            with project.reading() as index:
                state = state_of(project, index)
                folders = source_folders(index)
                options = SearchOptions(filter=filter_of(wanted, project.folder, folders))
                hits = check_freshness(index, retrieve(index, wanted.query, wanted.k, options), folders)
            view = HitView(folders, project.folder, frozenset(query_tokens(wanted.query)))
            shown = [page_hit(project.name, hit, view) for hit in hits]
            return {"hits": shown, "notes": list(notes_on_states([state])), "state": asdict(state)}

        return _json(await _working(look))

    async def prompt(self, request: Request) -> Response:
        """Make the prompt that would be sent for a question."""
        asked = json_body(await request.body())
        project = self._projects.only(_text(asked, "project"))
        query, template = _text(asked, "query"), _text(asked, "template") or "docprompting"
        if template not in known_templates():
            raise RagError(
                f"there is no template {safe_line(template)}", why="it is none of the known", fix="choose one"
            )
        wanted = SearchRequest(query, _number(asked, "k", 8), _number(asked, "max_tokens", 3_000))

        def make() -> dict[str, Any]:
            with project.reading() as index:
                prompter = DocPrompter(
                    index,
                    template=template,
                    k=wanted.k,
                    max_tokens=wanted.max_tokens,
                    untrusted=self._permissions.untrusted,
                )
                made = prompter.prompt(query)
            messages = [{"role": one.role, "content": one.content} for one in made.messages]
            return {**prompt_record(made), "messages": messages, "max_tokens": wanted.max_tokens}

        return _json(await _working(make))

    async def versions(self, request: Request) -> Response:
        """Return a unit of documentation at each version that is indexed."""
        asked = json_body(await request.body())
        project = self._projects.only(_text(asked, "project"))
        name, library = _text(asked, "name"), _text(asked, "library")
        found = await _working(lambda: versions_of(project, library, name))
        return _json({"name": safe_line(name), "library": safe_line(library), "versions": found})

    async def status(self, request: Request) -> Response:
        """Return what the indexes hold, how new they are, and which files are left out and why."""

        def look() -> list[dict[str, Any]]:
            found = []
            projects = self._projects.find()
            for project, status in zip(projects, status_of_projects(projects), strict=True):
                skipped: list[dict[str, str]] = []
                if not status.problem:
                    with project.reading() as index:
                        skipped = [
                            {
                                "path": safe_line(one.path),
                                "reason": one.reason,
                                "detail": safe_line(one.detail),
                            }
                            for one in index.catalog.census.skipped()[:_MOST_SKIPPED]
                        ]
                found.append({**asdict(status), "skipped_files": skipped})
            return found

        return _json({"projects": await _working(look)})

    async def runs(self, request: Request) -> Response:
        """List the runs of evaluation."""
        return _json({"runs": await _working(self._runs.listed)})

    async def run(self, request: Request) -> Response:
        """Make the report of a run, and return the address where it is for a while."""
        number = request.path_params["number"]
        return _json({"address": self._tickets.keep(await _working(lambda: self._runs.report(number)))})

    async def compared(self, request: Request) -> Response:
        """Make the comparison of two runs, and return the address where it is for a while."""
        first, second = request.path_params["number"], request.path_params["other"]
        page = await _working(lambda: self._runs.comparison(first, second))
        return _json({"address": self._tickets.keep(page)})

    async def report(self, request: Request) -> Response:
        """Return a report that was made: a page of its own, in a frame, which cannot send a token."""
        page = self._tickets.page(request.path_params["ticket"])
        headers = {
            **_NOT_KEPT,
            "content-security-policy": _REPORT_POLICY,
            "x-content-type-options": "nosniff",
        }
        return HTMLResponse(page, headers=headers) if page else Response("gone", 404)


async def _working(call: Callable[[], _Made]) -> _Made:
    return await in_thread(call, searching_threads())


def _json(data: Any) -> Response:
    return JSONResponse(data, headers=_NOT_KEPT)


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str):
        raise _wrong(name, "a text")
    return value


def _texts(asked: dict[str, Any], name: str) -> tuple[str, ...]:
    values = asked.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _wrong(name, "a list of texts")
    return tuple(values)


def _number(asked: dict[str, Any], name: str, default: int) -> int:
    value = asked.get(name, default)
    if type(value) is not int:
        raise _wrong(name, "a whole number")
    return value


def _wrong(name: str, wanted: str) -> RagError:
    return RagError(f"{name} cannot be read", why=f"it has to be {wanted}", fix="correct it")
