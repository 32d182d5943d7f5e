"""`rag docs`: commands for the documentation in an index."""

import argparse
from pathlib import Path
from typing import Any

from corpora.errors import IndexNotFound
from indexers.building.report import PartlyUpdated
from indexers.index import Index
from rag.cli.added_docs import (
    VERBOSE_HELP,
    note_names,
    show_added,
    showing_what_was_done,
    source_options,
)
from rag.cli.options import (
    add_common_options,
    add_kind_options,
    add_package_options,
    add_private_option,
)
from rag.cli.rendering import results
from rag.cli.terminal import note, show
from rag.docs import add_docs, list_docs, remove_docs, sync_docs, update_docs
from rag.named_sources import corpora_in
from rag.projects.index_targets import find_index, new_index
from rag.rendering import documentation
from rag.runtime_facts import ask_packages


def add_docs_options(docs: argparse.ArgumentParser) -> None:
    """Add the parsers of the actions of `rag docs`."""
    docs.description = "Manage the documentation in an index, kept for each library at an exact version."
    actions: Any = docs.add_subparsers(metavar="ACTION")
    docs.set_defaults(run=lambda _: docs.print_help())
    for name, help_text, add_options in (
        ("add", "add documentation to the index", _add_add_options),
        ("list", "list the documented libraries and their versions", _add_list_options),
        ("update", "fetch and read what has changed", _add_update_options),
        ("remove", "remove documentation from the index", _add_remove_options),
        ("sync", "add documentation of the packages in a lock file", _add_sync_options),
    ):
        action = actions.add_parser(name, help=help_text)
        add_common_options(action)
        add_options(action)


def _add_add_options(add: argparse.ArgumentParser) -> None:
    add.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="what to add: pkg:NAME==VERSION, pkg:NAME for the installed version, a wheel or sdist, "
        "NAME==OLD..NEW for what changed in its API from one version to another, "
        "python or python==3.12 for its standard library, "
        "npm:NAME@VERSION, a .tgz of npm, the URL of a site, man:NAME, an OpenAPI file, or a folder of pages",
    )
    add_kind_options(add)
    add_package_options(add)
    add_private_option(add)
    add.add_argument("-v", "--verbose", action="store_true", help=VERBOSE_HELP)
    add.set_defaults(run=run_add)


def _add_list_options(listing: argparse.ArgumentParser) -> None:
    listing.set_defaults(run=run_list)


def _add_update_options(update: argparse.ArgumentParser) -> None:
    update.add_argument(
        "names", nargs="*", metavar="NAME", help="corpus to update; default: all documentation"
    )
    update.set_defaults(run=run_update)


def _add_remove_options(remove: argparse.ArgumentParser) -> None:
    remove.add_argument(
        "names", nargs="+", metavar="NAME", help="corpus to remove, as 'rag docs list' names it"
    )
    remove.set_defaults(run=run_remove)


def _add_sync_options(sync: argparse.ArgumentParser) -> None:
    sync.add_argument(
        "locks",
        nargs="*",
        type=Path,
        metavar="LOCK",
        help="lock file (uv.lock, poetry.lock, pdm.lock, pylock.toml, Pipfile.lock, pyproject.toml, "
        "requirements.txt, package-lock.json, pnpm-lock.yaml, yarn.lock, bun.lock), of which all groups and "
        "extras count, or folder of an environment; default: the lock files in this folder, else .venv, else "
        "the packages installed with this Python",
    )
    sync.add_argument(
        "--python",
        default="",
        metavar="PATH",
        help="environment that the packages are for: its folder or its interpreter, which is not run; "
        "default: .venv beside the lock file, then the active one, then the Python that runs this command",
    )
    sync.add_argument("--prune", action="store_true", help="remove versions that no lock file names any more")
    sync.set_defaults(run=run_sync)


def run_add(options: argparse.Namespace) -> None:
    """Run `rag docs add`."""
    place = _place(options)
    note_names(options.sources)
    specs = source_options(options).corpora(options.sources, corpora_in(place), note=note)
    ask_packages(specs, again=True, note=note)
    with results.progress() as progress, showing_what_was_done(options, place, specs):
        report = add_docs(place, specs, kind=options.kind, progress=progress)
    show_added(report, specs, place, options)


def run_list(options: argparse.Namespace) -> None:
    """Run `rag docs list`."""
    with Index.open(find_index(options.index)) as index:
        show(documentation.documented_libraries(list_docs(index), json=options.json), json=options.json)


def run_update(options: argparse.Namespace) -> None:
    """Run `rag docs update`."""
    with Index.open(find_index(options.index)) as index:
        try:
            with results.progress() as progress:
                report = update_docs(index, options.names, progress=progress, note=note)
        except PartlyUpdated as error:
            show(results.update(error.report, json=options.json), json=options.json)
            raise
        show(results.update(report, json=options.json), json=options.json)


def run_remove(options: argparse.Namespace) -> None:
    """Run `rag docs remove`."""
    with Index.open(find_index(options.index)) as index:
        show(documentation.removed(remove_docs(index, options.names), json=options.json), json=options.json)


def run_sync(options: argparse.Namespace) -> None:
    """Run `rag docs sync`."""
    with results.progress() as progress:
        report = sync_docs(
            _place(options),
            options.locks,
            prune=options.prune,
            python=options.python,
            progress=progress,
            note=note,
        )
    show(documentation.synced(report, json=options.json), json=options.json)


def _place(options: argparse.Namespace) -> Path:
    """Return the folder of the index, or where a new one is to be made."""
    try:
        return find_index(options.index)
    except IndexNotFound:
        return new_index(options.index)
