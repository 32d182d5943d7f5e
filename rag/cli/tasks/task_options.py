"""Options of tasks beside plain code: a shell command, a cell, a function from its docstring, examples."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from corpora.errors import RagError, reason_of
from corpora.outside.files import read_outside
from rag.cli.options import positive, seconds
from rag.cli.questions.sandbox_options import isolation_level
from rag.doc_prompter import DocPrompter
from rag.execution import Limits, open_sandbox
from rag.prompting.fence import safe_line
from rag.prompting.message import Message
from rag.tasks.checks import IoCheck, TriedAnswer, checks_task, read_checks, try_answers
from rag.tasks.docstring import docstring_task
from rag.tasks.import_lines import import_lines
from rag.tasks.notebook import notebook_task
from rag.tasks.shell import shell_task
from rag.tasks.task import PLAIN_TASK, PromptTask

_NAMES: Final = ("code", "shell", "docstring")
_DEFAULT_TEMPLATE: Final = "docprompting"
_MAX_SAMPLES: Final = 100
_MAX_CONTEXT_BYTES: Final = 2_000_000


def add_task_options(command: argparse.ArgumentParser, *, answers: bool) -> None:
    """Add the options that say what is asked for; `answers` says that it is also answered, not only asked."""
    group = command.add_argument_group("task (default: code for the request)")
    group.add_argument(
        "--task",
        choices=_NAMES,
        default="code",
        help="shell: one command for bash, which is printed and never run; docstring: a function that a "
        "model continues behind its docstring, for models that know no requests; default: code",
    )
    group.add_argument(
        "--signature",
        default="",
        metavar="TEXT",
        help='docstring: head of the function, such as "def area(radius: float) -> float:"; without it, the '
        "request is a function with a docstring",
    )
    group.add_argument(
        "--notebook",
        default="",
        metavar="FILE[:CELL]",
        help="the next cell of this notebook, or the one with this number, given the cells before it",
    )
    group.add_argument(
        "--io",
        action="append",
        default=[],
        metavar="CHECK",
        help="expression that has to be true, such as 'f(2) == 4', or a file with one on each line; "
        "may be repeated" + ("; each is run with the answer in the sandbox" if answers else ""),
    )
    if not answers:
        return
    group.add_argument(
        "--samples",
        type=positive,
        default=1,
        metavar="N",
        help="--io: number of answers that are asked for, until one makes all of them true; default: 1",
    )
    group.add_argument(
        "--isolation",
        type=isolation_level,
        default="bwrap",
        metavar="LEVEL",
        help="--io: isolation of the sandbox: bwrap (the default), container, container:IMAGE or process",
    )
    group.add_argument(
        "--timeout",
        type=seconds,
        default=Limits().timeout_seconds,
        metavar="SECONDS",
        help="--io: time limit of each; default: %(default)g",
    )
    group.add_argument(
        "--interpreter", metavar="FILE", help="--io: Python with the libraries that answers use"
    )


def chosen_task(options: argparse.Namespace, request: str) -> PromptTask:
    """Return the task that the options ask for.

    Raises:
        RagError: they do not go together, or a file cannot be read.
    """
    asked = [name for name, is_given in _given(options) if is_given]
    if len(asked) > 1:
        raise _conflict(" and ".join(asked), "each of them asks for something else")
    if options.task == "shell" and getattr(options, "check", False):
        raise _conflict("--check", "a command of a shell is no code of a library")
    if options.signature and options.task != "docstring":
        raise _conflict("--signature", "only --task docstring has one")
    task = _task(options, request)
    if options.template != _DEFAULT_TEMPLATE and task.template:
        return replace(task, template=options.template)
    return task


def _given(options: argparse.Namespace) -> tuple[tuple[str, Any], ...]:
    return (
        (f"--task {options.task}", options.task != "code"),
        ("--notebook", options.notebook),
        ("--io", options.io),
    )


def _task(options: argparse.Namespace, request: str) -> PromptTask:
    if options.task == "shell":
        return shell_task()
    if options.task == "docstring":
        return docstring_task(request, options.signature, _imports(options.context))
    if options.notebook:
        return notebook_task(options.notebook, request)
    return checks_task(read_checks(options.io)) if options.io else PLAIN_TASK


def _imports(context: Path | None) -> str:
    """Return the imports of the file that the request comes from, which stand above the function."""
    if context is None:
        return ""
    try:
        text = read_outside(context, max_bytes=_MAX_CONTEXT_BYTES).decode("utf-8-sig", "replace")
    except (OSError, ValueError) as error:
        raise RagError(f"cannot read {context}", why=reason_of(error), fix="name a file of code") from error
    return "\n".join(import_lines(text.replace("\r\n", "\n")))


def chosen_checks(options: argparse.Namespace) -> tuple[IoCheck, ...]:
    """Return the examples that answers are tried on; none without `--io`.

    Raises:
        RagError: they cannot be read, or an option needs some.
    """
    if options.samples > 1 and not options.io:
        raise _conflict("--samples", "without examples (--io), nothing tells which answer is right")
    if options.samples > _MAX_SAMPLES:
        raise _conflict(f"--samples {options.samples}", f"more than {_MAX_SAMPLES} answers are not asked for")
    return read_checks(options.io) if options.io else ()


def tried_answer(
    prompter: DocPrompter,
    request: str | Sequence[Message],
    checks: Sequence[IoCheck],
    options: argparse.Namespace,
) -> TriedAnswer:
    """Have the model answer until all examples hold, and return the best answer with their verdicts."""
    limits = Limits(timeout_seconds=options.timeout)
    with open_sandbox(options.isolation, limits, python=options.interpreter) as sandbox:
        return try_answers(lambda number: prompter.sample(request, number), checks, sandbox, options.samples)


def verdict_lines(tried: TriedAnswer, checks: Sequence[IoCheck]) -> list[str]:
    """Return a line for each example, and one for all of them."""
    lines = [
        f"{verdict.status}: {safe_line(check.text)}"
        + (f"  ({safe_line(verdict.detail)})" if verdict.detail else "")
        for check, verdict in zip(checks, tried.verdicts, strict=True)
    ]
    return [*lines, f"{tried.count} of {len(checks)} examples hold"]


def _conflict(what: str, why: str) -> RagError:
    return RagError(f"{what} cannot be used so", why=why, fix="leave one of these options out")
