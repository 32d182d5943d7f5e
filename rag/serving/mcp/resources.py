"""Resources of the Model Context Protocol: files and units of documentation, by their names."""

from collections.abc import Callable
from typing import Final

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from corpora.errors import RagError
from rag.aio.threads import in_thread, searching_threads
from rag.serving.answers.read import MAX_LINES, read_document
from rag.serving.answers.search import MAX_TOKENS
from rag.serving.answers.status import status_of_projects, status_text
from rag.serving.answers.unit import read_unit
from rag.serving.mcp.results import told
from rag.serving.projects import Projects

_TEXT: Final = "text/plain"


def add_resources(server: MCPServer, projects: Projects) -> None:
    """Add the resources to a server. They are read from indexes; no file is opened."""

    @server.resource("rag://status", name="status", description="what the indexes hold", mime_type=_TEXT)
    async def status() -> str:
        return status_text(await in_thread(lambda: status_of_projects(projects.find()), searching_threads()))

    @server.resource(
        "rag://{project}/file/{+path}",
        name="file",
        description="an indexed file or page, with the numbers of its lines",
        mime_type=_TEXT,
    )
    async def file(project: str, path: str) -> str:
        def read() -> str:
            chosen = projects.only(project)
            return read_document(chosen, path, lines=MAX_LINES, max_tokens=MAX_TOKENS).text

        return await _found(read)

    @server.resource(
        "rag://{project}/unit/{name}",
        name="unit",
        description="what is documented under a name such as pandas.DataFrame.merge, or defines it",
        mime_type=_TEXT,
    )
    async def unit(project: str, name: str) -> str:
        return await _found(lambda: read_unit(projects.only(project), name))


async def _found(read: Callable[[], str]) -> str:
    try:
        return await in_thread(read, searching_threads())
    except RagError as error:
        raise ResourceNotFoundError(told(error)) from error
