"""What a program wrote to stderr, cut to what helps to repair it.

Of a traceback, the exception and the frames in the program or its tests are kept; of a shell, the last lines.
Frames of libraries and of the harness say nothing about the mistake and would fill the prompt.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rag.prompting.cut import CUT_MARK, cut_end

PROGRAM: Final = "program.py"
TESTS: Final = "tests.py"

_HEADER: Final = "Traceback (most recent call last):"
_FRAME = re.compile(r'  File "(?P<file>[^"\n]+)", line (?P<number>\d+)(?P<function>, in .+)?')
_CARETS = re.compile(r"\s*[~^]+\s*")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")  # differs from run to run
_LINE_CHARS: Final = 300
_SHELL_FILES: Final = {"/proc/self/fd/20": "program.sh", "/proc/self/fd/21": "tests.sh"}


class Room(NamedTuple):
    """How much of an error is shown: at most so many lines, and characters in all of them together."""

    lines: int = 20
    chars: int = 1500


DEFAULT_ROOM: Final = Room()


class Frame(NamedTuple):
    """A frame of a traceback as it was printed; `source` is its line of code, empty if it was not printed."""

    file: str
    lines: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Traceback:
    """A traceback.

    Args:
        frames: outermost first.
        exception: the lines of the exception; the first holds its type and message.
    """

    frames: tuple[Frame, ...]
    exception: tuple[str, ...]

    def within(self, files: Collection[str]) -> "Traceback":
        """Return it without the frames of other files; the place of a syntax error is kept in any file."""
        kept = (frame for frame in self.frames if frame.file in files or _is_of_syntax(frame))
        return Traceback(tuple(kept), self.exception)

    def text(self, room: Room = DEFAULT_ROOM) -> str:
        """Return the exception and as many of the innermost frames as fit, outermost first."""
        share = 2 / 3 if self.frames else 1  # a long message must not hide where it arose
        exception = _shortened(self.exception, int(room.lines * share))
        exception = cut_end("\n".join(exception), int(room.chars * share)).splitlines()
        shown: list[str] = []
        for frame in reversed(self.frames):
            block = [*map(_cut_line, frame.lines), *shown]
            if len(block) + len(exception) > room.lines or _size([*block, *exception]) > room.chars:
                break
            shown = block
        return cut_end("\n".join([*shown, *exception]), room.chars)


def read_traceback(stderr: str) -> Traceback | None:
    """Return the last traceback in `stderr`, that of the exception which ended the program; else None."""
    lines = _ADDRESS.sub("0x...", stderr).rstrip().splitlines()
    headers = [number for number, line in enumerate(lines) if line == _HEADER]
    # Of a SyntaxError in the program itself, Python prints the frame without a header.
    starts = headers or [number for number, line in enumerate(lines) if _FRAME.fullmatch(line)]
    if not starts:
        return None
    start = starts[-1] + bool(headers)
    frames: list[Frame] = []
    while start < len(lines) and (opening := _FRAME.fullmatch(lines[start])):
        end = start + 1
        while end < len(lines) and lines[end].startswith(" ") and not _FRAME.fullmatch(lines[end]):
            end += 1
        frames.append(_frame(opening, lines[start:end]))
        start = end
    return Traceback(tuple(frames), tuple(lines[start:])) if lines[start:] else None


def trim_traceback(
    stderr: str, room: Room = DEFAULT_ROOM, *, files: Collection[str] = (PROGRAM, TESTS)
) -> str:
    """Return the exception in `stderr` and its frames in `files`; without a traceback, the last lines.

    The text fits into `room`. Three dots mark what was cut.

    >>> print(trim_traceback('''Traceback (most recent call last):
    ...   File "program.py", line 1, in <module>
    ...     json.loads(text)
    ...   File "/usr/lib/python3.12/json/__init__.py", line 346, in loads
    ...     return _default_decoder.decode(s)
    ... ValueError: no JSON'''))
      File "program.py", line 1, in <module>
        json.loads(text)
    ValueError: no JSON
    """
    found = read_traceback(stderr)
    if found is None:
        return last_lines(stderr, room)
    return found.within(files).text(room)


def trim_shell(stderr: str, room: Room = DEFAULT_ROOM) -> str:
    """Return the last lines that a shell and its commands wrote, with the name of the program's file."""
    for path, name in _SHELL_FILES.items():
        stderr = stderr.replace(path, name)
    return last_lines(stderr, room)


def last_lines(text: str, room: Room = DEFAULT_ROOM) -> str:
    """Return the last lines of `text` that are not blank, as many as fit."""
    lines = [_cut_line(line) for line in _ADDRESS.sub("0x...", text).splitlines() if line.strip()]
    kept: list[str] = []
    for line in reversed(lines[-room.lines :] if room.lines > 0 else []):
        if _size([line, *kept]) > room.chars:
            break
        kept.insert(0, line)
    return "\n".join(kept)


def _frame(opening: re.Match[str], lines: Sequence[str]) -> Frame:
    if opening["function"]:  # carets say where a syntax error is; below any other frame they say little
        lines = [line for line in lines if not _CARETS.fullmatch(line)]
    source = lines[1].strip() if len(lines) > 1 else ""
    return Frame(opening["file"], tuple(lines), source)


def _is_of_syntax(frame: Frame) -> bool:
    return ", in " not in frame.lines[0]


def _shortened(exception: Sequence[str], max_lines: int) -> list[str]:
    """Return the first and the last lines of a long message: its type is first, the reason often last."""
    lines = list(map(_cut_line, exception))
    if len(lines) <= max_lines:
        return lines
    if max_lines < 3:
        return lines[: max(max_lines, 0)]
    tail = (max_lines - 1) // 2
    return [*lines[: max_lines - 1 - tail], CUT_MARK, *lines[len(lines) - tail :]]


def _cut_line(line: str) -> str:
    return cut_end(line, _LINE_CHARS)


def _size(lines: Sequence[str]) -> int:
    return sum(map(len, lines)) + len(lines) - 1
