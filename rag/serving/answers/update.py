"""Bring the index of a project up to date for a client who may."""

from dataclasses import dataclass
from pathlib import Path

from corpora.counted import counted
from corpora.errors import IndexNotFound, RagError
from indexers.building.report import Progress, silent
from rag.projects.index_targets import IndexTarget, bring_up_to_date, find_target
from rag.serving.projects import Project


@dataclass(frozen=True, slots=True)
class UpdateAnswer:
    """What an update did: numbers of documents, the names of corpora that failed, and all that in words."""

    project: str
    added: int
    changed: int
    removed: int
    unchanged: int
    text: str


def update_project(project: Project, *, progress: Progress = silent) -> UpdateAnswer:
    """Bring the index of a project up to date, or make it of the folder of the project.

    Raises:
        IndexLocked: somebody else does so now.
        RagError: it leads out of its project, or cannot be written.
    """
    done = bring_up_to_date(update_target(project), progress=progress)
    project.index.follow()
    text = ", ".join(
        (
            f"{project.name}: {counted(done.added, 'document')} added",
            f"{done.changed} changed",
            f"{done.removed} removed",
            f"{done.unchanged} unchanged",
        )
    )
    return UpdateAnswer(project.name, done.added, done.changed, done.removed, done.unchanged, text)


def update_target(project: Project) -> IndexTarget:
    """Return what the index of a project holds, or what a new one is to hold: the folder of the project.

    Raises:
        RagError: that would be all that a user has: agents may start in the home folder.
    """
    try:
        return find_target([], start=project.folder)
    except IndexNotFound:
        home = Path.home().resolve()
        if home == project.folder or home.is_relative_to(project.folder):
            raise RagError(
                f"{project.folder} is not indexed as a project",
                why="it holds the home folder, with all that is in it",
                fix="name the folder of a project",
            ) from None
        return find_target([str(project.folder)], index=project.index.path, start=project.folder)
