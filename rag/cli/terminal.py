"""The one place from which text is printed: nothing that others wrote can act on a terminal.

The name of a library, the path of a file, the message of a server or a generated program may hold escape
sequences that move the cursor, change colours or rename the window. Everything that the command line prints
is printed here, with such characters written out. JSON stays exact: there they become escapes that parse to
the same text.
"""

import sys
import traceback
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Final

from corpora.outside.characters import escape_for_json, escape_for_terminal

if TYPE_CHECKING:  # only a terminal needs it
    from rich.text import Text

_ASCII: Final = str.maketrans({"│": "|", "⋮": ":", "…": "~"})


def show(text: str, *, json: bool = False) -> None:
    """Print a result to standard output; `json` says that it is JSON already."""
    print(escape_for_json(text) if json else escape_for_terminal(text), flush=True)


def show_styled(lines: Iterable["Text"]) -> None:
    """Print styled lines to a terminal, each cut at its width; one that could act on it loses its style."""
    from rich.console import Console  # only a terminal needs it
    from rich.text import Text

    console = Console(highlight=False, emoji=False, markup=False)
    is_ascii = not can_encode("│⋮…")
    for line in lines:
        clean = escape_for_terminal(line.plain).replace("\n", "\\n")
        shown = line if clean == line.plain else Text(clean)
        if is_ascii:
            shown.plain = shown.plain.translate(_ASCII)
        console.print(shown, no_wrap=True, overflow="crop" if is_ascii else "ellipsis", crop=True)


def can_encode(text: str) -> bool:
    """Return whether standard output can show `text`."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def show_stream(pieces: Iterable[str]) -> None:
    """Print a result to standard output piece by piece, exactly as `show` would print the whole."""
    held = ""
    try:
        for piece in pieces:
            text = held + piece
            held = "\r" if text.endswith("\r") else ""  # it may belong to a line feed that is still to come
            print(escape_for_terminal(text.removesuffix("\r")), end="", flush=True)
    finally:  # an error that ends the stream is reported on a line of its own
        print(escape_for_terminal(held), flush=True)


def note(text: str, end: str = "\n") -> None:
    """Print progress, a warning, an error or a question to standard error, without credentials."""
    from corpora.redaction.credentials import without_credentials  # only notes pay for its patterns

    print(escape_for_terminal(without_credentials(text)), end=end, file=sys.stderr, flush=True)


def prepare_streams() -> None:
    """Escape what the encoding of a console lacks, and have tracebacks printed by `note`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.excepthook = _note_traceback


def _note_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    note("".join(traceback.format_exception(kind, error, trace)).rstrip("\n"))
