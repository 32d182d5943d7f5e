"""Bring the indexes of projects up to date while their files change, beside what answers clients."""

from collections.abc import Callable
from threading import Event, Thread

from corpora.errors import IndexNotFound, RagError
from indexers.building.report import Report
from indexers.watch import watch
from rag.notes import Listener, print_nothing
from rag.rendering.system_errors import as_rag_error, error_lines
from rag.serving.answers.update import update_project, update_target
from rag.serving.projects import Project


class Watching:
    """Threads that watch the folders of projects.

    Args:
        note: told what cannot be watched or brought up to date.
        makes_missing: whether a project without an index gets one.
    """

    def __init__(self, note: Listener = print_nothing, *, makes_missing: bool = False) -> None:
        self._note, self._makes_missing = note, makes_missing
        self._end = Event()
        self._threads: list[Thread] = []

    def start(self, project: Project) -> None:
        """Watch a project from now on."""
        thread = Thread(target=self._watch, args=(project,), name=f"rag-watch-{project.name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """End all watching; an update that is under way is finished first."""
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _watch(self, project: Project) -> None:
        try:
            if not self._is_there(project):
                return
            target = update_target(project)
            watch(target.index, target.corpora, self._updated(project), self._end)
        except RagError as error:
            self._note(f"{project.name} is not watched\n{error_lines(error)}")
        except OSError as error:
            self._note(f"{project.name} is not watched\n{error_lines(as_rag_error(error))}")

    def _is_there(self, project: Project) -> bool:
        try:
            with project.index.reading():
                return True
        except IndexNotFound:
            if self._makes_missing:
                update_project(project)
            return self._makes_missing

    def _updated(self, project: Project) -> Callable[[Report | RagError], None]:
        def updated(outcome: Report | RagError) -> None:
            if isinstance(outcome, RagError):
                self._note(f"{project.name}\n{error_lines(outcome)}")
            else:
                project.index.follow()

        return updated
