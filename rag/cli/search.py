"""`rag search`: search an index and print the hits."""

import argparse
import sys

from corpora.errors import RagError
from indexers.catalog.filter import Filter
from indexers.index import Index
from rag.cli.options import add_common_options, add_query_options
from rag.cli.project import find_index
from rag.cli.rendering import results
from rag.cli.terminal import note, show
from rag.retrieval.freshness import check_freshness
from rag.retrieval.rerank import Reranker
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions


def add_search_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag search`."""
    command.description = "Search an index, and print the best hits with their source and first lines."
    add_common_options(command)
    add_query_options(command, k=10)
    command.add_argument(
        "--explain", action="store_true", help="show which signals made up the score of each hit"
    )
    command.set_defaults(run=run_search)


def run_search(options: argparse.Namespace) -> None:
    """Run `rag search`."""
    with Index.open(find_index(options.index)) as index:
        search = search_options_of(options)
        hits = check_freshness(index, retrieve(index, query_of(options), options.k, search))
    show(results.hits(hits, json=options.json, explain=options.explain), json=options.json)
    if not hits:
        note("nothing found" + (" that matches the filters" if search.filter != Filter() else ""))


def query_of(options: argparse.Namespace) -> str:
    """Return the question, from the arguments or from standard input. Raises `RagError` if it is empty."""
    query = " ".join(options.query)
    query = sys.stdin.read() if query == "-" else query
    if not query.strip():
        raise RagError(
            "the query is empty",
            why="there is nothing to search for",
            fix="give it as arguments, or give - and write it to standard input",
        )
    return query


def search_options_of(options: argparse.Namespace) -> SearchOptions:
    """Return the options of a search that `add_query_options` added."""
    return SearchOptions(
        filter=Filter(
            corpora=tuple(options.corpus),
            languages=tuple(options.language),
            libraries=tuple(options.library),
            versions=tuple(options.version),
            paths=tuple(options.path),
            licences=tuple(options.licence),
        ),
        two_stage=options.two_stage,
        versions=options.versions,
        reranker=_reranker(options.rerank) if options.rerank else None,
    )


def _reranker(name: str) -> Reranker:
    from rag.rerankers import open_reranker  # their models are heavy, and few searches use one

    return open_reranker(name)
