"""A data set that is a folder of several files, or one of the files in it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.evaluation.task import Task


@dataclass(frozen=True, slots=True)
class FolderFormat:
    """A loader of tasks that takes a folder too.

    Args:
        load: yields the tasks at a path.
        files: returns the files at that path that are read, for the hash of the data set.
    """

    load: Callable[[Path], Iterable[Task]]
    files: Callable[[Path], Sequence[Path]]

    def __call__(self, path: Path) -> Iterable[Task]:
        """Yield the tasks at `path`."""
        return self.load(path)
