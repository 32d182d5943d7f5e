"""The command `rag`: each of its commands parses arguments, calls the library and prints the result.

Results go to standard output, everything else to standard error. The exit code is 0 for success, 1 for an
error, which is reported in three lines (what, why, fix), and 2 for wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from corpora.errors import RagError
from corpora.outside.child_process import forget_working_folder
from rag.cli import ask as cli_ask
from rag.cli import docs as cli_docs
from rag.cli import index as cli_index
from rag.cli import render
from rag.cli import train as cli_train
from rag.cli.options import Parser, ShowVersion, common_options, generator_options, prompt_options
from rag.cli.system_errors import as_rag_error
from rag.cli.terminal import note, prepare_streams


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if arguments is None:
        forget_working_folder()
    prepare_streams()
    options = _parser().parse_args(arguments)
    options.given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options.run(options)
        sys.stdout.flush()  # here, where a full disk is still reported as an error
    except RagError as error:
        note(render.error(error))
        return 1
    except KeyboardInterrupt:
        note("interrupted; every completed step is kept")
        return 130
    except BrokenPipeError:  # `rag search ... | head`: the reader has what it wanted
        _silence_stdout()
    except OSError as error:
        note(render.error(as_rag_error(error)))
        _silence_stdout()
        return 1
    return 0


def _silence_stdout() -> None:
    """Discard what is left to be written: the interpreter would try again at exit, and complain."""
    with suppress(OSError, ValueError):  # no real file, in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="rag",
        description="Index code and documentation, search them, and have a model use what was found.",
    )
    parser.add_argument("--version", action=ShowVersion, help="print the version and exit")
    commands: Any = parser.add_subparsers(metavar="COMMAND", required=True)
    common = common_options()
    cli_index.add_index_parsers(commands, common)
    cli_ask.add_question_parsers(commands, common)
    commands.add_parser(
        "eval",
        parents=[common, generator_options(), prompt_options()],
        help="evaluate a generator by running the code it writes",
        fill=_fill_eval,
    )
    commands.add_parser(
        "report", help="show the results of 'rag eval', or compare two runs", fill=_fill_report
    )
    cli_docs.add_docs_parser(commands, common)
    cli_train.add_train_parser(commands, common)
    cli_index.add_check_parsers(commands, common)
    return parser


def _fill_eval(parser: argparse.ArgumentParser) -> None:
    from rag.cli import eval as cli_eval  # only this command needs what it imports

    cli_eval.add_eval_options(parser)


def _fill_report(parser: argparse.ArgumentParser) -> None:
    from rag.cli import report as cli_report

    cli_report.add_report_options(parser)


if __name__ == "__main__":
    sys.exit(main())
