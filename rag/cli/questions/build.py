"""`rag eval build`: build an evaluation set from what changed between two versions of a library."""

import argparse
from pathlib import Path
from typing import Final

from corpora.counted import counted
from rag.cli.options import positive
from rag.cli.questions.sandbox_options import (
    DEFAULT_ENVIRONMENTS,
    add_sandbox_options,
    chosen_interpreters,
    chosen_limits,
)
from rag.cli.rendering.evaluation_sets import built_set_as_text
from rag.cli.rendering.results import progress_of_steps
from rag.cli.terminal import note, show
from rag.evaluation.upgrades import (
    MOST_TASKS,
    BuildSettings,
    build_evaluation_set,
    check_new_folder,
    set_summary,
    write_evaluation_set,
)
from rag.rendering.json_text import json_text

_MEMORY_MB: Final = 1024  # a library and what it needs are loaded


def add_build_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag eval build`."""
    command.description = (
        "Build questions for 'rag eval retrieval' and tasks for 'rag eval run' about what is new or changed "
        "in a version of a Python library: from its docstrings without the names, and from their examples, "
        "which are run first, in the sandbox, in environments of both versions."
    )
    command.add_argument("package", metavar="PACKAGE", help="name of the package, as pip knows it")
    command.add_argument("old", metavar="OLD", help="the older version")
    command.add_argument("new", metavar="NEW", help="the newer version")
    command.add_argument("--out", type=Path, metavar="FOLDER", required=True, help="new folder for the set")
    command.add_argument(
        "--with",
        dest="requirements",
        action="append",
        default=[],
        metavar="NAME==VERSION",
        help="further pin for both environments, such as numpy==1.26.4; may be repeated",
    )
    command.add_argument(
        "-n",
        "--number",
        type=positive,
        default=MOST_TASKS,
        metavar="N",
        help="maximum number of tasks, and of questions; default: %(default)s",
    )
    command.add_argument(
        "--seed", type=int, default=0, metavar="N", help="decides which are taken; default: 0"
    )
    command.add_argument("--json", action="store_true", help="print the numbers as JSON")
    add_sandbox_options(command.add_argument_group("sandbox"))
    command.set_defaults(run=run_build, memory_mb=_MEMORY_MB)


def run_build(options: argparse.Namespace) -> None:
    """Run `rag eval build`."""
    check_new_folder(options.out)  # now, and not after minutes
    settings = BuildSettings(
        options.environments,
        tuple(options.requirements),
        options.number,
        options.seed,
        options.isolation,
        chosen_limits(options),
        tuple(chosen_interpreters(options).items()),
        # The user did not name the default folder, so it may have come with a repository.
        options.environments == DEFAULT_ENVIRONMENTS,
    )
    with progress_of_steps() as progress:
        built = build_evaluation_set(
            options.package, options.old, options.new, settings, report=note, progress=progress
        )
    write_evaluation_set(built, options.out)
    summary = set_summary(built)
    show(json_text(summary) if options.json else built_set_as_text(summary), json=options.json)
    made = f"{counted(len(built.tasks), 'task')} and {counted(len(built.questions), 'question')}"
    note(f"{made} in {options.out}")
    note(f"next: see {options.out / 'README.md'}")
