"""The note that a release was yanked, for commands that read it."""

from corpora.python.fetching.yanked import yank_note
from rag.cli.terminal import note


def note_yanked(library: str, version: str) -> None:
    """Say that a release was yanked, and why, if that is known."""
    if said := yank_note(library, version):
        note(said)
