"""Make an index with an empty catalog, unless there is one already, and the corpora that it is to hold."""

from collections.abc import Iterable
from pathlib import Path

from corpora.spec import CorpusSpec
from indexers.building.writer_lock import put_back, writing
from indexers.catalog.catalog import Catalog
from indexers.layout import Layout

Sources = Iterable[CorpusSpec | str | Path]


def corpus_specs(sources: Sources, known: Iterable[CorpusSpec] = ()) -> list[CorpusSpec]:
    """Return the corpora for `sources`; what is no `CorpusSpec` gets a name that no other of `known` has."""
    from corpora.names import told_apart
    from corpora.sources import spec_for

    all_sources = list(sources)
    given = [source for source in all_sources if isinstance(source, CorpusSpec)]
    named = (spec_for(str(source)) for source in all_sources if not isinstance(source, CorpusSpec))
    return [*given, *told_apart(named, [*known, *given], lambda line: None)]


def index_exists(layout: Layout) -> bool:
    """Return whether there is an index, after putting back one that a killed rebuild has moved aside."""
    if not layout.catalog.exists():
        put_back(layout.root)
    return layout.catalog.exists()


def make_index(layout: Layout) -> None:
    """Make an index without corpora, unless another process has just made one.

    Raises what `writing` raises.
    """
    with writing(layout):
        if layout.catalog.exists():
            return
        # Under another name until it is whole: a kill must not leave half a database behind.
        layout.remove_draft()
        Catalog(layout.draft, create=True).close()
        layout.draft.rename(layout.catalog)
