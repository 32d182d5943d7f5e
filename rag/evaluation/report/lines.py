"""Lines of a terminal: cut to its width, and aligned to columns."""

from collections.abc import Sequence
from typing import Final

WIDTH: Final = 80
_GAP: Final = "  "
_LEAST_NAME: Final = 16  # characters of the first column


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines of aligned cells; the first column is cut if the lines would be wider than `WIDTH`."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    room = WIDTH - sum(widths[1:]) - len(_GAP) * (len(widths) - 1)
    widths[0] = max(min(widths[0], room), 1)
    return [
        _GAP.join(fit(text, width).ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def aligned_blocks(rows: Sequence[Sequence[str]], leading: int) -> list[str]:
    """Return lines of aligned cells; columns that leave too little room for names go below the others.

    Args:
        rows: the first of them names the columns.
        leading: how many columns stand before each block.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    room = WIDTH - sum(widths[1:]) - len(_GAP) * (len(widths) - 1)
    values = len(widths) - leading
    if room >= min(widths[0], _LEAST_NAME) or values < 2:
        return aligned(rows)
    middle = leading + (values + 1) // 2
    left = [row[:middle] for row in rows]
    right = [[*row[:leading], *row[middle:]] for row in rows]
    return [*aligned_blocks(left, leading), "", *aligned_blocks(right, leading)]


def fit(text: str, width: int = WIDTH) -> str:
    """Return `text` cut to at most `width` characters."""
    return text if len(text) <= width else f"{text[: width - 1]}…"
