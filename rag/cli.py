"""The command `rag`: each command parses, calls the library, renders.

Results go to stdout, all else to stderr. Exit code 0: done; 1: an error, told in three lines
(what, why, fix); 2: wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from corpora.errors import RagError
from indexers.filter import Filter
from indexers.index import Index
from rag import render
from rag.completion import Sampling
from rag.doc_prompter import DEFAULT_PASSAGES, DocPrompter
from rag.generators import BACKENDS, open_generator
from rag.project import bring_up_to_date, find_index, find_target
from rag.prompt import MAX_PROMPT_TOKENS, make_prompt
from rag.retrieve import retrieve
from rag.template import template_names


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _parser().parse_args(arguments)
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
    target = find_target(options.sources, index=options.index, name=options.name, encoder=options.encoder)
    with render.progress() as progress:
        report = bring_up_to_date(target, anew=options.rebuild, progress=progress)
    with Index.open(target.index) as index:
        status = index.status()
        skipped = index.catalog.skipped() if options.verbose else []
    print(render.report(report, status, skipped, json=options.json))


def run_search(options: argparse.Namespace) -> None:
    """`rag search`."""
    with Index.open(find_index(options.index)) as index:
        hits = retrieve(index, _query(options), options.k, filter=_filter(options))
    print(render.hits(hits, json=options.json))
    if not hits:
        print(
            "nothing found" + (" that passes the filter" if _filter(options) != Filter() else ""),
            file=sys.stderr,
        )


def run_prompt(options: argparse.Namespace) -> None:
    """`rag prompt`."""
    with Index.open(find_index(options.index)) as index:
        query = _query(options)
        hits = retrieve(index, query, options.k, filter=_filter(options))
        prompt = make_prompt(query, hits, template=options.template, max_tokens=options.max_tokens)
    print(render.prompt(prompt, json=options.json))
    print(render.prompt_size(prompt), file=sys.stderr)


def run_generate(options: argparse.Namespace) -> None:
    """`rag generate`."""
    sampling = Sampling(options.temperature, options.max_output_tokens, options.seed)
    chosen = {
        name: getattr(options, name) for name in ("model", "base_url", "command") if getattr(options, name)
    }
    generator = open_generator(options.backend, sampling=sampling, **chosen)
    with Index.open(find_index(options.index)) as index:
        prompter = DocPrompter(
            index, generator, options.template, options.k, options.max_tokens, _filter(options)
        )
        completion = prompter(_query(options))
    print(render.completion(completion, json=options.json))


def run_status(options: argparse.Namespace) -> None:
    """`rag status`."""
    with Index.open(find_index(options.index)) as index:
        print(render.status(index.status(), json=options.json))


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
    )


# -- options ------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rag",
        description="Index code and documentation, search them, prompt a model with what is found.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    common, query, prompt = _common_options(), _query_options(), _prompt_options()

    index = commands.add_parser("index", parents=[common], help="index corpora, or bring an index up to date")
    index.description = "Index corpora, or bring an index up to date: only what changed is read."
    index.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="folder of code or of HTML pages, pkg:NAME for an installed package, or a wheel; "
        "default: all corpora of rag.toml, or all that the index knows",
    )
    index.add_argument("--name", default="", help="name of the corpus; default: that of the folder")
    index.add_argument(
        "--encoder", default="", help="builtin (default) or sentence-transformers:NAME_OR_FOLDER"
    )
    index.add_argument("--rebuild", action="store_true", help="index everything anew, then replace the index")
    index.add_argument("--repair", action="store_true", help="derive the search files anew from the catalog")
    index.add_argument("-v", "--verbose", action="store_true", help="list what was skipped, and why")
    index.set_defaults(run=run_index)

    search = commands.add_parser("search", parents=[common, query], help="find code and documentation")
    search.set_defaults(run=run_search, k=10)

    show = commands.add_parser(
        "prompt", parents=[common, query, prompt], help="print the prompt for a request"
    )
    show.set_defaults(run=run_prompt)

    generate = commands.add_parser(
        "generate", parents=[common, query, prompt], help="have a model answer a request"
    )
    generate.add_argument("--backend", choices=sorted(BACKENDS), default="local", help="default: local")
    generate.add_argument("--model", default="", help="name of the model; for local, a GGUF file")
    generate.add_argument("--base-url", default="", metavar="URL", help="of an OpenAI-compatible endpoint")
    generate.add_argument("--command", default="", help="a program that reads the prompt on stdin")
    generate.add_argument("--temperature", type=float, default=Sampling().temperature, metavar="T")
    generate.add_argument("--max-output-tokens", type=_positive, default=Sampling().max_tokens, metavar="N")
    generate.add_argument("--seed", type=int, default=Sampling().seed, metavar="N")
    generate.set_defaults(run=run_generate)

    status = commands.add_parser("status", parents=[common], help="tell what the index holds")
    status.set_defaults(run=run_status)
    return parser


def _common_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    default = os.environ.get("RAG_INDEX")
    options.add_argument(
        "--index",
        type=Path,
        metavar="FOLDER",
        default=Path(default) if default else None,
        help="folder of the index; default: $RAG_INDEX, that of rag.toml, or .rag here or above",
    )
    options.add_argument("--json", action="store_true", help="print JSON")
    return options


def _query_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("query", nargs="+", metavar="QUERY", help="what to look for; - reads it from stdin")
    options.add_argument("-k", type=_positive, default=DEFAULT_PASSAGES, metavar="N", help="hits at the most")
    group = options.add_argument_group("filters (each may be repeated)")
    for name, example in (
        ("corpus", "name of a corpus"),
        ("language", "such as python"),
        ("library", "documentation of this library"),
        ("version", "documentation of this version"),
        ("path", "glob such as 'src/**/*.py'"),
    ):
        group.add_argument(f"--{name}", action="append", default=[], metavar=name.upper(), help=example)
    return options


def _prompt_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    names = ", ".join(template_names())
    options.add_argument("--template", default="docprompting", help=f"{names}, or the path of a Jinja2 file")
    options.add_argument(
        "--max-tokens", type=_positive, default=MAX_PROMPT_TOKENS, metavar="N", help="budget of the prompt"
    )
    return options


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not above zero")
    return number


if __name__ == "__main__":
    sys.exit(main())
