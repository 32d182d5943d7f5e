"""`rag search`, `rag prompt` and `rag generate`: ask an index a question."""

import argparse
import sys
from dataclasses import replace
from typing import Any

from corpora.errors import RagError
from indexers.catalog.filter import Filter
from indexers.index import Index
from rag.cli import render
from rag.cli.options import chosen_generator, generator_options, prompt_options, query_options
from rag.cli.project import find_index
from rag.cli.terminal import note, show, show_stream
from rag.doc_prompter import MAX_ROUNDS, DocPrompter
from rag.generators.completion import StreamingGenerator, stream
from rag.rerankers import open_reranker
from rag.retrieval.freshness import check_freshness
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions


def add_question_parsers(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the parsers of the three commands."""
    query, prompt = query_options(), prompt_options()

    search = commands.add_parser(
        "search", parents=[common, query_options()], help="search code and documentation"
    )
    search.description = "Search an index, and print the best hits with their source and first lines."
    search.add_argument(
        "--explain", action="store_true", help="show which signals made up the score of each hit"
    )
    search.set_defaults(run=run_search, k=10)

    printed = commands.add_parser(
        "prompt", parents=[common, query, prompt], help="print the prompt that a model would be sent"
    )
    printed.description = "Search an index for a request, and print the prompt with the passages found."
    printed.set_defaults(run=run_prompt)

    generate = commands.add_parser(
        "generate",
        parents=[common, query, prompt, generator_options()],
        help="have a model answer a request",
    )
    generate.description = (
        "Search an index for a request, and have a model answer it with what was found. Prints the code of "
        "the answer; on a terminal, a model that can stream shows the whole answer while it is written."
    )
    generate.add_argument(
        "--rounds",
        type=int,
        choices=range(1, MAX_ROUNDS + 1),
        default=1,
        help="number of times the model is asked; from the second on, with documentation of what its last "
        "answer uses; default: 1",
    )
    generate.set_defaults(run=run_generate)


def run_search(options: argparse.Namespace) -> None:
    """Run `rag search`."""
    with Index.open(find_index(options.index)) as index:
        search = _search_options(options)
        hits = check_freshness(index, retrieve(index, _query(options), options.k, search))
    show(render.hits(hits, json=options.json, explain=options.explain), json=options.json)
    if not hits:
        note("nothing found" + (" that matches the filters" if search.filter != Filter() else ""))


def run_prompt(options: argparse.Namespace) -> None:
    """Run `rag prompt`."""
    with Index.open(find_index(options.index)) as index:
        prompt = _prompter(index, options).prompt(_query(options))
    show(render.prompt(prompt, json=options.json), json=options.json)
    note(render.prompt_size(prompt))
    _note_gate(prompt.confidence, options)


def run_generate(options: argparse.Namespace) -> None:
    """Run `rag generate`."""
    generator = chosen_generator(options)
    with Index.open(find_index(options.index)) as index:
        prompter = replace(_prompter(index, options), generator=generator, rounds=options.rounds)
        if _is_watched(options) and isinstance(generator, StreamingGenerator):
            prompt = prompter.prompt(_query(options))
            show_stream(stream(generator, prompt))
            _note_gate(prompt.confidence, options)
            return
        completion = prompter(_query(options))
    show(render.completion(completion, json=options.json), json=options.json)
    _note_gate(completion.confidence, options)


def _is_watched(options: argparse.Namespace) -> bool:
    """Return whether an answer is to be shown while it comes: to a person, and if it is no mere draft."""
    return sys.stdout.isatty() and not options.json and options.rounds == 1


def _prompter(index: Index, options: argparse.Namespace) -> DocPrompter:
    return DocPrompter(
        index,
        template=options.template,
        k=options.k,
        max_tokens=options.max_tokens,
        search=_search_options(options),
        gate=options.gate,
    )


def _note_gate(confidence: float | None, options: argparse.Namespace) -> None:
    if text := render.gated(confidence, options.gate):
        note(text)


def _query(options: argparse.Namespace) -> str:
    query = " ".join(options.query)
    query = sys.stdin.read() if query == "-" else query
    if not query.strip():
        raise RagError(
            "the query is empty",
            why="there is nothing to search for",
            fix="give it as arguments, or give - and write it to standard input",
        )
    return query


def _search_options(options: argparse.Namespace) -> SearchOptions:
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
        reranker=open_reranker(options.rerank) if options.rerank else None,
    )
