"""`rag docs`: the documentation in an index."""

import argparse
from pathlib import Path
from typing import Any

from corpora.errors import IndexNotFound
from corpora.spec import KINDS
from indexers.index import Index
from rag.cli import render, render_docs
from rag.cli.project import find_index, new_index
from rag.cli.terminal import show
from rag.docs import add_docs, list_docs, remove_docs, sync_docs, update_docs


def add_docs_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """The options of `rag docs`."""
    docs = commands.add_parser("docs", help="the documentation in an index: add, list, update, remove, sync")
    docs.description = "Documentation of libraries at exact versions."
    actions = docs.add_subparsers(metavar="ACTION", required=True)

    add = actions.add_parser("add", parents=[common], help="add documentation")
    add.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="pkg:NAME==VERSION, pkg:NAME as installed, a wheel, an sdist, npm:NAME@VERSION, a .tgz, a URL, "
        "man:NAME, an OpenAPI file, "
        "a folder of pages",
    )
    kinds = ", ".join(KINDS)
    add.add_argument("--kind", default="", metavar="KIND", help=f"of the sources, one of {kinds}")
    add.add_argument("--library", default="", help="what the pages are about, where they do not say it")
    add.add_argument("--version", default="", help="of that library")
    add.set_defaults(run=run_add)

    listing = actions.add_parser("list", parents=[common], help="list libraries and versions")
    listing.set_defaults(run=run_list)

    update = actions.add_parser("update", parents=[common], help="fetch and read again what has changed")
    update.add_argument("names", nargs="*", metavar="NAME", help="of corpora; default: all documentation")
    update.set_defaults(run=run_update)

    remove = actions.add_parser("remove", parents=[common], help="take documentation out")
    remove.add_argument("names", nargs="+", metavar="NAME", help="of a corpus, as rag docs list has it")
    remove.set_defaults(run=run_remove)

    sync = actions.add_parser("sync", parents=[common], help="document each package at its locked version")
    sync.add_argument(
        "locks",
        nargs="*",
        type=Path,
        metavar="LOCK",
        help="uv.lock, poetry.lock, requirements.txt, ... or the folder of an environment; "
        "default: the lock files here, else what is installed with this Python",
    )
    sync.add_argument("--prune", action="store_true", help="take versions out that no lock names any more")
    sync.set_defaults(run=run_sync)


def run_add(options: argparse.Namespace) -> None:
    """`rag docs add`."""
    place = _place(options)
    with render.progress() as progress:
        report = add_docs(
            place,
            options.sources,
            library=options.library,
            version=options.version,
            kind=options.kind,
            progress=progress,
        )
    with Index.open(place) as index:
        show(render.report(report, index.status(), [], json=options.json), json=options.json)


def run_list(options: argparse.Namespace) -> None:
    """`rag docs list`."""
    with Index.open(find_index(options.index)) as index:
        show(render_docs.documented_libraries(list_docs(index), json=options.json), json=options.json)


def run_update(options: argparse.Namespace) -> None:
    """`rag docs update`."""
    with Index.open(find_index(options.index)) as index, render.progress() as progress:
        report = update_docs(index, options.names, progress=progress)
        show(render.update(report, json=options.json), json=options.json)


def run_remove(options: argparse.Namespace) -> None:
    """`rag docs remove`."""
    with Index.open(find_index(options.index)) as index:
        show(render_docs.removed(remove_docs(index, options.names), json=options.json), json=options.json)


def run_sync(options: argparse.Namespace) -> None:
    """`rag docs sync`."""
    with render.progress() as progress:
        report = sync_docs(_place(options), options.locks, prune=options.prune, progress=progress)
    show(render_docs.synced(report, json=options.json), json=options.json)


def _place(options: argparse.Namespace) -> Path:
    """The index there is, else where one is made."""
    try:
        return find_index(options.index)
    except IndexNotFound:
        return new_index(options.index)
