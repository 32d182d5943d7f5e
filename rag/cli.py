"""The command `rag`: each command parses, calls the library, renders.

Results go to stdout, all else to stderr. Exit code 0: done; 1: an error, told in three lines
(what, why, fix); 2: wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from threading import Event
from typing import Any

from corpora.errors import IndexDamaged, RagError
from indexers.behind import behind
from indexers.filter import Filter
from indexers.index import Index
from indexers.plan import plan
from indexers.plan_warnings import rule_warnings
from indexers.update import Report
from indexers.verify import verify
from indexers.watch import watch
from rag import cli_docs, cli_train, render, render_plan
from rag.cli_options import (
    Parser,
    chosen_generator,
    common_options,
    generator_options,
    memory_size,
    prompt_options,
    query_options,
)
from rag.completion import Generator
from rag.doc_prompter import MAX_ROUNDS, DocPrompter
from rag.fence import one_line
from rag.freshness import check_freshness
from rag.generators import open_generator
from rag.project import bring_up_to_date, find_index, find_target
from rag.rerank import Reranker
from rag.rerankers import open_reranker
from rag.retrieve import retrieve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _parser().parse_args(arguments)
    options.given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options.run(options)
    except RagError as error:
        print(render.error(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what was committed is kept", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `rag search ... | head`: the reader has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def run_index(options: argparse.Namespace) -> None:
    """`rag index`."""
    if options.repair:
        with Index.open(find_index(options.index)) as index:
            print(render.repaired(index.repair(), json=options.json))
        return
    target = find_target(
        options.sources,
        index=options.index,
        name=options.name,
        encoder=options.encoder,
        allow_private=options.allow_private,
    )
    if options.dry_run:
        old = None if options.rebuild else target.index
        made = plan(
            target.corpora,
            index=old,
            encoder=target.encoder,
            prune=target.is_whole,
            max_memory=options.memory,
        )
        print(render_plan.plan(made, json=options.json))
        return
    with render.progress() as progress:
        report = bring_up_to_date(target, anew=options.rebuild, progress=progress, max_memory=options.memory)
    with Index.open(target.index) as index:
        status, skipped = index.status(), index.catalog.skipped()
    print(render.report(report, status, skipped if options.verbose else [], json=options.json))
    for warning in rule_warnings(status.counts.documents, skipped):
        print(f"warning: {one_line(warning)}", file=sys.stderr)


def run_watch(options: argparse.Namespace) -> None:
    """`rag watch`."""
    target = find_target([], index=options.index)

    def tell(outcome: Report | RagError) -> None:
        if isinstance(outcome, RagError):
            print(render.error(outcome), file=sys.stderr)
        elif outcome.added or outcome.changed or outcome.removed:
            print(render.update(outcome, json=options.json), flush=True)

    try:
        with render.progress() as progress:
            tell(bring_up_to_date(target, progress=progress))
        print(f"watching for {target.index}; Ctrl-C ends it", file=sys.stderr, flush=True)
        watch(target.index, target.corpora, tell, Event())
    except KeyboardInterrupt:
        print("no longer watching; what was committed is kept", file=sys.stderr)


def run_search(options: argparse.Namespace) -> None:
    """`rag search`."""
    with Index.open(find_index(options.index)) as index:
        hits = retrieve(
            index,
            _query(options),
            options.k,
            filter=_filter(options),
            two_stage=options.two_stage,
            versions=options.versions,
            reranker=_reranker(options),
        )
        hits = check_freshness(index, hits)
    print(render.hits(hits, json=options.json, explain=options.explain))
    if not hits:
        print(
            "nothing found" + (" that passes the filter" if _filter(options) != Filter() else ""),
            file=sys.stderr,
        )


def run_prompt(options: argparse.Namespace) -> None:
    """`rag prompt`."""
    with Index.open(find_index(options.index)) as index:
        prompt = _prompter(index, open_generator("echo"), options).prompt(_query(options))
    print(render.prompt(prompt, json=options.json))
    print(render.prompt_size(prompt), file=sys.stderr)
    _tell_gate(prompt.confidence, options)


def run_generate(options: argparse.Namespace) -> None:
    """`rag generate`."""
    generator = chosen_generator(options)
    with Index.open(find_index(options.index)) as index:
        prompter = replace(_prompter(index, generator, options), rounds=options.rounds)
        completion = prompter(_query(options))
    print(render.completion(completion, json=options.json))
    _tell_gate(completion.confidence, options)


def run_status(options: argparse.Namespace) -> None:
    """`rag status`."""
    with Index.open(find_index(options.index)) as index:
        print(render.status(index.status(), behind(index), json=options.json))


def run_verify(options: argparse.Namespace) -> None:
    """`rag verify`."""
    with Index.open(find_index(options.index)) as index:
        problems = verify(index)
        print(render.verified(problems, index.status(), json=options.json))
    if problems:
        raise IndexDamaged(
            f"the index at {find_index(options.index)} is not sound",
            why=f"{len(problems)} problems, listed above",
            fix="run: rag index --repair; if that does not help: rag index --rebuild",
        )


def _prompter(index: Index, generator: Generator, options: argparse.Namespace) -> DocPrompter:
    return DocPrompter(
        index,
        generator,
        options.template,
        options.k,
        options.max_tokens,
        _filter(options),
        two_stage=options.two_stage,
        versions=options.versions,
        reranker=_reranker(options),
        gate=options.gate,
    )


def _reranker(options: argparse.Namespace) -> Reranker | None:
    return open_reranker(options.rerank) if options.rerank else None


def _tell_gate(confidence: float | None, options: argparse.Namespace) -> None:
    if told := render.gated(confidence, options.gate):
        print(told, file=sys.stderr)


def _query(options: argparse.Namespace) -> str:
    query = " ".join(options.query)
    query = sys.stdin.read() if query == "-" else query
    if not query.strip():
        raise RagError(
            "the query is empty", why="there is nothing to look for", fix="give words, or - and text on stdin"
        )
    return query


def _filter(options: argparse.Namespace) -> Filter:
    return Filter(
        corpora=tuple(options.corpus),
        languages=tuple(options.language),
        libraries=tuple(options.library),
        versions=tuple(options.version),
        paths=tuple(options.path),
        licences=tuple(options.licence),
    )


# -- options ------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="rag",
        description="Index code and documentation, search them, prompt a model with what is found.",
    )
    commands: Any = parser.add_subparsers(metavar="COMMAND", required=True)
    common, query, prompt = common_options(), query_options(), prompt_options()

    index = commands.add_parser("index", parents=[common], help="index corpora, or bring an index up to date")
    index.description = "Index corpora, or bring an index up to date: only what changed is read."
    index.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="folder of code or of HTML pages, pkg:NAME for an installed package, a wheel, URL of a site; "
        "default: all corpora of rag.toml, or all that the index knows",
    )
    index.add_argument("--name", default="", help="name of the corpus; default: that of the folder")
    index.add_argument(
        "--encoder",
        default="",
        help="builtin (default), table:FOLDER of rag train, or sentence-transformers:NAME_OR_FOLDER",
    )
    index.add_argument(
        "--allow-private", action="store_true", help="crawl a site even if its address is not public"
    )
    index.add_argument("--rebuild", action="store_true", help="index everything anew, then replace the index")
    other = index.add_mutually_exclusive_group()
    other.add_argument("--repair", action="store_true", help="derive the search files anew from the catalog")
    other.add_argument(
        "--dry-run", action="store_true", help="tell what would be read and skipped and what it would cost"
    )
    index.add_argument(
        "--memory",
        type=memory_size,
        metavar="SIZE",
        help="what all processes may take, such as 2GB; default: half of what is free",
    )
    index.add_argument("-v", "--verbose", action="store_true", help="list what was skipped, and why")
    index.set_defaults(run=run_index)

    keep = commands.add_parser("watch", parents=[common], help="keep an index fresh while files change")
    keep.description = "Bring the index up to date with each change in its folders, until Ctrl-C."
    keep.set_defaults(run=run_watch)

    search = commands.add_parser(
        "search", parents=[common, query_options()], help="find code and documentation"
    )
    search.add_argument("--explain", action="store_true", help="show what made up the score of each hit")
    search.set_defaults(run=run_search, k=10)

    show = commands.add_parser(
        "prompt", parents=[common, query, prompt], help="print the prompt for a request"
    )
    show.set_defaults(run=run_prompt)

    generate = commands.add_parser(
        "generate", parents=[common, query, prompt, generator_options()], help="have a model answer a request"
    )
    generate.add_argument(
        "--rounds",
        type=int,
        choices=range(1, MAX_ROUNDS + 1),
        default=1,
        help="2: retrieve what the first answer uses, too, and ask again; default: 1",
    )
    generate.set_defaults(run=run_generate)

    commands.add_parser(
        "eval",
        parents=[common, generator_options(), prompt_options()],
        help="evaluate a generator by running its code",
        fill=_fill_eval,
    )
    commands.add_parser("report", help="show a run of rag eval, or compare two", fill=_fill_report)
    cli_docs.add_parser(commands, common)
    cli_train.add_parser(commands, common)

    status = commands.add_parser("status", parents=[common], help="tell what the index holds")
    status.set_defaults(run=run_status)

    check = commands.add_parser("verify", parents=[common], help="check that the index is whole")
    check.set_defaults(run=run_verify)
    return parser


def _fill_eval(parser: argparse.ArgumentParser) -> None:
    from rag import cli_eval  # only these two commands need what it imports

    cli_eval.add_eval_options(parser)


def _fill_report(parser: argparse.ArgumentParser) -> None:
    from rag import cli_eval

    cli_eval.add_report_options(parser)


if __name__ == "__main__":
    sys.exit(main())
