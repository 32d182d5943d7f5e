"""`rag eval --again`: read the recorded command of a run, which somebody else may have written."""

import argparse
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpora.errors import RagError
from corpora.redaction.credentials import HIDDEN, without_credentials
from rag.cli.terminal import note
from rag.evaluation.run import read_manifest
from rag.prompting.fence import safe_line
from rag.prompting.template import template_names

# Backends that neither run a program nor send anything anywhere.
_HARMLESS_BACKENDS = ("echo", "local")
# Options that need consent whatever their values.
_SENSITIVE = (
    "command", "base_url", "model", "python", "interpreter", "make_environments", "code_bert_score",
)  # fmt: skip


def recorded_options(options: argparse.Namespace) -> argparse.Namespace:
    """Return the options of the run in `options.again`, to continue it or to repeat it in another folder.

    Whatever the recorded command would run, load or send elsewhere needs consent: the user names it again on
    the command line, or agrees on the terminal.

    Raises:
        RagError: the user has not agreed, or the folder records no command.
    """
    parser: argparse.ArgumentParser = options.parser
    before = read_manifest(options.again)["command"]
    if not before:
        raise RagError(
            f"the run in {options.again} was not made by a command",
            why="its manifest has none",
            fix="call rag.evaluation.run.evaluate again",
        )
    if any(HIDDEN in argument for argument in before if isinstance(argument, str)):
        raise RagError(
            f"the command of the run in {options.again} is not complete",
            why="it held a credential, and credentials are never stored",
            fix=f"give the command again, with --out {options.out or options.again}",
        )
    again = _parsed(parser, before, options.again)
    asked = [(option, value) for option, dest, value in _sensitive(again) if getattr(options, dest) != value]
    if asked and not _agreed(asked, options.again):
        given = " ".join(safe_line(_as_given(option, value)) for option, value in asked)
        raise RagError(
            f"the command of the run in {options.again} needs your consent",
            why=f"its folder names what would be run, loaded or asked: {given}",
            fix="if you agree, name the same options again after --again RUN, or run it on a terminal",
        )
    again.out, again.json, again.given = options.out or options.again, options.json, before
    return again


def _parsed(parser: argparse.ArgumentParser, command: object, folder: Path) -> argparse.Namespace:
    """Parse a recorded command. Raises `RagError` if it is not one of `rag eval`."""
    parts = command if isinstance(command, list) else []
    is_text = all(isinstance(part, str) for part in parts)
    if is_text and parts[:1] == ["eval"] and not {"-h", "--help", "--again"} & {*parts}:
        try:
            parsed: argparse.Namespace = parser.parse_args(parts[1:])
            return parsed
        except SystemExit:
            pass  # the parser has reported why
    raise RagError(
        f"the run in {folder} cannot be repeated",
        why="the command in its manifest is not one of rag eval",
        fix="give the whole command yourself: rag eval DATASET --out FOLDER",
    )


def _sensitive(again: argparse.Namespace) -> Iterator[tuple[str, str, Any]]:
    """Yield the options that run, load or send something elsewhere: flag, attribute and value."""
    judged = not again.answers
    if judged and again.backend not in _HARMLESS_BACKENDS:
        yield "--backend", "backend", again.backend
    if again.isolation != "bwrap":
        yield "--isolation", "isolation", again.isolation
    if again.template not in template_names():
        yield "--template", "template", again.template
    if again.environments != again.parser.get_default("environments"):
        yield "--environments", "environments", again.environments
    for name in _SENSITIVE:
        if value := getattr(again, name):
            yield f"--{name.replace('_', '-')}", name, value


def _as_given(option: str, value: object) -> str:
    if value is True:
        return option
    values = value if isinstance(value, list) else [value]
    return " ".join(f"{option} {shlex.quote(str(one))}" for one in values)


def _agreed(asked: list[tuple[str, Any]], folder: Path) -> bool:
    """Ask the user on the terminal; False if there is none, or if the options cannot be shown in full."""
    # In full, however long: nobody can agree to what is not shown. A line feed would fake another option.
    lines = ["  " + _as_given(option, value).replace("\n", "\\n") for option, value in asked]
    is_shown_whole = all(without_credentials(line) == line for line in lines)
    if not (sys.stdin.isatty() and sys.stderr.isatty() and is_shown_whole):
        return False
    note(f"the run in {safe_line(str(folder))} was made with:")
    for line in lines:
        note(line)
    note("run that? [y/N] ", end="")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
