"""Check that an index is whole: that its parts say the same."""

import numpy as np

from indexers.index import Index


def verify(index: Index) -> list[str]:
    """What is wrong with `index`, a line each; empty if it is sound.

    Checks the pages of the catalog, that every indexed document has a text that unpacks and spans
    its chunks, and that the lexical and dense parts hold the chunks of the catalog and no others.
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
    return problems
