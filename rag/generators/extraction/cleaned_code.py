"""Python as it is typed into a file, from blocks that show it in another way."""

import ast
import re
import textwrap
from html import unescape
from itertools import pairwise
from typing import Final

from rag.generators.extraction.python_code import python_statements

_COMMAND_LINE: Final = re.compile(r"^(?:[!%]|\$ |pip3? install\b)[^\n]*$", re.MULTILINE)
_DIFF_LINE: Final = re.compile(r"[-+ ]|@@|\Z")
# What a diff says of its files, and of a last line without a line feed
_DIFF_HEAD: Final = re.compile(
    r"diff |index [0-9a-f]|(?:new|deleted) file |(?:old|new) mode |similarity |rename |\*\*\* |---|\+\+\+|@@"
    r"|\\ "
)
_DIFF_FILE: Final = re.compile(
    r"^(?:diff --git |--- [^\n]{0,500}\n\+\+\+ |\*\*\* (?:Add|Update) File: )", re.MULTILINE
)
# What stands before a line that was typed into the interpreter, or into IPython
_PROMPT: Final = re.compile(r"[ \t]*(?:>>>|In \[\d{1,6}\]:|\.\.\.+:?)(?: |$)")
_FIRST_PROMPT: Final = re.compile(r"^[ \t]*(?:>>>|In \[\d{1,6}\]:) ", re.MULTILINE)
_CODE: Final = re.compile(r"^[ \t]*(?:async def |def |class )\w|\"\"\"|'''", re.MULTILINE)
_NUMBERED: Final = re.compile(r"[ \t]*(\d{1,5})[ \t]?[:|]?")
# What a word processor makes of spaces and quotation marks
_TYPED: Final = str.maketrans({
    "\u00a0": " ", "\u202f": " ", "\u200b": None, "\ufeff": None, "\u2018": "'", "\u2019": "'", "\u201c": '"',
    "\u201d": '"',
})  # fmt: skip


def cleaned_code(code: str) -> str:
    """Return code without what is not typed into a file, if it only parses without that.

    That is: prompts, the marks of a diff, numbers of lines, commands of a notebook or a shell, escapes of
    HTML, spaces and quotes of a word processor, and the indentation of a whole definition.
    """
    if not python_statements(textwrap.dedent(code))[1]:
        return dedented_code(code)
    typed = typed_code(code)
    if typed != code:
        return typed
    lines = code.split("\n")
    is_diff = all(map(_is_of_diff, lines)) and any(line.startswith(("+", "-")) for line in lines)
    ways = [_without_commands, unescape, _with_plain_characters, _without_numbers]
    ways[:0] = [_changed_code] if is_diff else [_replacing_code]
    return next((clean for way in ways if not python_statements(clean := way(code))[1]), code)


def dedented_code(code: str) -> str:
    """Return a whole definition at the margin; the body of a function keeps its indentation."""
    if not code.lstrip("\n")[:1].isspace():
        return code
    outer = textwrap.dedent(code)
    statements = python_statements(outer)[0]
    defines = any(
        isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for one in statements
    )
    is_body = any(isinstance(one, ast.Return) for one in statements)
    return outer if defines and not is_body else code


def typed_code(code: str) -> str:
    """Return what was typed in a session of the interpreter, and other code as it is."""
    first = _FIRST_PROMPT.search(code)
    if first is None or _CODE.search(code[: first.start()]):
        return code  # the session is an example in a docstring
    lines = code[first.start() :].split("\n")
    return "\n".join(line[prompt.end() :] for line in lines if (prompt := _PROMPT.match(line)))


def changed_files(text: str, *, is_whole: bool = True) -> list[str]:
    """Return the new code of each file in a diff.

    Without `is_whole`, the diff stands in a text, which tells it from sentences by the heads of its files.
    """
    starts = [start.start() for start in _DIFF_FILE.finditer(text)]
    if is_whole and not starts:
        return [_changed_code(text).strip("\n")]
    found = []
    for begin, end in pairwise([*starts, len(text)]):
        lines = text[begin:end].split("\n")
        count = next((number for number, line in enumerate(lines) if not _is_of_diff(line)), len(lines))
        found.append(_changed_code("\n".join(lines[:count])).strip("\n"))
    return [code for code in found if code]


def _replacing_code(code: str) -> str:
    """Return the second part of `<<<<<<< SEARCH`, `=======`, `>>>>>>> REPLACE`, which replaces the first."""
    kept: list[str] = []
    is_old = False
    for line in code.split("\n"):
        if line.startswith("<<<<<<<"):
            is_old = True
        elif is_old and line.startswith("======="):
            is_old = False
        elif not is_old and not line.startswith(">>>>>>>"):
            kept.append(line)
    return "\n".join(kept)


def _changed_code(diff: str) -> str:
    """Return the new lines of a diff, with those that it leaves as they are."""
    lines = (line for line in diff.split("\n") if not line.startswith("-") and not _DIFF_HEAD.match(line))
    return "\n".join(line[1:] for line in lines)


def _is_of_diff(line: str) -> bool:
    return bool(_DIFF_LINE.match(line) or _DIFF_HEAD.match(line))


def _without_commands(code: str) -> str:
    return _COMMAND_LINE.sub("", code)


def _with_plain_characters(code: str) -> str:
    return code.translate(_TYPED)


def _without_numbers(code: str) -> str:
    """Return code without the numbers before its lines, if all have one and they go up by one."""
    lines = [(line, _NUMBERED.match(line)) for line in code.strip("\n").split("\n")]
    numbers = [int(found[1]) for _, found in lines if found]
    if len(numbers) < len(lines) or numbers != [*range(numbers[0], numbers[0] + len(numbers))]:
        return code
    return textwrap.dedent("\n".join(line[found.end() :] for line, found in lines if found))
