"""Read the tables of a manual page (tbl(1), between `.TS` and `.TE`) row by row."""

import re
from collections.abc import Callable
from typing import Final

_TAB = re.compile(r"\btab\s*\((.)\)")
_RULES: Final = frozenset({"_", "=", "\\_", "\\=", "\\^"})  # cells that draw a line or continue the one above
_GAP: Final = "  "


class Table:
    r"""A table under construction.

    Its parts are options (`tab(|) box;`), a format (`l l.`), and rows of cells between tabs. The text of a
    cell may go over several lines, between `T{` and `T}`, with macros of its own.

    Args:
        done: called with the text of each row.
    """

    def __init__(self, done: Callable[[str], None]) -> None:
        self._done = done
        self._tab = "\t"
        self._part = "start"
        self._cells: list[str] = []
        self._block: list[str] | None = None

    def is_request(self, raw: str) -> bool:
        """Return whether a line is a request: the end of the table, or a macro in the text of a cell."""
        return raw.startswith((".TE", ".T&")) or (self._block is not None and raw.startswith("."))

    def line(self, raw: str, shown: Callable[[str], str]) -> None:
        """Take a line, with its escapes.

        Args:
            raw: the line.
            shown: resolves escapes.
        """
        if self._block is not None and not raw.startswith("T}"):
            self.text(shown(raw))
        elif self._block is not None:
            self._cells.append(" ".join(" ".join(self._block).split()))
            self._block = None
            if rest := raw[2:]:
                self._row(rest.removeprefix(self._tab), shown)
            else:
                self._end_row()
        elif self._part == "start" and raw.rstrip().endswith(";"):
            self._part = "format"
            if found := _TAB.search(raw):
                self._tab = found[1]
        elif self._part != "data":
            self._part = "data" if raw.rstrip().endswith(".") else "format"
        elif raw.strip() not in _RULES:
            self._row(raw, shown)

    def text(self, text: str) -> None:
        """Take text of an open cell, such as what a macro shows."""
        if self._block is not None:
            self._block.append(text)

    def new_format(self) -> None:
        """Expect a format: `.T&` in the middle of a table."""
        self._part = "format"

    def close(self) -> None:
        """End the table, also within a cell."""
        if self._block is not None:
            self._cells.append(" ".join(" ".join(self._block).split()))
            self._block = None
        self._end_row()

    def _row(self, raw: str, shown: Callable[[str], str]) -> None:
        cells = raw.split(self._tab)
        is_open = cells[-1].strip() == "T{"
        cells = cells[:-1] if is_open else cells
        self._cells += [shown(cell).strip() for cell in cells if cell.strip() not in _RULES]
        if is_open:
            self._block = []
        else:
            self._end_row()

    def _end_row(self) -> None:
        if row := _GAP.join(filter(None, self._cells)):
            self._done(row)
        self._cells = []
