"""Make an index with an empty catalog, unless there is one already."""

from indexers.building.writer_lock import put_back, writing
from indexers.catalog.catalog import Catalog
from indexers.encoders import full_name, open_encoder
from indexers.layout import Layout
from indexers.search.named_engines import engines_named


def index_exists(layout: Layout) -> bool:
    """Return whether there is an index, after putting back one that a killed rebuild has moved aside."""
    if not layout.catalog.exists():
        put_back(layout.root)
    return layout.catalog.exists()


def make_index_unless_there(layout: Layout, encoder: str = "", engine: str = "") -> None:
    """Make an index without corpora if there is none.

    `encoder` and `engine` are opened only to report a wrong name before anything is made. Raises what
    `open_encoder`, `engines_named` and `writing` raise.
    """
    if not index_exists(layout):
        open_encoder(full_name(encoder))
        engines_named(engine)(layout)
        make_index(layout)


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
