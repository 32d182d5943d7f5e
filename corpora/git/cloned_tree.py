"""The code of a repository that is fetched by git, as a corpus."""

from collections.abc import Iterator
from dataclasses import replace

from corpora.document import Document, Listed, Skipped
from corpora.errors import CorpusError
from corpora.git.clone import clone_folder, fetch_clone
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec


class ClonedTree:
    """The files of one revision of a repository, which each scan fetches anew, unless `fetch` just did.

    Raises:
        CorpusError: there can be no cache.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        self._spec = spec
        self._local = replace(spec, kind="code", location=str(clone_folder(spec.location)))
        self._tree: CodeTree | None = None
        self._fetched: CorpusError | bool = False

    def fetch(self) -> None:
        """Fetch the repository for the next scan, which raises what was wrong."""
        try:
            fetch_clone(self._spec.location, allow_private=self._spec.allow_private)
            self._fetched = True
        except CorpusError as error:
            self._fetched = error

    def scan(self) -> Iterator[Listed | Skipped]:
        """Fetch the repository and yield its files, as `CodeTree` does.

        Raises:
            CorpusError: it cannot be fetched.
        """
        if not self._fetched:
            self.fetch()
        fetched, self._fetched = self._fetched, False
        if isinstance(fetched, CorpusError):
            raise fetched
        self._tree = CodeTree(self._local)
        yield from self._tree.scan()

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the document of `listed`, as `CodeTree` does."""
        if self._tree is None:  # in a worker process, which does not scan
            self._tree = CodeTree(self._local)
        return self._tree.read(listed)
