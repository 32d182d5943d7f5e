"""The examples of a docstring: what is typed at a prompt, and what is printed then."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_MAX_LINES: Final = 2_000
_MAX_LINE: Final = 1_000
_MOST_EXAMPLES: Final = 100
_OPTIONS: Final = re.compile(r"#\s*doctest:\s*([+\-\w, ]+)")
_PROMPT, _MORE = ">>>", "..."


@dataclass(frozen=True, slots=True)
class DocExample:
    """One example.

    Attributes:
        source: the statement.
        printed: what it prints; empty if it prints nothing.
        options: what the example says for doctest, as in `+SKIP`.
        block: number of the block that it stands in; examples of one block follow each other without text or
            blank lines between them.
    """

    source: str
    printed: str
    options: tuple[str, ...] = ()
    block: int = 0


def examples_in(text: str) -> list[DocExample]:
    r"""Return the examples of a docstring in their order.

    >>> examples_in("Add.\n\n>>> x = 1\n>>> x + 1\n2\n")[1]
    DocExample(source='x + 1', printed='2', options=(), block=0)
    """
    lines = [line[:_MAX_LINE] for line in text.split("\n")[:_MAX_LINES]]
    found: list[DocExample] = []
    position, block, is_apart = 0, 0, False
    while position < len(lines) and len(found) < _MOST_EXAMPLES:
        if not _is_prompt(lines[position], _PROMPT):
            is_apart = True
            position += 1
            continue
        block += bool(is_apart and found)
        is_apart = False
        margin = len(lines[position]) - len(lines[position].lstrip())
        typed, position = _typed(lines, position)
        printed, position = _printed(lines, position, margin)
        source = "\n".join(typed).strip("\n")
        options = [word for given in _OPTIONS.findall(source) for word in re.split(r"[, ]+", given) if word]
        found.append(DocExample(source, printed, tuple(options), block))
    return found


def _is_prompt(line: str, prompt: str) -> bool:
    stripped = line.strip()
    return stripped == prompt or stripped.startswith(f"{prompt} ")


def _typed(lines: Sequence[str], position: int) -> tuple[list[str], int]:
    typed = [lines[position].strip()[len(_PROMPT) + 1 :]]
    position += 1
    while position < len(lines) and _is_prompt(lines[position], _MORE):
        typed.append(lines[position].strip()[len(_MORE) + 1 :])
        position += 1
    return typed, position


def _printed(lines: Sequence[str], position: int, margin: int) -> tuple[str, int]:
    printed: list[str] = []
    while position < len(lines):
        line = lines[position]
        if not line.strip() or _is_prompt(line, _PROMPT) or line.lstrip().startswith("```"):
            break
        printed.append(line[min(margin, len(line) - len(line.lstrip())) :])
        position += 1
    return "\n".join(printed), position
