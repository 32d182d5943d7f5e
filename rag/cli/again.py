"""`rag eval --again`: the command recorded in the folder of a run, which a stranger may have written."""

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
from rag.projects.manifest_limits import HARMLESS_GENERATORS
from rag.prompting.fence import safe_line
from rag.prompting.template_files import template_names

# Options that need a yes whatever their values are.
_SENSITIVE = (
    "base_url", "python", "interpreter", "make_environments", "code_bert_score",
)  # fmt: skip


def recorded_options(options: argparse.Namespace) -> argparse.Namespace:
    """Return the options of the run in `options.again`, to resume it or to repeat it in another folder.

    Options by which something is run, loaded or sent elsewhere need a yes: the user has to give them again on
    the command line, or agree on the terminal.

    Raises:
        RagError: the user did not agree, or the folder records no command.
    """
    parser: argparse.ArgumentParser = options.parser
    before = read_manifest(options.again)["command"]
    if not before:
        raise RagError(
            f"the run in {options.again} was not made by a command",
            why="its manifest records no command",
            fix="call rag.evaluation.evaluate again, as the program that made the run did",
        )
    if any(HIDDEN in argument for argument in before if isinstance(argument, str)):
        raise RagError(
            f"the recorded command of the run in {options.again} is incomplete",
            why="it held a credential, which is never kept",
            fix=f"type the whole command again, with --out {options.out or options.again}",
        )
    again = _parsed(parser, before, options.again)
    asked = [(option, value) for option, dest, value in _sensitive(again) if getattr(options, dest) != value]
    if asked and not _agreed(asked, options.again):
        given = " ".join(safe_line(_as_given(option, value)) for option, value in asked)
        raise RagError(
            f"the recorded command of the run in {options.again} needs your consent",
            why=f"it says what is run, loaded or contacted: {given}",
            fix="if you agree, give the same options again after --again RUN, or run this on a terminal",
        )
    again.out, again.json, again.given = options.out or options.again, options.json, before
    return again


def _parsed(parser: argparse.ArgumentParser, command: object, folder: Path) -> argparse.Namespace:
    """Parse a recorded command. Raises `RagError` where it is not one of `rag eval`."""
    parts = command if isinstance(command, list) else []
    is_text = all(isinstance(part, str) for part in parts)
    if is_text and parts[:1] == ["eval"] and not {"-h", "--help", "--again"} & {*parts}:
        try:
            parsed: argparse.Namespace = parser.parse_args(parts[2 if parts[1:2] == ["run"] else 1 :])
            return parsed
        except SystemExit:
            pass  # the parser has printed why
    raise RagError(
        f"the run in {folder} cannot be repeated",
        why="the command in its manifest is not a valid command of rag eval",
        fix="type the whole command: rag eval DATASET --out FOLDER",
    )


def _sensitive(again: argparse.Namespace) -> Iterator[tuple[str, str, Any]]:
    """Yield the options by which something is run, loaded or sent: as typed, their name here, their value."""
    judged = not again.answers
    # Without one, it is the user's own variable that names it, or a rag.toml, which needs a yes of its own.
    if judged and again.generator and again.generator not in HARMLESS_GENERATORS:
        yield "--generator", "generator", again.generator
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
    """Ask for consent on the terminal; False without one, and where an option cannot be shown in full.

    What is not shown cannot be agreed to. A line feed is escaped, since it could fake another option.
    """
    lines = ["  " + _as_given(option, value).replace("\n", "\\n") for option, value in asked]
    is_shown_whole = all(without_credentials(line) == line for line in lines)
    if not (sys.stdin.isatty() and sys.stderr.isatty() and is_shown_whole):
        return False
    note(f"the run in {safe_line(str(folder))} was made with:")
    for line in lines:
        note(line)
    note("run this command? [y/N] ", end="")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
