"""`rag search`: search an index and print the hits."""

import argparse
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from corpora.errors import RagError
from indexers.catalog.filter import Filter
from indexers.index import Index
from indexers.tokens import query_tokens
from rag.cli.last_search import place_of, remember_places
from rag.cli.options import add_common_options, add_query_options, positive
from rag.cli.terminal import note, show, show_styled
from rag.projects.index_targets import find_index
from rag.rendering import hits as rendered
from rag.rendering.search_notes import notes_on_hits, nothing_found
from rag.retrieval.context_file import read_imports
from rag.retrieval.freshness import check_freshness
from rag.retrieval.hit import Hit
from rag.retrieval.questions.patterns import SearchCutShort, split_patterns
from rag.retrieval.rerank import Reranker
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from rag.retrieval.source_files import seen_from, source_folders
from rag.retrieval.unmatched_filter import unmatched

if TYPE_CHECKING:
    from indexers.search.expression import Expression

_HITS_ON_TERMINAL, _HITS = 5, 10
_LINES_ON_TERMINAL, _LINES = 3, 6


def add_search_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag search`."""
    command.description = (
        "Search an index, and print the best hits with their place and the lines that match best."
    )
    add_common_options(command)
    add_query_options(command, k=None, is_optional=True)
    shown = command.add_mutually_exclusive_group()
    shown.add_argument(
        "--lines",
        type=positive,
        metavar="N",
        help=f"number of lines shown of each hit; default: {_LINES_ON_TERMINAL} on a terminal, else {_LINES}",
    )
    shown.add_argument("--full", action="store_true", help="show all lines of each hit")
    shown.add_argument("--files", action="store_true", help="print only the path of each file, once")
    shown.add_argument("--open", action="store_true", help="open the first hit in $VISUAL or $EDITOR")
    command.add_argument(
        "--explain", action="store_true", help="show which signals made up the score of each hit"
    )
    command.set_defaults(run=run_search, usage_error=command.error)


def run_search(options: argparse.Namespace) -> int:
    """Run `rag search`; returns 1 if nothing is found."""
    is_terminal = sys.stdout.isatty() and not options.json
    k = options.k or (_HITS_ON_TERMINAL if is_terminal else _HITS)
    if not options.query and not options.regex:
        options.usage_error("the following arguments are required: QUERY")
    query = query_of(options) if options.query else ""
    with Index.open(find_index(options.index)) as index:
        search = search_options_of(options, index)
        with cut_searches_noted():
            hits = check_freshness(index, retrieve(index, query, k, search))
        folders = source_folders(index, (hit.chunk.origin.corpus for hit in hits))
        is_empty = not hits and not index.status().counts.documents
        for missing in unmatched(index, search.filter, least=2):
            note(f"warning: {missing.what}; {missing.fix}")
    asked = split_patterns(query, options.regex)
    for line in notes_on_hits(query, asked, hits):
        note(line)
    view = rendered.HitView(
        folders=folders,
        here=_here(),
        words=frozenset(query_tokens(asked.text)),
        expressions=_expressions(asked.patterns),
        lines=None if options.full else options.lines or (_LINES_ON_TERMINAL if is_terminal else _LINES),
        explain=options.explain,
    )
    _show(hits, view, options, is_terminal=is_terminal)
    if options.open and hits:
        from rag.cli.open import open_place

        open_place(place_of(hits[0], folders))
    if not hits:
        is_filtered = not search.filter.is_empty
        note(nothing_found(query, asked, is_empty=is_empty, is_filtered=is_filtered))
    return 0 if hits else 1


def _expressions(patterns: Sequence[str]) -> tuple["Expression", ...]:
    if not patterns:
        return ()
    from indexers.search.expression import Expression  # few searches have a pattern

    return tuple(map(Expression, patterns))


def _show(
    hits: Sequence[Hit], view: rendered.HitView, options: argparse.Namespace, *, is_terminal: bool
) -> None:
    if options.json:
        show(rendered.json_hits(hits, view.folders), json=True)
    elif not hits:
        return
    elif options.files:
        show("\n".join(rendered.paths(hits, view)))
    elif is_terminal:
        from rag.cli.rendering.styled_hits import styled_hits  # loads what only a terminal needs

        show_styled(styled_hits(hits, view, *get_terminal_size()))
        remember_places(view.here, [place_of(hit, view.folders) for hit in hits])
    else:
        show(rendered.plain_hits(hits, view))


@contextmanager
def cut_searches_noted() -> Iterator[None]:
    """Print a note in place of a warning for regular expressions that were not tried on all texts."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SearchCutShort)
        try:
            yield
        finally:
            for message in dict.fromkeys(str(one.message) for one in caught):
                note(f"warning: {message}")


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


def search_options_of(options: argparse.Namespace, index: Index) -> SearchOptions:
    """Return the options of a search of `index` that `add_query_options` added."""
    here = _here()
    folders = source_folders(index) if options.path else {}  # globs match paths as they are printed
    return SearchOptions(
        filter=Filter(
            corpora=tuple(options.corpus),
            languages=tuple(options.language),
            libraries=tuple(options.library),
            versions=tuple(options.version),
            paths=tuple(options.path),
            licences=tuple(options.licence),
            kinds=tuple(options.kind),
            folders=tuple((name, seen_from(folder, here)) for name, folder in folders.items()),
        ),
        pattern=options.regex,
        two_stage=options.two_stage,
        versions=options.versions,
        reranker=_reranker(options.rerank) if options.rerank else None,
        imports=read_imports(options.context) if options.context else (),
    )


def _here() -> Path:
    """Return the working folder; the root where it was removed."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/")


def _reranker(name: str) -> Reranker:
    from rag.rerankers import open_reranker  # their models are heavy, and few searches use one

    return open_reranker(name)
