"""`rag completion`: print a script with which a shell completes commands and options."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

import shtab

from rag.cli.parser import Parser
from rag.cli.terminal import show

SHELLS: Final = ("bash", "zsh", "fish")


def add_completion_options(command: argparse.ArgumentParser, whole: Callable[[], Parser]) -> None:
    """Add the options of `rag completion`; `whole` makes the parser of all commands."""
    command.description = (
        "Print a script with which a shell completes commands and options. It is made once and stored; "
        "make it again after an upgrade."
    )
    command.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"one of {', '.join(SHELLS)}")
    command.set_defaults(run=lambda options: show(completion_script(whole(), options.shell)))


def completion_script(parser: Parser, shell: str) -> str:
    """Return the script for a shell, one of `SHELLS`."""
    _complete(parser)
    return str(shtab.complete(parser, shell)).rstrip("\n")


def _complete(parser: argparse.ArgumentParser) -> None:
    """Add all options of all commands, and say which of them are paths."""
    if isinstance(parser, Parser):
        parser.complete()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _complete(command)
        elif action.type is Path or action.metavar in {"SOURCE", "FOLDER", "LOCK", "FILE"}:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
