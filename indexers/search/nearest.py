"""Ask FAISS for the nearest rows of one question."""

from typing import Any

from indexers.encoders.table import Floats
from indexers.search.interfaces import Ids


def load_faiss() -> Any:
    """Return the module: it is heavy, and the first search of a process does without."""
    import faiss

    return faiss


def nearest(index: Any, query: Floats, wanted: int) -> Ids:
    """Return the numbers of the rows of a FAISS index that are nearest to `query`, shape (1, dimensions).

    A number is -1 where there are fewer than `wanted`. One question cannot be shared out: further threads
    would only wait, which takes processor time.
    """
    faiss = load_faiss()
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # for this thread of Python only
    try:
        numbers: Ids = index.search(query, min(wanted, index.ntotal))[1][0]
    finally:
        faiss.omp_set_num_threads(threads)
    return numbers
