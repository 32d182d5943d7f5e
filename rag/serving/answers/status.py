"""What the indexes of a service hold, and how new they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from corpora.errors import RagError
from indexers.index import Index
from indexers.staleness import staleness
from rag.docs import list_docs
from rag.prompting.fence import safe_line
from rag.serving.projects import Project

_MOST_LIBRARIES: Final = 1_000


@dataclass(frozen=True, slots=True)
class CorpusStatus:
    """A corpus of an index.

    Attributes:
        name, kind: of the corpus.
        new, changed, gone: numbers of its documents that the next update will find so.
        problem: why these are not known; empty if they are.
    """

    name: str
    kind: str
    new: int
    changed: int
    gone: int
    problem: str


@dataclass(frozen=True, slots=True)
class DocumentedVersion:
    """A library at a version whose documentation is in the index, and in how many units."""

    library: str
    version: str
    units: int


@dataclass(frozen=True, slots=True)
class ProjectStatus:
    """What the index of a project holds.

    Attributes:
        project, folder: of the project.
        generation: the number of the last commit; 0 if there is no index yet.
        is_being_written: whether it is brought up to date now.
        documents, chunks: how many it has.
        languages: number of documents of each.
        skipped: number of files that are left out, by reason.
        corpora: what it was made of.
        libraries: whose documentation it has.
        problem: why it cannot be read; empty if it can.
    """

    project: str
    folder: str
    generation: int = 0
    is_being_written: bool = False
    documents: int = 0
    chunks: int = 0
    languages: dict[str, int] | None = None
    skipped: dict[str, int] | None = None
    corpora: tuple[CorpusStatus, ...] = ()
    libraries: tuple[DocumentedVersion, ...] = ()
    problem: str = ""


def status_of_projects(projects: Sequence[Project], *, looks: bool = True) -> tuple[ProjectStatus, ...]:
    """Return what the indexes of projects hold; one that cannot be read is told with the reason.

    Args:
        projects: of the service.
        looks: whether the folders are looked through for what has changed since, which takes a while for a
            large one.
    """
    return tuple(_status(project, looks=looks) for project in projects)


def _status(project: Project, *, looks: bool) -> ProjectStatus:
    name, folder = safe_line(project.name), safe_line(str(project.folder))
    try:
        with project.reading() as index:
            counts = index.catalog.census.counts()
            return ProjectStatus(
                project=name,
                folder=folder,
                generation=index.catalog.database.generation,
                is_being_written=project.index.is_being_written,
                documents=counts.documents,
                chunks=counts.chunks,
                languages={safe_line(language): number for language, number in counts.languages.items()},
                skipped=dict(counts.skipped),
                corpora=tuple(_corpora(index, looks=looks)),
                libraries=tuple(_libraries(index)),
            )
    except RagError as error:
        return ProjectStatus(name, folder, problem=f"{error.what}: {error.why}; {error.fix}")


def _corpora(index: Index, *, looks: bool) -> list[CorpusStatus]:
    changes = {one.corpus: one for one in staleness(index)} if looks else {}
    found = []
    for spec in index.catalog.corpora().values():
        one = changes.get(spec.name)
        facts = (
            (one.new, one.changed, one.gone, safe_line(one.problem)) if one else (0, 0, 0, "not looked at")
        )
        found.append(CorpusStatus(safe_line(spec.name), spec.kind, *facts))
    return found


def _libraries(index: Index) -> list[DocumentedVersion]:
    found = [
        DocumentedVersion(safe_line(one.library), safe_line(one.version), one.units)
        for one in list_docs(index)
        if one.library
    ]
    return found[:_MOST_LIBRARIES]


def status_text(found: Sequence[ProjectStatus]) -> str:
    """Return statuses as lines for people and models."""
    return "\n".join(line for one in found for line in _lines(one))


def _lines(one: ProjectStatus) -> list[str]:
    if one.problem:
        return [f"{one.project} ({one.folder}): {one.problem}"]
    state = ", brought up to date now" if one.is_being_written else ""
    lines = [f"{one.project} ({one.folder}): {one.documents} documents, {one.chunks} chunks{state}"]
    for corpus in one.corpora:
        behind = f"{corpus.new} new, {corpus.changed} changed, {corpus.gone} gone since it was indexed"
        lines.append(f"  {corpus.name} ({corpus.kind}): {corpus.problem or behind}")
    names = [f"{library.library} {library.version}".rstrip() for library in one.libraries]
    if names:
        lines.append(f"  documentation of {', '.join(names)}")
    return lines
