"""Check that an index is whole: that its parts say the same."""

from collections.abc import Iterator

import numpy as np

from corpora.errors import IndexDamaged
from indexers.index import Index
from indexers.search.layout import Layout
from indexers.soundness import all_problems


def verify(index: Index) -> list[str]:
    """What is wrong with `index`, a line each; empty if it is sound.

    Compares every file with its checksum, as far as there are any (`unchecked` tells), and checks the pages
    of the catalog, that every document has a text that unpacks and spans its chunks,
    that near-duplicates are listed with documents that are indexed, and that the lexical and dense parts
    hold the chunks of the catalog and no others.
    Raises `IndexDamaged` where the catalog cannot be read at all.
    """
    catalog = index.catalog
    problems = list(all_problems(catalog, Layout(index.path))) if index.path else []
    problems += [row[0] for row in catalog.rows("PRAGMA integrity_check") if row[0] != "ok"]
    problems += catalog.text_problems()
    try:
        problems += _part_problems(index)
    except IndexDamaged as error:
        problems.append(f"{error.what}: {error.why}")
    sql = (
        "SELECT twin.item FROM documents twin LEFT JOIN documents d ON d.document_id = twin.twin_of "
        "WHERE twin.twin_of IS NOT NULL AND (d.document_id IS NULL OR d.twin_of IS NOT NULL)"
    )
    problems += [f"{item} is listed with a document that is not indexed" for (item,) in catalog.rows(sql)]
    return problems


def _part_problems(index: Index) -> Iterator[str]:
    """Where the lexical and dense parts do not hold what the catalog does."""
    chunks = index.catalog.chunk_ids()
    if index.lexical.count() != len(chunks):
        yield f"the lexical part holds {index.lexical.count()} chunks, the catalog {len(chunks)}"
    strangers = np.setdiff1d(index.dense.ids(), chunks)
    if len(strangers):
        yield f"the dense part holds {len(strangers)} chunks that the catalog does not know"
    if not index.dense.is_finite():
        yield "the dense part holds vectors that do not have length 1"
