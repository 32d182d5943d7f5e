"""llama.cpp's endpoint that fills in the middle, with context of the repository in `input_extra`.

Editors such as llama.vim and llama.vscode call it on each pause. They do not say which file is edited: it is
looked up by its text. Their own `input_extra` comes first, as they have the model read it beforehand; ours
stands behind it, where it is nearest to the cursor, and is cut last if the model has no room.
"""

from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from corpora.errors import RagError
from indexers.index import Index
from rag.aio.threads import in_thread, searching_threads
from rag.editing.context import Cursor, editor_context
from rag.retrieval.retrieve import retrieve
from rag.retrieval.source_files import source_file, source_folders
from rag.serving.http.body import json_body
from rag.serving.http.problem import problem
from rag.serving.http.readers import asking_names
from rag.serving.openai.backend import ModelBackend
from rag.serving.openai.context import NOT_ASKED, AddedContext, AddedPassage
from rag.serving.openai.relay import relayed
from rag.serving.openai.steady import AT_FIRST, SteadyContexts
from rag.serving.openai.wanted import WantedContext, wanted_context
from rag.serving.projects import Project, Projects
from rag.tokens.estimate import estimate_tokens

_LOOKED_UP_CHARS: Final = 1_500  # around the cursor, by which the file is found
_MOST_CHARS: Final = 2_000_000
_UNKNOWN: Final = "unsaved"


class Infill:
    """Adds context to requests to fill in the middle, and sends them on."""

    def __init__(self, projects: Projects, backend: ModelBackend | None, defaults: WantedContext) -> None:
        self._projects, self._backend, self._defaults = projects, backend, defaults
        self._contexts = SteadyContexts()

    def routes(self) -> list[Route]:
        """Return the route, in both places where clients look for it."""
        return [Route(path, self.fill, methods=["POST"]) for path in ("/infill", "/v1/infill")]

    async def fill(self, request: Request) -> Response:
        """Fill in the middle; what the client sends as `input_extra` stays, before ours."""
        if self._backend is None:
            return problem(503, "there is no server of a model behind this service", fix="use --backend")
        body = json_body(await request.body())
        wanted = wanted_context(body, request.headers, self._defaults)
        project = self._projects.only(wanted.project)
        extra: list[dict[str, str]] = []
        added = NOT_ASKED
        if wanted.enabled:
            extra, added = await in_thread(
                lambda: _extra(project, body, wanted, self._contexts), searching_threads()
            )
        given = body.get("input_extra")
        sent = {name: value for name, value in body.items() if name != "rag"}
        sent["input_extra"] = [*(given if isinstance(given, list) else []), *extra]
        request.state.facts["passages"] = len(added.passages)
        return await relayed(self._backend, "/infill", request.headers, sent, added, told=False)


def _extra(
    project: Project, body: dict[str, Any], wanted: WantedContext, contexts: SteadyContexts
) -> tuple[list[dict[str, str]], AddedContext]:
    """Return what is put into `input_extra`, the most helpful last: it is nearest to the cursor there."""
    before = f"{_text(body, 'input_prefix')}{_text(body, 'prompt')}"
    after = _text(body, "input_suffix")
    if len(before) + len(after) > _MOST_CHARS or not before.strip():
        return [], AddedContext(reason="there is nothing before the cursor, or too much")
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    try:
        with project.reading() as index:
            cursor = Cursor(_file_of(index, project, before, after), before + after, line, column)
            parts = editor_context(index, cursor).parts
    except RagError as error:
        return [], AddedContext(reason=f"{error.what}: {error.why}")
    left, kept = int(wanted.max_tokens * AT_FIRST), []
    for part in parts:
        left -= estimate_tokens(part.text)
        if left < 0:
            break
        kept.append(part)
    sent = contexts.following((project.name, asking_names.get(), cursor.path), kept[::-1], wanted.max_tokens)
    passages = tuple(
        AddedPassage(project.name, part.path, part.start_line, part.name, "", "") for part in sent
    )
    extra = [{"filename": part.path, "text": f"{part.text}\n"} for part in sent]
    return extra, AddedContext(passages, tokens=sum(estimate_tokens(part.text) for part in sent))


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise RagError(f"{name} is no text", why="it is of another type", fix="send a string")
    return value


def _file_of(index: Index, project: Project, before: str, after: str) -> Path:
    """Return the file whose text stands around the cursor, as it was indexed; else a made-up one."""
    around = before[-_LOOKED_UP_CHARS:] + after[:_LOOKED_UP_CHARS]
    lines = {line.strip() for line in around.split("\n") if len(line.strip()) > 8}
    hits = retrieve(index, before[-_LOOKED_UP_CHARS:], 3) if lines else []
    folders = source_folders(index)
    for hit in hits:
        same = len(lines.intersection(line.strip() for line in hit.chunk.text.split("\n")))
        file = source_file(folders, hit.chunk.origin)
        if file is not None and same >= 2:
            return file
    suffix = Path(hits[0].chunk.origin.path).suffix if hits else ""
    return project.folder / f"{_UNKNOWN}{suffix}"
