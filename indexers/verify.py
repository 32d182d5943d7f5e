"""Check that an index is whole: that its parts say the same."""

import numpy as np

from indexers.index import Index


def verify(index: Index) -> list[str]:
    """What is wrong with `index`, a line each; empty if it is sound.

    Checks the pages of the catalog, that every document has a text that unpacks and spans its chunks,
    that near-duplicates are listed with documents that are indexed, and that the lexical and dense parts
    hold the chunks of the catalog and no others.
    Raises `IndexDamaged` where a part cannot be read at all.
    """
    catalog = index.catalog
    problems = [row[0] for row in catalog.rows("PRAGMA integrity_check") if row[0] != "ok"]
    problems += catalog.text_problems()
    chunks = catalog.chunk_ids()
    if index.lexical.count() != len(chunks):
        problems.append(f"the lexical part holds {index.lexical.count()} chunks, the catalog {len(chunks)}")
    strangers = np.setdiff1d(index.dense.ids(), chunks)
    if len(strangers):
        problems.append(f"the dense part holds {len(strangers)} chunks that the catalog does not know")
    sql = (
        "SELECT twin.item FROM documents twin LEFT JOIN documents d ON d.document_id = twin.twin_of "
        "WHERE twin.twin_of IS NOT NULL AND (d.document_id IS NULL OR d.twin_of IS NOT NULL)"
    )
    problems += [f"{item} is listed with a document that is not indexed" for (item,) in catalog.rows(sql)]
    return problems
