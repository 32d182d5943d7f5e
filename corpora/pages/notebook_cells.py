"""The cells of Jupyter notebooks (nbformat 3 and 4)."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from corpora.outside.json_documents import parsed_json

_LANGUAGE: Final = re.compile(r"[\w+#.-]{1,30}")
_IPYTHON: Final = re.compile(r"\Ai?python\d{0,2}\Z")


@dataclass(frozen=True, slots=True)
class NotebookCell:
    """A cell of a notebook.

    Attributes:
        number: 1-based, among all cells of the notebook.
        kind: `code`, `markdown` or `raw`; of nbformat 3 also `heading`.
        source: its text.
        outputs: what running it has shown, as the file has it.
        level: of a heading; 1 for the largest.
    """

    number: int
    kind: str
    source: str
    outputs: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    level: int = 1


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook.

    Attributes:
        language: of its code, as `python`.
        cells: in their order.
    """

    language: str
    cells: tuple[NotebookCell, ...]


def read_notebook(text: str) -> Notebook | str:
    """Return a notebook from its JSON; the reason as a text if it is none."""
    try:
        content = parsed_json(text)
    except ValueError as error:
        return f"no JSON: {error}"
    cells = _cells(content)
    if cells is None:
        return "JSON without the cells of a notebook"
    return Notebook(_language(content), tuple(_cell(number, cell) for number, cell in enumerate(cells, 1)))


def joined_lines(source: object) -> str:
    """Return a text that is given as one or as a list of lines; what is no text is left out."""
    parts = source if isinstance(source, list) else [source]
    return "".join(part for part in parts if isinstance(part, str))


def _cells(content: Any) -> list[dict[str, Any]] | None:
    """Return the cells, which nbformat 3 keeps in worksheets; None if it is no notebook."""
    if not isinstance(content, dict):
        return None
    found = content.get("cells")
    if found is None and isinstance(sheets := content.get("worksheets"), list):
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        found = [cell for cells in lists if isinstance(cells, list) for cell in cells]
    return [cell for cell in found if isinstance(cell, dict)] if isinstance(found, list) else None


def _cell(number: int, cell: dict[str, Any]) -> NotebookCell:
    outputs, level = cell.get("outputs"), cell.get("level")
    return NotebookCell(
        number,
        str(cell.get("cell_type")),
        joined_lines(cell.get("source", cell.get("input"))),
        tuple(one for one in outputs if isinstance(one, dict)) if isinstance(outputs, list) else (),
        level if isinstance(level, int) and 0 < level < 7 else 1,
    )


def _language(content: dict[str, Any]) -> str:
    metadata = content.get("metadata")
    for table, key in (("language_info", "name"), ("kernelspec", "language"), ("kernelspec", "name")):
        entry = metadata.get(table) if isinstance(metadata, dict) else None
        name = entry.get(key) if isinstance(entry, dict) else None
        if isinstance(name, str) and _LANGUAGE.fullmatch(name):
            return _IPYTHON.sub("python", name)
    return "python"
