"""A notebook as one program: its code cells one after the other, without the commands that are no Python."""

import re
from itertools import accumulate
from typing import Final

from corpora.pages.notebook_cells import NotebookCell, read_notebook
from corpora.syntax.parse_python import parse_python
from rag.checking.programs.program import CellPlace, CheckedProgram, parsed_program

MAX_NOTEBOOK_BYTES: Final = 50_000_000
"""Of a file: nearly all of it are pictures."""

_MAX_CELLS: Final = 20_000
# Cells that begin with one of these hold Python below it; others are in another language.
_PYTHON_CELLS: Final = frozenset(
    {"%%time", "%%timeit", "%%capture", "%%prun", "%%memit", "%%python", "%%python3"}
)
_COMMAND: Final = re.compile(r"(?P<indent>[ \t]*+)(?:[%!?]|[\w.]{1,200}\?{1,2}\s*\Z)")
_ASSIGNED: Final = re.compile(r"(?P<target>[ \t]*+[A-Za-z_][\w, \t]{0,200}=\s*+)[%!]")
_RESULT: Final = "get_ipython()"  # of no known type


def notebook_program(path: str, module: str, text: str) -> tuple[CheckedProgram | str, list[str]]:
    """Return the code of a notebook as a program, or why it cannot be checked; and what was left out.

    Args:
        path: as it was named.
        module: path of its module below the root of what is checked.
        text: JSON of the notebook.

    Returns:
        The program, in which lines belong to cells, and a reason for each cell that is left out as no Python.
    """
    notebook = read_notebook(text)
    if isinstance(notebook, str):
        return notebook, []
    if notebook.language != "python":
        return f"its code is in {notebook.language}, not in Python", []
    cells = [cell for cell in notebook.cells if cell.kind == "code"]
    left_out = [f"after {_MAX_CELLS:,} cells, the rest is left out"] if len(cells) > _MAX_CELLS else []
    codes: list[str] = []
    for cell in cells[:_MAX_CELLS]:
        code = python_of_cell(cell)
        if code is None:
            left_out.append(f"cell {cell.number} is not Python 3, or nested too deep")
        codes.append(code or "")
    lengths = [code.count("\n") + 1 for code in codes]
    starts = accumulate(lengths, initial=1)
    places = tuple(CellPlace(start, cell.number) for start, cell in zip(starts, cells, strict=False))
    return parsed_program(path, module, "\n".join(codes), places), left_out


def python_of_cell(cell: NotebookCell) -> str | None:
    """Return the code of a cell, line for line; empty if it is in another language, None if it is no code."""
    lines = re.split(r"\r\n|\r|\n", cell.source)
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        if lines[first].split()[0] not in _PYTHON_CELLS:
            return ""
        lines[first] = ""
    code = "\n".join(lines)
    if parse_python(code) is not None:
        return code
    code = "\n".join(_without_commands(lines))
    return code if parse_python(code) is not None else None


def _without_commands(lines: list[str]) -> list[str]:
    """Return lines of which those for the shell and for IPython do nothing."""
    found: list[str] = []
    is_continued = False
    for line in lines:
        if is_continued:
            found.append("")
        elif assigned := _ASSIGNED.match(line):
            found.append(f"{assigned['target']}{_RESULT}")
        elif command := _COMMAND.match(line):
            found.append(f"{command['indent']}pass")
        else:
            found.append(line)
            continue
        is_continued = line.rstrip().endswith("\\")
    return found
