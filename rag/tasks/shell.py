"""Natural language to one command of a shell, from manual pages, tldr and the like; it is never run here."""

from typing import Final

from corpora.syntax.parse import NotParsed
from corpora.syntax.parse_source import parse_source
from rag.generators.extraction.extract_code import plain_answer
from rag.generators.extraction.shell_command import shell_command
from rag.prompting.fence import clean
from rag.tasks.task import PromptTask

SHELL_TEMPLATE: Final = "tasks/shell"
_LANGUAGE: Final = "bash"


def shell_task() -> PromptTask:
    """Return the task to answer with one command, or with a short script, for bash.

    >>> shell_task().template
    'tasks/shell'
    """
    return PromptTask(SHELL_TEMPLATE, read=read_command)


def read_command(text: str) -> str:
    """Return the command in an answer, without characters that nobody sees or that act on a terminal."""
    return clean(shell_command(plain_answer(text))).strip()


def command_problem(command: str) -> str:
    """Return what is wrong with the syntax of a command, in words; empty if nothing is, or nobody can tell.

    >>> command_problem("if true; then echo")
    'bash would not understand it: line 1 of it is not complete, or not a command'
    """
    try:
        root = parse_source(command.encode(), _LANGUAGE)
    except (NotParsed, ImportError, AttributeError, KeyError, ValueError):
        return ""
    if not root.has_error:
        return ""
    pending = [root]
    line = 0
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            line = node.start_point.row
            break
        pending.extend(reversed([child for child in node.children if child.has_error or child.is_missing]))
    return f"bash would not understand it: line {line + 1} of it is not complete, or not a command"
