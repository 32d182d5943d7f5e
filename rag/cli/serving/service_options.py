"""Options of the commands that serve indexes."""

import argparse
import os
from pathlib import Path

from corpora.errors import MissingExtra
from rag.cli.terminal import note
from rag.serving.permissions import Permissions
from rag.serving.projects import Projects, named_projects
from rag.serving.watching import Watching

SERVE_EXTRA = "serve"


def add_service_options(options: argparse.ArgumentParser) -> None:
    """Add the options that say what is served, and what clients may have done."""
    options.add_argument(
        "projects",
        nargs="*",
        metavar="PROJECT",
        help="folder of a project, or NAME=FOLDER; default: the working folder",
    )
    default = os.environ.get("RAG_INDEX")
    options.add_argument(
        "--index",
        type=Path,
        metavar="FOLDER",
        default=Path(default) if default else None,
        help="index of the first project; default: $RAG_INDEX, the one that its rag.toml names, or its .rag",
    )
    options.add_argument(
        "--allow-index",
        action="store_true",
        help="let clients bring an index up to date, and make one for a project that has none",
    )
    options.add_argument(
        "--allow-fetch",
        action="store_true",
        help="let clients have versions of libraries fetched from the package registry",
    )
    options.add_argument(
        "--untrusted",
        choices=("mark", "drop"),
        default="mark",
        help="what becomes of hits that read like instructions to a model; default: mark",
    )
    options.add_argument(
        "--no-watch",
        action="store_true",
        help="leave indexes as they are; default: bring them up to date while files change",
    )


def permissions_of(options: argparse.Namespace) -> Permissions:
    """Return what clients may have done."""
    return Permissions(
        may_index=options.allow_index,
        may_fetch=options.allow_fetch,
        drops_suspicious=options.untrusted == "drop",
    )


def projects_of(options: argparse.Namespace, *, opens_others: bool) -> Projects:
    """Return the projects that are to be served. Raises `RagError` if one cannot be."""
    projects = Projects(opens_others=opens_others)
    for number, (name, folder) in enumerate(named_projects(options.projects or ["."])):
        projects.add(folder, name, options.index if number == 0 else None)
    return projects


def watching_of(options: argparse.Namespace) -> Watching | None:
    """Return what brings indexes up to date; None if that is not wanted."""
    return None if options.no_watch else Watching(note, makes_missing=options.allow_index)


def missing_extra(error: ImportError) -> MissingExtra:
    """Return the error that tells which extra has what could not be imported."""
    return MissingExtra((error.name or "a package").partition(".")[0], SERVE_EXTRA)
