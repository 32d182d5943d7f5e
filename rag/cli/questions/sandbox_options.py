"""Options of the commands that run programs in a sandbox: its isolation, limits and environments."""

import argparse
from pathlib import Path
from typing import Final

from rag.cli.options import pair, positive, seconds
from rag.execution import Limits
from rag.execution.isolation import LEVELS, is_level

DEFAULT_ENVIRONMENTS: Final = Path("eval-environments")
"""The folder of environments, where no other is named."""


def add_sandbox_options(box: argparse._ArgumentGroup) -> None:
    """Add the options of the sandbox."""
    box.add_argument(
        "--isolation",
        type=isolation_level,
        default="bwrap",
        metavar="LEVEL",
        help="isolation of the programs: bwrap (the default), container, container:IMAGE or process",
    )
    box.add_argument(
        "--environments",
        type=Path,
        default=DEFAULT_ENVIRONMENTS,
        metavar="FOLDER",
        help=f"folder of virtual environments for tasks that pin versions; default: {DEFAULT_ENVIRONMENTS}",
    )
    box.add_argument(
        "--interpreter",
        action="append",
        default=[],
        type=pair,
        metavar="VERSION=FILE",
        help="Python to make environments with, such as 3.9=/opt/python3.9/bin/python; may be repeated",
    )
    box.add_argument(
        "--timeout",
        type=seconds,
        default=30.0,
        metavar="SECONDS",
        help="time limit of a reference solution; default: %(default)g",
    )
    box.add_argument(
        "--memory-mb",
        type=positive,
        default=Limits().memory_mb,
        metavar="MB",
        help="memory limit per program; default: %(default)s",
    )


def chosen_limits(options: argparse.Namespace) -> Limits:
    """Return the limits of each program."""
    return Limits(timeout_seconds=options.timeout, memory_mb=options.memory_mb)


def chosen_interpreters(options: argparse.Namespace) -> dict[str, str]:
    """Return the interpreters to make environments with, by their versions."""
    return dict(one.split("=", 1) for one in options.interpreter)


def isolation_level(name: str) -> str:
    """Return the name of an isolation. Raises `ArgumentTypeError` if there is no such isolation."""
    if is_level(name):
        return name
    raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(sorted(LEVELS))} or container:IMAGE")
