"""`rag eval`: its commands, of which `run` may be left out."""

import argparse
import os
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from rag.cli.parser import Parser

_COMMANDS: Final = (
    ("run", "have a model answer tasks, and run its answers", "rag.cli.eval:add_eval_options"),
    (
        "retrieval",
        "ask an index questions whose answers are known",
        "rag.cli.questions.retrieval:add_retrieval_options",
    ),
    ("questions", "make a first set of such questions", "rag.cli.questions.make:add_make_options"),
    (
        "build",
        "build tasks and questions from two versions of a library",
        "rag.cli.questions.build:add_build_options",
    ),
)
"""Name of each command, its help, and the function that adds its options."""


def add_eval_commands(command: argparse.ArgumentParser) -> None:
    """Add the commands of `rag eval`."""
    command.description = (
        "Evaluate a generator by running the code it writes (run), or how well an index answers questions "
        "(retrieval). 'rag eval TASKS' is short for 'rag eval run TASKS'."
    )
    commands: Any = command.add_subparsers(metavar="COMMAND")
    for name, help_text, reference in _COMMANDS:
        commands.add_parser(name, help=help_text, fill=partial(_fill, reference))
    if isinstance(command, Parser):
        command.default_command = "run"
        command.is_default_argument = _names_tasks


def _names_tasks(word: str) -> bool:
    """Return whether `word` may be the first argument of `rag eval run`: a format, a file or an option."""
    from rag.evaluation.datasets import DATASETS  # only if a word is spelled like a command

    return word.startswith("-") or word in DATASETS or os.sep in word or Path(word).exists()


def _fill(reference: str, parser: argparse.ArgumentParser) -> None:
    module, _, function = reference.partition(":")
    getattr(import_module(module), function)(parser)
