"""`rag open`: open a hit of the last search in the user's editor, or its page in a browser."""

import argparse
import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from corpora.crawl.scope import normal_url
from corpora.errors import RagError, reason_of
from corpora.outside.child_process import find_program
from corpora.outside.files import hash_outside, lies_in, regular_status
from corpora.spec import MAX_FILE_BYTES
from rag.cli.last_search import HitPlace, last_places
from rag.cli.options import positive
from rag.cli.terminal import note

# How programs are told a line: `+7 FILE`, `--goto FILE:7`, `FILE:7`, `--line 7 FILE`.
_PLUS: Final = frozenset(
    {"vi", "vim", "nvim", "gvim", "mvim", "view", "ex", "emacs", "emacsclient", "nano", "pico", "jed", "joe",
     "mg", "kak", "gedit", "ne", "mcedit", "jove"}
)  # fmt: skip
_GOTO: Final = frozenset({"code", "code-insiders", "codium", "vscodium", "cursor", "windsurf", "positron"})
_COLON: Final = frozenset({"subl", "sublime_text", "zed", "zeditor", "hx", "helix", "micro", "atom", "lapce"})
_LINE: Final = frozenset(
    {"idea", "pycharm", "charm", "webstorm", "goland", "clion", "rubymine", "phpstorm", "rider", "rustrover",
     "kate", "fleet"}
)  # fmt: skip
_FALLBACKS: Final = ("nano", "vim", "vi")
_READ: Final = "read what was found: rag search --full QUESTION"


def add_open_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag open`."""
    command.description = (
        "Open a hit of the last search in this folder that was shown on a terminal: its file in $VISUAL or "
        "$EDITOR, at its line, or its page in a browser."
    )
    command.add_argument(
        "number",
        nargs="?",
        type=positive,
        default=1,
        metavar="N",
        help="number of the hit, as 'rag search' shows it; default: 1",
    )
    command.set_defaults(run=run_open)


def run_open(options: argparse.Namespace) -> None:
    """Run `rag open`."""
    places = last_places(Path.cwd())
    if not places:
        raise RagError(
            "there is no search whose hits could be opened",
            why="no search was shown on a terminal in this folder",
            fix="run: rag search QUESTION; or open the first hit at once: rag search --open QUESTION",
        )
    if options.number > len(places):
        raise RagError(
            f"there is no hit {options.number}",
            why=f"the last search in this folder showed {len(places)}",
            fix=f"choose a number from 1 to {len(places)}, or search again with a larger -k",
        )
    open_place(places[options.number - 1])


def open_place(place: HitPlace) -> None:
    """Open the file of a place in the user's editor, or its page in a browser.

    Raises:
        RagError: it is neither a file nor a page, the file lies outside the folder of its corpus, is no
            regular file or documents another version by now, or no editor can be started.
    """
    if place.file:
        _check_file(place)
        _run_editor(editor_command(_editor(), place.file, place.line))
    elif normal_url(place.url):
        import webbrowser

        note(f"opening {place.url}")
        webbrowser.open(place.url)
    else:
        raise RagError(
            f"{place.name} cannot be opened",
            why=f"this text on {place.library} was read from an archive or an interpreter, or its file went"
            if place.library
            else "it is neither a file on this machine nor a page with an http address",
            fix=_READ,
        )


def editor_command(editor: Sequence[str], file: str, line: int) -> list[str]:
    """Return the command by which `editor`, a program and its options, shows a line of a file.

    >>> editor_command(["code", "--wait"], "/src/x.py", 7)
    ['code', '--wait', '--goto', '/src/x.py:7']
    """
    name = Path(editor[0]).name.lower().removesuffix(".exe").removesuffix(".cmd")
    if name in _PLUS:
        return [*editor, f"+{line}", file]
    if name in _GOTO:
        return [*editor, "--goto", f"{file}:{line}"]
    if name in _COLON:
        return [*editor, f"{file}:{line}"]
    if name in _LINE:
        return [*editor, "--line", str(line), file]
    return [*editor, file]


def _check_file(place: HitPlace) -> None:
    """Check a file again: it may have been replaced since it was found."""
    fix = f"{_READ}; or bring the index up to date: rag index"
    try:
        if not Path(place.file).is_absolute() or not lies_in(place.file, place.root):
            why = f"it lies outside of {place.root}, the folder of its corpus"
        elif place.library and _hash_of(place) != place.content_hash:
            # Of the user's own files, the newest state is wanted; of a library, what was found.
            why = f"it is not the file of {place.library} any more that was indexed"
        else:
            regular_status(place.file)
            return
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = reason_of(error)
    raise RagError(f"{place.file} is not opened", why=why, fix=fix)


def _hash_of(place: HitPlace) -> str:
    return hash_outside(place.file, max_bytes=MAX_FILE_BYTES, root=place.root)


def _editor() -> list[str]:
    """Return the program and options of the user's editor. Raises `RagError` if there is none."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        parts = shlex.split(named) or next(([name] for name in _FALLBACKS if find_program(name)), [])
    except ValueError as error:
        raise _no_editor(f"the command {named!r} cannot be split into words: {error}") from error
    if not parts:
        raise _no_editor("neither VISUAL nor EDITOR is set")
    program = parts[0] if Path(parts[0]).is_absolute() else find_program(parts[0])
    if not program:
        raise _no_editor(f"there is no program {parts[0]!r}")
    return [program, *parts[1:]]


def _run_editor(command: Sequence[str]) -> None:
    try:
        code = subprocess.run(command, check=False).returncode
    except OSError as error:
        raise _no_editor(reason_of(error)) from error
    if code:
        note(f"the editor ended with {code}")


def _no_editor(why: str) -> RagError:
    return RagError("no editor can be started", why=why, fix="name yours: export EDITOR=vim")
