"""Find one unit of documentation at all versions of its library that are indexed."""

from typing import Any, Final

from packaging.version import InvalidVersion, Version

from corpora.errors import RagError
from indexers.catalog.filter import Filter
from rag.prompting.fence import safe_line
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from rag.serving.answers.unit import unit_lines
from rag.serving.projects import Project

_LOOKED_AT: Final = 60


def versions_of(project: Project, library: str, name: str) -> list[dict[str, Any]]:
    """Return the version and the lines of a unit at each indexed version of a library, the oldest first.

    Raises:
        RagError: no version has a unit of this name.
    """
    with project.reading() as index:
        found: dict[str, list[str]] = {}
        for version in index.versions.get(library, ()):
            wanted = Filter(libraries=(library,), versions=(version,), kinds=("docs",))
            hits = retrieve(index, name, _LOOKED_AT, SearchOptions(filter=wanted, versions="any"))
            for hit in hits:
                if hit.chunk.symbol == name and hit.chunk.origin.version == version:
                    found[version] = unit_lines(index, hit.chunk)
                    break
    if not found:
        raise RagError(
            f"{safe_line(library)} has no unit {safe_line(name)} here",
            why="no version that is indexed documents it",
            fix="compare what search found",
        )
    return [{"version": safe_line(one), "lines": found[one]} for one in sorted(found, key=_order)]


def _order(version: str) -> tuple[bool, Version, str]:
    try:
        return True, Version(version), version
    except InvalidVersion:
        return False, Version("0"), version
