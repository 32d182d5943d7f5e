"""`rag index`, `watch`, `status` and `verify`: an index as a whole."""

import argparse
from threading import Event
from typing import Any

from corpora.errors import IndexDamaged, RagError
from indexers.building.report import Report
from indexers.index import Index
from indexers.planning.warnings import rule_warnings
from indexers.soundness import unchecked
from indexers.staleness import behind
from indexers.verify import verify
from indexers.watch import watch
from rag.cli import render
from rag.cli.options import memory_size
from rag.cli.project import bring_up_to_date, find_index, find_target, trust_index, trust_project
from rag.cli.terminal import note, show
from rag.prompting.fence import safe_line


def add_index_parsers(commands: Any, common: argparse.ArgumentParser) -> None:
    """The options of `rag index` and `rag watch`."""
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
        help="builtin (default), table:FOLDER of rag train, sentence-transformers:NAME_OR_FOLDER, or both as "
        "builtin+sentence-transformers:NAME_OR_FOLDER",
    )
    index.add_argument(
        "--allow-private", action="store_true", help="crawl a site even if its address is not public"
    )
    index.add_argument(
        "--trust",
        action="store_true",
        help="agree to what rag.toml or the index names out of this project, once and for all",
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


def add_check_parsers(commands: Any, common: argparse.ArgumentParser) -> None:
    """The options of `rag status` and `rag verify`."""
    status = commands.add_parser("status", parents=[common], help="tell what the index holds")
    status.add_argument(
        "--trust", action="store_true", help="agree to the corpora and the encoder that the index names"
    )
    status.set_defaults(run=run_status)

    check = commands.add_parser("verify", parents=[common], help="check that the index is whole")
    check.set_defaults(run=run_verify)


def run_index(options: argparse.Namespace) -> None:
    """`rag index`."""
    if options.repair:
        with Index.open(find_index(options.index)) as index:
            show(render.repaired(index.repair(), json=options.json), json=options.json)
        return
    if options.trust:
        trust_project(options.index)
    target = find_target(
        options.sources,
        index=options.index,
        name=options.name,
        encoder=options.encoder,
        allow_private=options.allow_private,
    )
    if options.dry_run:
        from indexers.planning.plan import plan  # with the parsers that only reading needs
        from rag.cli import render_plan

        old = None if options.rebuild else target.index
        made = plan(
            target.corpora,
            index=old,
            encoder=target.encoder,
            prune=target.is_whole,
            max_memory=options.memory,
        )
        show(render_plan.dry_run(made, json=options.json), json=options.json)
        return
    with render.progress() as progress:
        report = bring_up_to_date(target, anew=options.rebuild, progress=progress, max_memory=options.memory)
    with Index.open(target.index) as index:
        status, skipped = index.status(), index.catalog.skipped()
    show(
        render.report(report, status, skipped if options.verbose else [], json=options.json),
        json=options.json,
    )
    for warning in rule_warnings(status.counts.documents, skipped):
        note(f"warning: {safe_line(warning)}")


def run_watch(options: argparse.Namespace) -> None:
    """`rag watch`."""
    target = find_target([], index=options.index)

    def tell(outcome: Report | RagError) -> None:
        if isinstance(outcome, RagError):
            note(render.error(outcome))
        elif outcome.added or outcome.changed or outcome.removed:
            show(render.update(outcome, json=options.json), json=options.json)

    try:
        with render.progress() as progress:
            tell(bring_up_to_date(target, progress=progress))
        note(f"watching for {target.index}; Ctrl-C ends it")
        watch(target.index, target.corpora, tell, Event())
    except KeyboardInterrupt:
        note("no longer watching; what was committed is kept")


def run_status(options: argparse.Namespace) -> None:
    """`rag status`."""
    with Index.open(find_index(options.index)) as index:
        if options.trust:
            trust_index(index)
        show(render.status(index.status(), behind(index), json=options.json), json=options.json)


def run_verify(options: argparse.Namespace) -> None:
    """`rag verify`."""
    with Index.open(find_index(options.index)) as index:
        problems = verify(index)
        show(render.verified(problems, index.status(), json=options.json), json=options.json)
        if missing := unchecked(index.catalog):
            note(f"note: {safe_line(missing)}")
    if problems:
        raise IndexDamaged(
            f"the index at {find_index(options.index)} is not sound",
            why=f"{len(problems)} problems, listed above",
            fix="run: rag index --repair; if that does not help: rag index --rebuild",
        )
