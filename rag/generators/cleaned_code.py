"""Python as it is typed into a file, from blocks that show it in another way."""

import re
import textwrap
from html import unescape
from typing import Final

from rag.generators.python_code import python_statements

_COMMAND_LINE: Final = re.compile(r"^(?:[!%]|\$ |pip3? install\b)[^\n]*$", re.MULTILINE)
_DIFF_LINE: Final = re.compile(r"[-+ ]|@@|\Z")


def cleaned_code(code: str, *, is_diff: bool = False) -> str:
    """Return code without what is not typed into a file, if it only parses without that.

    That is: prompts, the marks of a diff, commands of a notebook or a shell, and the escapes of HTML.
    """
    if not python_statements(textwrap.dedent(code))[1]:
        return code
    typed = typed_code(code)
    if typed != code:
        return typed
    lines = code.split("\n")
    new = "\n".join(line[1:] for line in lines if not line.startswith(("-", "@", "+++")))
    has_marks = is_diff or any(line.startswith(("+", "-")) for line in lines)
    if has_marks and all(map(_DIFF_LINE.match, lines)) and (is_diff or not python_statements(new)[1]):
        return new
    without_commands = _COMMAND_LINE.sub("", code)
    return next(
        (one for one in (without_commands, unescape(code)) if not python_statements(one)[1]),
        code,
    )


def typed_code(code: str) -> str:
    """Return what was typed in a session of the interpreter, and other code as it is."""
    if not code.lstrip().startswith(">>> "):
        return code
    lines = (line.lstrip() for line in code.split("\n"))
    return "\n".join(line[4:] for line in lines if line[:3] in (">>>", "..."))
