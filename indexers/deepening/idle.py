"""Deepen an index while a process that keeps it up to date has nothing else to do."""

from collections.abc import Callable
from pathlib import Path

from corpora.counted import counted
from corpora.errors import RagError
from indexers.deepening.deepen import Deepening
from indexers.index import Index


class IdleDeepening:
    """Deepens the index in a folder step by step.

    Args:
        path: the folder; the index in it may be rebuilt meanwhile.
        note: called with a line when all is done, or why it is not.
        begin: whether to deepen an index that was never deepened, too.
    """

    def __init__(self, path: Path, note: Callable[[str], None], *, begin: bool = False) -> None:
        self._path, self._note, self._may_begin = path, note, begin
        self._run: Deepening | None = None
        self._index: Index | None = None
        self._is_done = False

    def begin_anew(self) -> None:
        """Look again for what is to be done: the index has changed."""
        self.close()
        self._is_done = False

    def step(self) -> None:
        """Encode some units, a few seconds of work; without any left, do nothing."""
        if self._is_done:
            return
        try:
            run = self._run = self._run or self._opened()
            if run is not None and run.step():
                return
            self.close()
            if run is not None and run.encoded:
                self._note(f"deepened: {counted(run.done, 'unit')} of documentation have deep vectors")
        except RagError as error:
            self._note(f"not deepened: {error.what}: {error.why}")
            self._forget()
        self._is_done = True

    def _opened(self) -> Deepening | None:
        self._index = Index.open(self._path)
        is_wanted = self._may_begin or self._index.deep is not None
        return Deepening(self._index) if is_wanted else None

    def close(self) -> None:
        """Store what was encoded, and close the index."""
        try:
            if self._run is not None:
                self._run.finish()
        finally:
            self._forget()

    def _forget(self) -> None:
        if self._index is not None:
            self._index.close()
        self._run, self._index = None, None
