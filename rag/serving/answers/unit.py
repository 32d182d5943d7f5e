"""Find what a name stands for: its documentation, or the code that defines it."""

from typing import Final

from corpora.errors import RagError
from rag.prompting.fence import defuse, safe_line
from rag.rendering.hits import HitView, hit_head, hit_lines
from rag.retrieval.retrieve import retrieve
from rag.retrieval.source_files import source_folders
from rag.serving.projects import Project

_LOOKED_AT: Final = 20


def read_unit(project: Project, name: str) -> str:
    """Return the place and the text of the unit with a name; documentation goes before code.

    Raises:
        RagError: the index has none of this name.
    """
    with project.reading() as index:
        hits = retrieve(index, name, _LOOKED_AT)
        folders = source_folders(index)
    named = [hit for hit in hits if name in (hit.chunk.symbol, *hit.chunk.aliases)]
    for hit in sorted(named, key=lambda one: one.chunk.origin.kind != "docs"):
        view = HitView(folders, project.folder)
        return defuse("\n".join([hit_head(hit, view), *hit_lines(hit, view)]))
    raise RagError(
        f"there is no unit {safe_line(name)} in {project.name}",
        why="nothing that is indexed defines or documents this name",
        fix="write it as search shows it, or search for it",
    )
