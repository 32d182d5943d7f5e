"""The state of the indexes that an answer comes from: how new they are, and whether they are whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpora.errors import RagError
from indexers.index import Index
from rag.serving.projects import Project


@dataclass(frozen=True, slots=True)
class IndexState:
    """The state of an index when it answered.

    Attributes:
        project: the name of its project.
        generation: the number of the commit that answered; 0 if nothing was indexed yet.
        is_being_written: whether the index is brought up to date now, so that files may be missing or old.
        problem: why a newer generation could not be opened; empty if there is none.
    """

    project: str
    generation: int
    is_being_written: bool
    problem: str = ""


def state_of(project: Project, index: Index) -> IndexState:
    """Return the state of the index of a project, which is open."""
    problem = project.index.problem
    told = f"{problem.what}: {problem.why}" if problem else ""
    generation = index.catalog.database.generation
    return IndexState(project.name, generation, project.index.is_being_written, told)


def notes_on_states(states: Sequence[IndexState]) -> Iterator[str]:
    """Yield a line for each index that is not whole or not the newest."""
    for state in states:
        if not state.generation:
            yield f"{state.project}: nothing is indexed yet, the first indexing has not finished"
        elif state.is_being_written:
            yield f"{state.project}: the index is brought up to date now; this answer is from before"
        if state.problem:
            yield f"{state.project}: this is not the newest index, which cannot be opened ({state.problem})"


def check_has_content(states: Sequence[IndexState]) -> None:
    """Raise `RagError` if none of the indexes has anything yet."""
    if states and not any(state.generation for state in states):
        is_written = any(state.is_being_written for state in states)
        raise RagError(
            f"nothing is indexed yet in {', '.join(state.project for state in states)}",
            why="the first indexing is under way" if is_written else "the first indexing was not finished",
            fix="ask again in a minute" if is_written else "run: rag index .  in the project",
        )
