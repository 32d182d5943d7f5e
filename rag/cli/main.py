"""The command `rag`: each of its commands parses arguments, calls the library and prints the result.

Results go to standard output, everything else to standard error. The exit code is 0 for success, 1 for an
error, which is reported in three lines (what, why, fix), and for a search that finds nothing, and 2 for
wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any, Final

from corpora.errors import RagError
from corpora.outside.child_process import forget_working_folder
from rag.cli.parser import Parser, ShowVersion
from rag.cli.terminal import note, prepare_streams
from rag.rendering.system_errors import as_rag_error, error_lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if arguments is None:
        forget_working_folder()
    prepare_streams()
    try:
        options = command_parser().parse_args(arguments)
        options.given = list(sys.argv[1:] if arguments is None else arguments)
        code = options.run(options)
        sys.stdout.flush()  # here, where a full disk is still reported as an error
    except RagError as error:
        note(error_lines(error))
        return 1
    except KeyboardInterrupt:
        note("interrupted; every completed step is kept")
        return 130
    except BrokenPipeError:  # `rag search ... | head`: the reader has what it wanted
        _silence_stdout()
        return 0
    except OSError as error:
        note(error_lines(as_rag_error(error)))
        _silence_stdout()
        return 1
    return code or 0


def _silence_stdout() -> None:
    """Discard what is left to be written: the interpreter would try again at exit, and complain."""
    with suppress(OSError, ValueError):  # no real file, in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_COMMANDS: Final = (
    ("index", "build an index, or bring it up to date", "rag.cli.index:add_index_options"),
    ("watch", "keep an index up to date while files change", "rag.cli.index:add_watch_options"),
    ("search", "search code and documentation", "rag.cli.search:add_search_options"),
    ("open", "open a hit of the last search in an editor", "rag.cli.open:add_open_options"),
    ("prompt", "print the prompt that a model would be sent", "rag.cli.ask:add_prompt_command_options"),
    ("generate", "have a model answer a request", "rag.cli.ask:add_generate_options"),
    (
        "complete",
        "print code for a place in a file",
        "rag.cli.editing.complete:add_complete_options",
    ),
    ("edit", "change a function or class as you ask", "rag.cli.tasks.edit:add_edit_options"),
    ("prompts", "list, show and try templates of prompts", "rag.cli.editing.prompts:add_prompts_options"),
    (
        "eval",
        "evaluate a generator, or how well an index answers",
        "rag.cli.questions.eval:add_eval_commands",
    ),
    ("report", "show the results of 'rag eval', or compare two runs", "rag.cli.report:add_report_options"),
    ("docs", "add, list, update, remove or sync documentation", "rag.cli.docs:add_docs_options"),
    ("api", "show what a library offers, and what changed in it", "rag.cli.api.commands:add_api_options"),
    ("check", "check code against the versions of its libraries", "rag.cli.api.check:add_check_options"),
    ("train", "train the encoder on your own code", "rag.cli.train:add_train_options"),
    (
        "serve",
        "serve agents, editors, chat clients and a page by HTTP",
        "rag.cli.serving.serve:add_serve_options",
    ),
    ("mcp", "answer an agent by the Model Context Protocol", "rag.cli.serving.mcp:add_mcp_options"),
    (
        "agents",
        "let agents search: write 'rag mcp' into their settings",
        "rag.cli.serving.agents:add_agents_options",
    ),
    ("status", "show what an index holds", "rag.cli.index:add_status_options"),
    ("verify", "check an index for damage", "rag.cli.index:add_verify_options"),
    ("pack", "write an index into one file, for other machines", "rag.cli.portable:add_pack_options"),
    ("unpack", "make an index of a packed file, or of another", "rag.cli.portable:add_unpack_options"),
)
"""Name of each command, its help, and the function that adds its options, loaded when it is used."""


def command_parser() -> Parser:
    """Return the parser of all commands, whose options are added when they are used."""
    parser = Parser(
        prog="rag",
        description="Index code and documentation, search them, and have a model use what was found.",
    )
    parser.add_argument("--version", action=ShowVersion, help="print the version and exit")
    parser.set_defaults(run=lambda _: parser.print_help())
    commands: Any = parser.add_subparsers(metavar="COMMAND")
    for name, help_text, reference in _COMMANDS:
        commands.add_parser(name, help=help_text, fill=partial(_fill, reference))
    help_text = "print a script for the completion of a shell"
    commands.add_parser("completion", help=help_text, fill=_fill_completion)
    return parser


def _fill(reference: str, parser: argparse.ArgumentParser) -> None:
    module, _, function = reference.partition(":")
    getattr(import_module(module), function)(parser)


def _fill_completion(parser: argparse.ArgumentParser) -> None:
    from rag.cli.completion import add_completion_options  # loads what only this command needs

    add_completion_options(parser, command_parser)


if __name__ == "__main__":
    sys.exit(main())
