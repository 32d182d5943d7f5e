"""Check that an index is whole and that its parts agree."""

from collections.abc import Iterator

import numpy as np

from corpora.errors import IndexDamaged
from indexers.catalog.integrity import table_problems
from indexers.history.stored_histories import history_problems
from indexers.index import Index
from indexers.search.deep_files import deep_problems


def verify(index: Index) -> list[str]:
    """Return what is wrong with `index`, a line each; empty if it is sound.

    Checks that

    - every file has its checksum (`unchecked` lists the files without one),
    - SQLite finds every page of the catalog sound,
    - every document has a text that unpacks and that its chunks lie in,
    - near-duplicates are listed with documents that are indexed,
    - the history of every corpus can be read,
    - the lexical and the dense part hold the chunks of the catalog and no others,
    - the deep part, if there is one, can be read.

    Raises:
        IndexDamaged: the catalog cannot be read at all.
    """
    catalog = index.catalog
    sealed = catalog.database.seal_problem() if index.path else ""
    problems = [*filter(None, [sealed]), *index.engines.problems(catalog)]
    problems += table_problems(catalog)
    problems += history_problems(catalog.database)
    problems += deep_problems(index.path, catalog.database)
    try:
        problems += _part_problems(index)
    except IndexDamaged as error:
        problems.append(f"{error.what}: {error.why}")
    return problems


def _part_problems(index: Index) -> Iterator[str]:
    """Yield where the lexical and dense parts differ from the catalog, a line each."""
    chunks = index.catalog.chunk_ids()
    if index.lexical.count() != len(chunks):
        yield f"the lexical part holds {index.lexical.count()} chunks, the catalog {len(chunks)}"
    strangers = np.setdiff1d(index.dense.ids(), chunks)
    if len(strangers):
        yield f"the dense part holds {len(strangers)} chunks that are not in the catalog"
    if not index.dense.is_finite():
        yield "the dense part holds vectors whose length is not 1"
