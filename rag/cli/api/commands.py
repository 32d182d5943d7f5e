"""`rag api`: its actions, and `rag api show`."""

import argparse
from pathlib import Path
from typing import Any

from corpora.library_api import read_api
from rag.api.describe import describe_object, summarize_api
from rag.cli.api.diff import add_diff_options
from rag.cli.api.environment import add_environment_option
from rag.cli.api.yanked import note_yanked
from rag.cli.terminal import show
from rag.rendering.api_objects import rendered_library, rendered_object


def add_api_options(api: argparse.ArgumentParser) -> None:
    """Add the parsers of the actions of `rag api`."""
    api.description = (
        "Show what a library offers at one version, or what changed since. Its code is read, and never run."
    )
    actions: Any = api.add_subparsers(metavar="ACTION")
    api.set_defaults(run=lambda _: api.print_help())
    for name, help_text, add_options in (
        ("show", "show the modules of a library, or one of its objects", _add_show_options),
        ("diff", "show what changed from one version of a library to another", add_diff_options),
    ):
        action = actions.add_parser(name, help=help_text)
        add_options(action)


def _add_show_options(options: argparse.ArgumentParser) -> None:
    options.add_argument(
        "library",
        metavar="LIBRARY",
        help="pkg:NAME==VERSION, pkg:NAME for the installed version, a wheel or sdist, a folder, or "
        "FOLDER@REVISION of a git repository; of npm, npm:NAME==VERSION, npm:NAME, a .tgz or a folder",
    )
    options.add_argument(
        "name",
        nargs="?",
        default="",
        metavar="NAME",
        help="object to show, such as pandas.DataFrame.merge or DataFrame.merge; default: all public modules",
    )
    add_environment_option(options)
    options.add_argument("--private", action="store_true", help="list private members, too")
    options.add_argument("--json", action="store_true", help="print the result as JSON")
    options.set_defaults(run=run_show)


def run_show(options: argparse.Namespace) -> None:
    """Run `rag api show`."""
    model = read_api(options.library, python=options.python, folder=Path.cwd())
    note_yanked(model.library, model.version)
    if options.name:
        described = describe_object(model, options.name, private=options.private)
        show(rendered_object(described, json=options.json), json=options.json)
    else:
        show(rendered_library(summarize_api(model), json=options.json), json=options.json)
