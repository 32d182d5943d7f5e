"""Retrieve for many questions."""

from collections.abc import Generator, Iterable
from functools import partial

from corpora.errors import RagError
from indexers.index import Index
from rag.batches.many import BatchProgress, ask_in_processes
from rag.retrieval.hit import Hit
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import DEFAULT_SEARCH, SearchOptions


def retrieve_batch(
    index: Index,
    queries: Iterable[str],
    k: int = 10,
    options: SearchOptions = DEFAULT_SEARCH,
    *,
    processes: int = 1,
    progress: BatchProgress | None = None,
) -> Generator[list[Hit] | RagError, None, None]:
    """Yield what `retrieve` returns for each query, in order, or the error that it raises.

    Args:
        index: the index to search.
        queries: are read as results are taken, a few ahead.
        k: maximum number of hits for each.
        options: which documents are searched, and how hits are ordered.
        processes: number of processes that search, 1 for this one alone; each takes a second to start and
            opens the index itself. All is done in this one for an index in memory, or with a reranker that
            cannot be pickled.
        progress: called with the number of results, and that of the queries, if it is known.
    """
    ask = partial(retrieve, index, k=k, options=options)
    return ask_in_processes(ask, queries, index, processes, progress)
