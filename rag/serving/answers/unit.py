"""Find what a name stands for: its documentation, or the code that defines it."""

from typing import Final

from corpora.errors import RagError
from indexers.chunking.chunk import Chunk
from indexers.index import Index
from rag.prompting.fence import defuse, safe_line
from rag.rendering.excerpt import text_lines
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
            is_page = hit.chunk.origin.kind == "docs"
            lines = unit_lines(index, hit.chunk) if is_page else hit_lines(hit, view)
            return defuse("\n".join([hit_head(hit, view), *lines]))
    raise RagError(
        f"there is no unit {safe_line(name)} in {project.name}",
        why="nothing that is indexed defines or documents this name",
        fix="write it as search shows it, or search for it",
    )


def unit_lines(index: Index, chunk: Chunk) -> list[str]:
    """Return the signature and all lines of a unit, which may be cut into several chunks."""
    origin = chunk.origin
    documents = index.catalog.census.documents_at(origin.path)
    ids = index.catalog.chunk_ids([one for one, corpus in documents.items() if corpus == origin.corpus])
    parts = [
        one
        for one in index.chunks(ids.tolist()).values()
        if (one.symbol, one.anchor) == (chunk.symbol, chunk.anchor)
    ]
    text = "\n".join(one.text for one in sorted(parts, key=lambda one: one.start_byte))
    return [*([chunk.signature] if chunk.signature else []), *text_lines(text)]
