"""`rag eval --again`: the command that a run's folder records, which somebody else may have written."""

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

# Backends that run nothing, and send nothing anywhere.
_HARMLESS_BACKENDS = ("echo", "local")
# Whatever their values.
_SENSITIVE = (
    "command", "base_url", "model", "python", "interpreter", "make_environments", "code_bert_score",
)  # fmt: skip


def recorded_options(options: argparse.Namespace) -> argparse.Namespace:
    """Return the options of the run in `options.again`, to go on or to be made again in another folder.

    What the folder says is to be run, loaded or sent elsewhere needs a yes: it has to be named again on
    the command line, or agreed to on the terminal.

    Raises:
        RagError: it was not agreed to, or the folder records no command.
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
            f"the command of the run in {options.again} is not whole",
            why="it held a credential, and none is kept",
            fix=f"give the command again, with --out {options.out or options.again}",
        )
    again = _parsed(parser, before, options.again)
    asked = [(option, value) for option, dest, value in _sensitive(again) if getattr(options, dest) != value]
    if asked and not _agreed(asked, options.again):
        given = " ".join(safe_line(_as_given(option, value)) for option, value in asked)
        raise RagError(
            f"the command of the run in {options.again} is not run unasked",
            why=f"its folder names what is run, loaded or asked: {given}",
            fix="if you agree, name the same options again after --again RUN, or run it on a terminal",
        )
    again.out, again.json, again.given = options.out or options.again, options.json, before
    return again


def _parsed(parser: argparse.ArgumentParser, command: object, folder: Path) -> argparse.Namespace:
    """The options of a recorded command. Raises `RagError` for what is none."""
    parts = command if isinstance(command, list) else []
    is_text = all(isinstance(part, str) for part in parts)
    if is_text and parts[:1] == ["eval"] and not {"-h", "--help", "--again"} & {*parts}:
        try:
            parsed: argparse.Namespace = parser.parse_args(parts[1:])
            return parsed
        except SystemExit:
            pass  # the parser has told why
    raise RagError(
        f"the run in {folder} cannot be made again",
        why="the command in its manifest is none of rag eval",
        fix="give the whole command yourself: rag eval DATASET --out FOLDER",
    )


def _sensitive(again: argparse.Namespace) -> Iterator[tuple[str, str, Any]]:
    """Options, their names here and their values, by which something is run, loaded or sent elsewhere."""
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
    """Whether the user says yes on the terminal; never where there is none, or where not all can be shown."""
    # Whole, however long: what is not shown was not agreed to. A line feed would fake another option.
    lines = ["  " + _as_given(option, value).replace("\n", "\\n") for option, value in asked]
    is_shown_whole = all(without_credentials(line) == line for line in lines)
    if not (sys.stdin.isatty() and sys.stderr.isatty() and is_shown_whole):
        return False
    note(f"the run in {safe_line(str(folder))} was made with:")
    for line in lines:
        note(line)
    note("run that? [y/N] ", end="")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
