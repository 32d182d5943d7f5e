"""`rag report`: show the results of a run of `rag eval`, or compare two runs."""

import argparse
from pathlib import Path

from corpora.errors import RagError, reason_of
from rag.cli.terminal import note, show
from rag.evaluation.report import (
    compare,
    comparison_html,
    comparison_json,
    comparison_text,
    html_report,
    text_report,
    to_json,
)
from rag.evaluation.run import read_result


def add_report_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag report`."""
    command.description = "Show the results of a run, or compare two runs task by task."
    command.add_argument("run_folder", type=Path, metavar="RUN", help="folder written by rag eval --out")
    command.add_argument(
        "other",
        type=Path,
        nargs="?",
        metavar="OTHER",
        help="folder of a second run, to compare both",
    )
    command.add_argument("--html", type=Path, metavar="FILE", help="write the report as an HTML page")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run_report)


def run_report(options: argparse.Namespace) -> None:
    """Run `rag report`."""
    result = read_result(options.run_folder)
    if options.other:
        compared = compare(result, read_result(options.other))
        page, text = comparison_html(compared), comparison_text(compared)
        data = comparison_json(compared)
    else:
        page, text, data = html_report(result), text_report(result), to_json(result)
    if options.html:
        try:
            options.html.write_text(page, encoding="utf-8")
        except OSError as error:
            raise RagError(
                f"the page {options.html} cannot be written", why=reason_of(error), fix="name another file"
            ) from error
        note(f"written: {options.html}")
    show(data if options.json else text, json=options.json)
