"""Prompts of the Model Context Protocol: our templates, filled in with what is retrieved for a request."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from mcp.server import MCPServer
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import Message, UserMessage
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from pydantic import Field

from corpora.errors import RagError
from rag.aio.threads import in_thread, searching_threads
from rag.doc_prompter import DocPrompter
from rag.prompting.template_files import known_templates
from rag.serving.mcp.results import told
from rag.serving.permissions import Permissions
from rag.serving.projects import Projects

_Request = Annotated[str, Field(description="what is to be written, in words")]
_ProjectName = Annotated[str, Field(description="name of a project; empty for the first")]


def add_prompts(server: MCPServer, projects: Projects, permissions: Permissions) -> None:
    """Add each built-in template that asks for an answer."""
    for name, template in known_templates().items():
        if template.kind == "answer" and not template.is_own:
            server.add_prompt(
                Prompt.from_function(
                    _asking(name, projects, permissions),
                    name=name,
                    title=f"Write code with documentation ({name})",
                    description="a request, with the code and documentation that were retrieved for it",
                )
            )


def _asking(
    template: str, projects: Projects, permissions: Permissions
) -> Callable[..., Awaitable[list[Message]]]:
    async def asked(request: _Request, project: _ProjectName = "") -> list[Message]:
        def make() -> str:
            with projects.only(project).reading() as index:
                prompt = DocPrompter(index, template=template, untrusted=permissions.untrusted).prompt(
                    request
                )
            # The protocol has no turn of the system: what it says stands above the request.
            return "\n\n".join(message.content for message in prompt.messages)

        try:
            return [UserMessage(await in_thread(make, searching_threads()))]
        except RagError as error:
            raise MCPError(INVALID_PARAMS, told(error)) from error

    return asked
