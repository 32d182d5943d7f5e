"""The page of the command line, made from the parsers that parse it."""

import argparse
import re
from collections.abc import Iterator

from rag.cli.main import command_parser
from rag.cli.parser import Parser

_INTRODUCTION = """# Command line

Results are printed to stdout, everything else to stderr. The exit code is 0; 1 for an error, which is
reported in three lines (what happened, why, how to fix it); 2 for wrong usage; 130 after Ctrl-C.

`rag COMMAND --help` prints the same as this page.
"""

_WIDTH = 72


def cli_page() -> str:
    """Return the page: for each command its usage, what it does and its options."""
    sections = [_command(name, parser, summary) for name, parser, summary in _commands(command_parser())]
    return _INTRODUCTION + "".join(sections)


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Yield each command without commands of its own: its full name, its parser, what it does."""
    for group in parser._actions:
        if not isinstance(group, argparse._SubParsersAction):
            continue
        summaries = {choice.dest: choice.help or "" for choice in group._choices_actions}
        for name, command in group.choices.items():
            if isinstance(command, Parser):
                command.complete()
            below = list(_commands(command))
            yield from below or [(command.prog, command, summaries.get(name, ""))]


def _command(name: str, parser: argparse.ArgumentParser, summary: str) -> str:
    """Return the section of one command."""
    formatter = argparse.HelpFormatter(prog=name, width=_WIDTH, max_help_position=24)
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    formatter.add_usage(parser.usage, actions, parser._mutually_exclusive_groups, prefix="")
    text = f"\n## {name}\n\n"
    described = parser.description or ""
    if not described.lower().startswith(summary.lower()):  # many descriptions begin with the summary
        text += f"{_sentence(summary)}\n\n"
    text += f"{_sentence(described)}\n\n" if described else ""
    text += f"```text\n{formatter.format_help().rstrip()}\n```\n"
    for group in parser._action_groups:
        shown = [one for one in actions if one in group._group_actions and one.help != argparse.SUPPRESS]
        if shown:
            text += f"\n**{(group.title or '').capitalize()}**\n\n"
            text += "\n".join(_option(parser, action) for action in shown)
    if parser.epilog:
        text += f"\n```text\n{parser.epilog}\n```\n"
    return text


def _option(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """Return an option and its help as an entry of a definition list."""
    formatter = argparse.HelpFormatter(prog=parser.prog, width=_WIDTH)
    term = formatter._format_action_invocation(action)
    explained = formatter._expand_help(action) if action.help else f"default: {action.default}"
    return f"`{term}`\n:   {_escape(explained)}\n"


def _sentence(text: str) -> str:
    """Return `text` as a sentence: it begins with a capital and ends in a period."""
    text = _escape(text.strip())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _escape(text: str) -> str:
    """Return `text` with what Markdown would take for markup written out."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", " ".join(text.split()))
