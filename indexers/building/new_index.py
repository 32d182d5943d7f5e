"""Make an index with an empty catalog, unless there is one already."""

from indexers.building.writer_lock import put_back, writing
from indexers.catalog.catalog import Catalog
from indexers.layout import Layout


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
