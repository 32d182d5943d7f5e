"""`rag eval questions`: make a first set of questions from a repository."""

import argparse
from pathlib import Path
from typing import Final

from corpora.counted import counted
from corpora.errors import RagError
from rag.cli.options import positive
from rag.cli.terminal import note, show
from rag.evaluation.questions import questions_from_docs, questions_from_git, write_questions
from rag.evaluation.questions.made import DEFAULT_QUESTIONS

_MAKERS: Final = {"git": questions_from_git, "docs": questions_from_docs}


def add_make_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag eval questions`."""
    command.description = (
        "Make a first set of questions for 'rag eval retrieval' from a repository: from its commits, whose "
        "subjects are the questions and whose files the answers, or from its headings and docstrings. They "
        "are a start: questions that people really asked are better."
    )
    command.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="folder of the repository; default: this folder",
    )
    command.add_argument(
        "--from",
        dest="origin",
        choices=sorted(_MAKERS),
        required=True,
        help="what the questions are made of: commits, or documentation",
    )
    command.add_argument(
        "-n",
        "--number",
        type=positive,
        default=DEFAULT_QUESTIONS,
        metavar="N",
        help="maximum number of questions; default: %(default)s",
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="new file for the questions; default: print them"
    )
    command.set_defaults(run=run_make)


def run_make(options: argparse.Namespace) -> None:
    """Run `rag eval questions`."""
    made = _MAKERS[options.origin](options.folder, most=options.number)
    text = write_questions(made)
    if not options.out:
        show(text.rstrip("\n"), json=True)
        return
    try:
        with options.out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise RagError(
            f"{options.out} exists already",
            why="it may hold questions that somebody wrote",
            fix="name another file, or remove that one first",
        ) from error
    show(f"{counted(len(made), 'question')} in {options.out}")
    note(f"next: rag eval retrieval {options.out}")
