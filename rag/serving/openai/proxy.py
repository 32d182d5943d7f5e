"""The endpoints of OpenAI's protocol that reach a model: chat completions, completions and responses."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rag.aio.threads import in_thread, searching_threads
from rag.serving.http.body import json_body
from rag.serving.http.problem import problem
from rag.serving.openai.backend import BackendGone, ModelBackend
from rag.serving.openai.context import NOT_ASKED, AddedContext, RecentContexts, with_context
from rag.serving.openai.relay import passed_on, relayed, whole_answer
from rag.serving.openai.turns import last_turn, replaced_turn
from rag.serving.openai.wanted import UNTOUCHED, WantedContext, backend_model, wanted_context
from rag.serving.permissions import Permissions
from rag.serving.projects import Projects

_DRAFT_FIELDS: Final = ("model", "max_tokens", "max_completion_tokens", "temperature", "seed", "stop")
_NO_DRAFT: Final = (
    BackendGone, httpx.HTTPError, OverflowError, ValueError, KeyError, IndexError, TypeError, RecursionError
)  # fmt: skip
_NO_BACKEND: Final = "start it with: rag serve --backend http://HOST:PORT/v1"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Puts context into requests, and sends them on.

    Args:
        projects: whose indexes are searched.
        backend: the server of the model; None if there is none, which all requests are told.
        permissions: what the service may do.
        defaults: what context is added to a request that says nothing.
        recent: turns that were answered lately.
    """

    projects: Projects
    backend: ModelBackend | None
    permissions: Permissions
    defaults: WantedContext
    recent: RecentContexts = field(default_factory=RecentContexts)

    def routes(self) -> list[Route]:
        """Return the routes of the proxy."""
        return [
            Route("/v1/chat/completions", self.chat, methods=["POST"]),
            Route("/v1/completions", self.completions, methods=["POST"]),
            Route("/v1/responses", self.responses, methods=["POST"]),
            Route("/v1/models", self.models, methods=["GET"]),
        ]

    async def chat(self, request: Request) -> Response:
        """Answer a chat: context goes above the last turn of the user."""
        return await self._answer(request, "/chat/completions", "messages")

    async def responses(self, request: Request) -> Response:
        """Answer by the protocol of responses, if the backend has it."""
        return await self._answer(request, "/responses", "input")

    async def completions(self, request: Request) -> Response:
        """Continue a text: sent on as it is, unless the request asks for context, which goes in front."""
        return await self._answer(request, "/completions", "prompt")

    async def models(self, request: Request) -> Response:
        """List the models of the backend, and the name that asks for no context."""
        if self.backend is None:
            return JSONResponse({"object": "list", "data": []})
        answer = await passed_on(self.backend, "GET", "/models", request.headers)
        try:
            listed = json.loads(bytes(answer.body))
            untouched = {"id": UNTOUCHED, "object": "model", "created": 0, "owned_by": "docprompting"}
            listed["data"] = [*listed["data"], untouched]
        except (ValueError, KeyError, TypeError, RecursionError):
            return answer
        return JSONResponse(listed, answer.status_code)

    async def _answer(self, request: Request, path: str, field: str) -> Response:
        if self.backend is None:
            return problem(503, "there is no server of a model behind this service", fix=_NO_BACKEND)
        body = json_body(await request.body())
        wanted = wanted_context(body, request.headers, self.defaults)
        if field == "prompt" and not ("rag" in body or "x-rag-enabled" in request.headers):
            wanted = replace(wanted, enabled=False)
        sent = {name: value for name, value in body.items() if name != "rag"}
        sent["model"] = backend_model(body.get("model"), self.backend.settings.model)
        if sent["model"] is None:
            del sent["model"]
        sent, added = await self._with_context(request, sent, field, wanted)
        request.state.facts["passages"] = len(added.passages)
        return await relayed(self.backend, path, request.headers, sent, added, told=wanted.include)

    async def _with_context(
        self, request: Request, body: dict[str, Any], field: str, wanted: WantedContext
    ) -> tuple[dict[str, Any], AddedContext]:
        turn = last_turn(body.get(field, ""))
        request.state.facts["question"] = turn.text
        if not wanted.enabled:
            return body, NOT_ASKED
        project = self.projects.only(wanted.project)
        retrieve = partial(with_context, project, turn.text, wanted, self.permissions)
        text, added = await in_thread(partial(retrieve, recent=self.recent), searching_threads())
        if added.passages and wanted.rounds > 1 and field == "messages":
            # Waited for here and not in a thread that searches: there are few of those.
            answer = await self._ask_for_draft(request.headers, body, text)
            text, added = await in_thread(partial(retrieve, answer), searching_threads())
        return {**body, field: replaced_turn(body.get(field), turn, text)} if added.passages else body, added

    async def _ask_for_draft(self, headers: Mapping[str, str], body: dict[str, Any], text: str) -> str:
        """Ask for a draft without tools, in one piece; if there is none, the first round has to do."""
        assert self.backend is not None
        turn = last_turn(body["messages"])
        asked: dict[str, Any] = {name: body[name] for name in _DRAFT_FIELDS if name in body}
        asked["messages"] = replaced_turn(body["messages"], turn, text)
        try:
            async with self.backend.answering("POST", "/chat/completions", headers, asked) as response:
                answer = json.loads(await whole_answer(response))
            said = answer["choices"][0]["message"]["content"]
        except _NO_DRAFT:
            return ""
        return said if isinstance(said, str) else ""
