"""Make a server of the Model Context Protocol for some projects, and run it on standard input and output."""

import logging

from mcp.server import MCPServer

from rag.serving.mcp.instructions import INSTRUCTIONS
from rag.serving.mcp.prompts import add_prompts
from rag.serving.mcp.resources import add_resources
from rag.serving.mcp.tools import add_tools
from rag.serving.permissions import NO_PERMISSIONS, Permissions
from rag.serving.projects import Projects
from rag.serving.watching import Watching
from rag.version import installed_version


def make_mcp_server(projects: Projects, permissions: Permissions = NO_PERMISSIONS) -> MCPServer:
    """Return a server with the tools, resources and prompts for some projects.

    Args:
        projects: that it answers for; the caller starts and closes them.
        permissions: what clients may have it do beside reading.
    """
    # Without this, the SDK would have every message printed, questions included.
    logging.getLogger("mcp").setLevel(logging.ERROR)
    server: MCPServer = MCPServer(
        "docprompting",
        title="docprompting",
        description="Search code and documentation, at the versions that a project uses.",
        instructions=INSTRUCTIONS,
        version=installed_version(),
        log_level="ERROR",
    )
    add_tools(server, projects, permissions)
    add_resources(server, projects)
    add_prompts(server, projects, permissions)
    return server


def run_mcp_server(
    projects: Projects, permissions: Permissions = NO_PERMISSIONS, watching: Watching | None = None
) -> None:
    """Answer one client on standard input and output until it closes them.

    Args:
        projects: that it answers for.
        permissions: what the client may have it do beside reading.
        watching: brings their indexes up to date meanwhile; None to leave them as they are.
    """
    projects.start()
    if watching:
        for project in projects.find():
            watching.start(project)
    try:
        make_mcp_server(projects, permissions).run("stdio")
    finally:
        if watching:
            watching.close()
        projects.close()
