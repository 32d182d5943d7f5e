"""Ask the documentation of one library."""

from collections.abc import Sequence
from dataclasses import replace

from corpora.errors import NothingPasses, RagError
from rag.prompting.fence import safe_line
from rag.serving.answers.search import SearchAnswer, SearchRequest, search_projects
from rag.serving.projects import Project


def search_documentation(
    projects: Sequence[Project], request: SearchRequest, library: str, version: str = ""
) -> SearchAnswer:
    """Search the documentation of a library, at a version or, for an empty one, at that which is in use.

    Raises:
        RagError: no index has it.
    """
    versions = (version,) if version else ()
    asked = replace(request, libraries=(library,), versions=versions, kinds=("docs",))
    try:
        return search_projects(projects, asked)
    except NothingPasses as error:
        near = f"did you mean {' or '.join(map(safe_line, error.near))}? If not, " if error.near else ""
        name = safe_line(f"{library}=={version}" if version else library)
        raise RagError(
            error.what,
            why=error.why,
            fix=f"{near}have the user run: rag docs add pkg:{name}; what is installed can be read with `api`",
        ) from error
