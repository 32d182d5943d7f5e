"""Texts cut to what fits into a prompt, with three dots for what was cut."""

from typing import Final

CUT_MARK: Final = "..."


def cut_end(text: str, max_chars: int) -> str:
    """Return the beginning of a text, in at most `max_chars` characters."""
    if len(text) <= max_chars:
        return text
    return text[: max(0, max_chars - len(CUT_MARK))] + CUT_MARK[: max(0, max_chars)]


def first_lines(text: str, max_chars: int) -> str:
    """Return the first lines of `text`, whole, that fit; of a first line that is too long, its beginning."""
    if len(text) <= max_chars:
        return text
    kept = text[: max(0, max_chars - len(CUT_MARK) - 1)].rpartition("\n")[0]
    return f"{kept}\n{CUT_MARK}" if kept else cut_end(text, max_chars)
