"""Find the command in what a model answered."""

import re
from typing import Final

from rag.generators.extraction.extract_code import marked_code

_PROMPT: Final = re.compile(r"^\$ ", re.MULTILINE)
_SPAN: Final = re.compile(r"`([^`]+)`")


def shell_command(text: str) -> str:
    r"""Return the commands of a fenced block, or the first command of a text without thoughts.

    >>> shell_command("Run:\n```sh\n$ ls -l\ntotal 0\n```")
    'ls -l'
    """
    marked = marked_code(text, "bash")
    block = text if marked is None else marked
    if _PROMPT.search(block):  # a session: the commands without their output
        typed = [line for line in block.split("\n") if line.startswith("$ ")]
        return "\n".join(line.removeprefix("$ ") for line in typed)
    if marked is not None:
        return block.strip("\n")
    lines = [line.strip() for line in text.strip().split("\n")]
    lines = [line for line in lines if line and not line.endswith(":") and not line.startswith("# ")] or [""]
    span = _SPAN.fullmatch(lines[0])
    if span:
        return span[1]
    command = [lines[0]]
    while command[-1].endswith("\\") and len(command) < len(lines):
        command.append(lines[len(command)])
    return "\n".join(command)
