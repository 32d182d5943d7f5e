"""The projects that a service answers for: their names, folders and indexes."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

from corpora.errors import IndexNotFound, RagError, UnknownName
from indexers.index import Index
from rag.projects.index_targets import INDEX_FOLDER, find_index
from rag.serving.served_index import ServedIndex

_LOOK_SECONDS: Final = 0.5  # after a commit of a writer, the next generation is shown this late
_MOST_PROJECTS: Final = 32  # an open index takes memory, and names come from clients


@dataclass(frozen=True, slots=True)
class Project:
    """A project that is served.

    Attributes:
        name: by which clients choose it.
        folder: that its paths are shown from.
        index: its index, which may not be there yet.
    """

    name: str
    folder: Path
    index: ServedIndex

    @contextmanager
    def reading(self) -> Iterator[Index]:
        """Lend the index of the project, as `ServedIndex.reading` does."""
        try:
            with self.index.reading() as index:
                yield index
        except IndexNotFound as error:
            raise RagError(
                f"the project {self.name} has no index yet",
                why=f"there is none at {self.index.path}",
                fix=f"run: rag index .  in {self.folder}; or name another project, by a folder in it",
            ) from error


class Projects:
    """Opens projects, keeps each at its newest generation, and finds those that a client names.

    Args:
        opens_others: whether a client may name any folder, as somebody may who started the service for
            himself; if not, only what `add` was given.
    """

    def __init__(self, *, opens_others: bool = False) -> None:
        self._opens_others = opens_others
        self._projects: dict[str, Project] = {}
        self._lock, self._end = Lock(), Event()
        self._follower: Thread | None = None

    def add(self, folder: Path, name: str = "", index: Path | None = None) -> Project:
        """Serve the project that a folder belongs to, and return it; one that is served already, as it is.

        Args:
            folder: of the project, or one in it. An index need not be there yet.
            name: of the project; by default that of its folder, with a number if another has it.
            index: its folder; by default the one that `rag.toml` names, or the nearest `.rag`.

        Raises:
            RagError: another project has this name, or the manifest leads out of the project.
        """
        folder = Path(os.path.realpath(folder))
        if not folder.is_dir():
            raise RagError(
                f"{folder} cannot be served",
                why="there is no such folder",
                fix="name the folder of a project",
            )
        path = Path(os.path.realpath(index or _index_of(folder)))
        with self._lock:
            for project in self._projects.values():
                if project.index.path == path:
                    return project
            if len(self._projects) >= _MOST_PROJECTS:
                raise RagError(
                    f"{folder} is not opened",
                    why=f"{_MOST_PROJECTS} projects are open already",
                    fix="start another service for it",
                )
            project = Project(self._free_name(name, folder), folder, ServedIndex(path))
            self._projects[project.name] = project
            return project

    def find(self, names: Sequence[str] = ()) -> list[Project]:
        """Return the projects with these names, all of them for none.

        A name may also be the path of a folder, of a project that is served or may be.

        Raises:
            UnknownName: there is no such project.
        """
        if not names:
            return list(self._projects.values())
        return list(dict.fromkeys(map(self._find, names)))

    def only(self, name: str = "") -> Project:
        """Return the project with this name, or, for an empty one, the first: that of the working folder."""
        found = self.find([name] if name else [])
        if not found:
            raise RagError(
                "no project is served", why="none was named", fix="start it in a project: rag serve"
            )
        return found[0]

    def start(self) -> None:
        """Open all indexes now, and keep them at their newest generation, in a thread."""
        if self._follower is None:
            self._follower = Thread(target=self._follow, name="rag-follow", daemon=True)
            self._follower.start()

    def close(self) -> None:
        """Close all indexes, each once the calls that read it have ended."""
        self._end.set()
        if self._follower is not None:
            self._follower.join()
        for project in self.find():
            project.index.close()

    def _find(self, name: str) -> Project:
        found = self._projects.get(name)
        if found is not None:
            return found
        if Path(name).is_absolute() and "\0" not in name:
            folder = Path(os.path.realpath(name))
            inside = [one for one in self.find() if folder.is_relative_to(one.folder)]
            if inside:
                return max(inside, key=lambda one: len(one.folder.parts))
            if self._opens_others:
                return self.add(folder)
        raise UnknownName("project", name, sorted(self._projects))

    def _free_name(self, name: str, folder: Path) -> str:
        if name and name in self._projects:
            raise RagError(
                f"two projects are named {name}",
                why="clients choose projects by their names",
                fix="give each its own: rag serve NAME=FOLDER",
            )
        wanted, number = name or folder.name or "root", 1
        free = wanted
        while free in self._projects:
            number += 1
            free = f"{wanted}-{number}"
        return free

    def _follow(self) -> None:
        while not self._end.is_set():
            for project in self.find():
                project.index.follow()
            self._end.wait(_LOOK_SECONDS)


def _index_of(folder: Path) -> Path:
    try:
        return find_index(start=folder)
    except IndexNotFound:
        return folder / INDEX_FOLDER


def named_projects(texts: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Yield name and folder of each text `FOLDER` or `NAME=FOLDER`; a name is empty where none is given.

    >>> list(named_projects(["app=/src/app", "/src/lib"]))
    [('app', PosixPath('/src/app')), ('', PosixPath('/src/lib'))]
    """
    for text in texts:
        name, sign, folder = text.partition("=")
        if sign and name and not Path(text).exists():
            yield name, Path(folder).expanduser()
        else:
            yield "", Path(text).expanduser()
