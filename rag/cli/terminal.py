"""The one exit for text to a terminal: what others wrote cannot act on it.

A library's name, a file's path, a server's message or a generated program may hold escape sequences that
move the cursor, recolour or rename the window. Everything that the command line prints leaves here, with
such characters written out. JSON stays exact: there they are escapes that parse to the same text.
"""

import sys
import traceback
from collections.abc import Iterable
from types import TracebackType

from corpora.outside.characters import escape_for_json, escape_for_terminal
from corpora.redaction.credentials import without_credentials


def show(text: str, *, json: bool = False) -> None:
    """Print a result to stdout; `json` says that it is JSON already."""
    print(escape_for_json(text) if json else escape_for_terminal(text), flush=True)


def show_stream(pieces: Iterable[str]) -> None:
    """Print a result to stdout while it comes, piece by piece, as `show` would print the whole of it."""
    held = ""
    for piece in pieces:
        text = held + piece
        held = "\r" if text.endswith("\r") else ""  # it may belong to a line feed that is still to come
        print(escape_for_terminal(text.removesuffix("\r")), end="", flush=True)
    print(escape_for_terminal(held), flush=True)


def note(text: str, end: str = "\n") -> None:
    """Print to stderr what is no result, without credentials: progress, warnings, errors, questions."""
    print(escape_for_terminal(without_credentials(text)), end=end, file=sys.stderr, flush=True)


def prepare_streams() -> None:
    """Let stdout and stderr print what a console's encoding lacks, and tracebacks leave by `note`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.excepthook = _note_traceback


def _note_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    note("".join(traceback.format_exception(kind, error, trace)).rstrip("\n"))
