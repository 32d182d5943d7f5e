"""Options for solved examples in prompts."""

import argparse
from pathlib import Path

from rag.cli.options import positive
from rag.tasks.few_shot import DEFAULT_SHOTS, FewShot


def add_example_options(options: argparse._ActionsContainer) -> None:
    """Add the options of commands that can show solved examples to a model."""
    options.add_argument(
        "--examples",
        type=Path,
        metavar="FILE",
        help="JSON lines with query, code and maybe docs: those like the request are shown with their "
        "documentation, which is retrieved where they have none",
    )
    options.add_argument(
        "--shots",
        type=positive,
        default=DEFAULT_SHOTS,
        metavar="N",
        help="maximum number of examples in the prompt; default: %(default)s",
    )


def chosen_examples(options: argparse.Namespace, language: str = "python") -> FewShot | None:
    """Return what chooses among the examples of `--examples`; None without the option.

    Raises:
        RagError: the file cannot be read, or a line of it is no example.
    """
    return FewShot.read(options.examples, options.shots, language) if options.examples else None
