"""The corpora that a user's sources stand for, with what the user says of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from corpora.errors import RagError
from corpora.spec import CorpusSpec
from indexers.index import Index


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What a user says of sources.

    Args:
        allow_private: whether the host of a URL may have a private address.
        python: the environment in which Python packages are looked for; see `corpora.sources.spec_for`.
        runtime: whether to complete Python packages by what they say when they run. Ask them before they are
            added, by `rag.runtime_facts.ask_packages`.
        kind: kind of the sources; empty to guess it.
        library: the library that the sources document, if they do not say it themselves.
        version: of that library.
    """

    allow_private: bool = False
    python: str = ""
    runtime: bool = False
    kind: str = ""
    library: str = ""
    version: str = ""

    def corpora(
        self,
        sources: Iterable[str],
        known: Iterable[CorpusSpec] = (),
        *,
        name: str = "",
        note: Callable[[str], None] = lambda line: None,
    ) -> tuple[CorpusSpec, ...]:
        """Return the corpora for `sources`, each by a name that no other of `known` has.

        Args:
            sources: what `corpora.sources.spec_for` takes.
            known: the corpora of the index that they are for.
            name: of the only corpus.
            note: called with a line about a name that is not what the user expects.

        Raises what `spec_for` raises; `CorpusError` for a library that a corpus cannot carry.
        """
        from corpora.names import told_apart

        specs = (self._corpus(source, name) for source in sources)
        return tuple(told_apart(specs, known, note, are_named=bool(name)))

    def _corpus(self, source: str, name: str) -> CorpusSpec:
        from corpora.decisions import check_library
        from corpora.sources import spec_for

        spec = spec_for(
            source, name=name, kind=self.kind, allow_private=self.allow_private, python=self.python
        )
        is_asked = self.runtime and spec.kind == "package"
        spec = replace(spec, runtime=is_asked, library=self.library, version=self.version)
        check_library(spec)
        return spec


def corpora_in(index: Path) -> tuple[CorpusSpec, ...]:
    """Return the corpora of the index in a folder; none if there is no index, or if it cannot be opened."""
    try:
        with Index.open(index) as opened:
            return tuple(opened.catalog.corpora().values())
    except RagError:
        return ()
