"""`rag check`: check programs against the libraries that they use."""

import argparse
import sys
from pathlib import Path
from typing import Final

from corpora.errors import RagError
from rag.checking.check import check_code
from rag.checking.finding import CheckReport
from rag.checking.programs.program import MAX_PROGRAM_CHARS
from rag.cli.rendering.sarif import findings_as_sarif
from rag.cli.terminal import note, show
from rag.rendering.findings import findings_as_annotations, findings_as_json, findings_as_text
from rag.rendering.system_errors import as_rag_error, error_lines

_FAILED: Final = 2  # could not be checked; 1 means that there are findings


def add_check_options(check: argparse.ArgumentParser) -> None:
    """Add the options of `rag check`."""
    check.description = (
        "Check programs of Python, notebooks, TypeScript and JavaScript against the libraries that they use, "
        "at the versions that are installed or locked: modules, names and parameters that do not exist "
        "there, or are deprecated. Nothing is run. Where it is not certain, nothing is reported; a package "
        "that is not there, once. Exits with 0 if no error is found, 1 if one is, and 2 if something cannot "
        "be checked."
    )
    check.add_argument(
        "paths", nargs="+", metavar="PATH", help="file or folder; - reads Python from standard input"
    )
    add_checked_versions(check)
    form = check.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--sarif", action="store_true", help="print SARIF 2.1.0")
    form.add_argument("--github", action="store_true", help="print annotations for GitHub Actions")
    check.set_defaults(run=run_check)


def add_checked_versions(options: argparse._ActionsContainer) -> None:
    """Add the options that say which versions of libraries code is checked against."""
    where = options.add_mutually_exclusive_group()
    where.add_argument(
        "--lock", type=Path, metavar="FILE",
        help="lock file whose versions count; default: those in this folder or the nearest above in its git "
        "repository, else the active environment or .venv, else what is installed with this Python; for "
        "TypeScript node_modules, else the lock file above",
    )  # fmt: skip
    where.add_argument(
        "--python", default="", metavar="PATH",
        help="environment whose versions count: its folder or its interpreter, which is not run",
    )  # fmt: skip
    options.add_argument(
        "--with", dest="packages", action="append", default=[], metavar="PACKAGE",
        help="version to check against in place of that: pandas==3.0.0, a wheel, or npm:zod@4.1.0; may be "
        "repeated",
    )  # fmt: skip
    options.add_argument(
        "--types", choices=("ty", "none"), default="ty",
        help="type checker that tells what objects are, or none; default: ty, of the extra 'check'",
    )  # fmt: skip


def run_check(options: argparse.Namespace) -> int:
    """Run `rag check`."""
    try:
        report = check_code(
            [path for path in options.paths if path != "-"],
            text=sys.stdin.read(MAX_PROGRAM_CHARS + 1) if "-" in options.paths else None,
            lock=options.lock,
            python=options.python,
            packages=options.packages,
            types=options.types != "none",
        )
    except (RagError, OSError) as error:
        note(error_lines(error if isinstance(error, RagError) else as_rag_error(error)))
        return _FAILED
    for line in (*report.notes, *(f"{one.path} is not checked: {one.reason}" for one in report.unchecked)):
        note(line)
    if options.json:
        show(findings_as_json(report), json=True)
    elif options.sarif:
        show(findings_as_sarif(report), json=True)
    elif options.github:
        if report.findings:
            show(findings_as_annotations(report))
    else:
        show(findings_as_text(report))
    return check_exit_code(report)


def check_exit_code(report: CheckReport) -> int:
    """Return 1 if a report has errors, 2 if something was not checked, else 0."""
    if any(finding.severity == "error" for finding in report.findings):
        return 1
    return _FAILED if report.unchecked else 0
