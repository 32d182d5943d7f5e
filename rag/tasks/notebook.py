"""The next cell of a notebook, given the cells before it, as in ARCADE (Yin et al. 2022, arXiv 2212.09248).

    imports of the notebook        always
    code, newest first             whole with the beginning of its output, then without, then its first lines
    cells that bind a name         before others of their age, where the request or the last cell uses it; and
                                   those whose code or output has words of the request
    headings and texts             shortened, and only where there is room

Everything is read from the file and nothing is run. Cells and outputs are data: fenced, cleaned and bounded.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from corpora.errors import RagError, reason_of
from corpora.outside.files import read_outside
from corpora.pages.notebook_cells import Notebook, NotebookCell, joined_lines, read_notebook
from corpora.syntax.imported_packages import imported_packages
from indexers.tokens import query_tokens, tokenize
from rag.checking.programs.notebook import MAX_NOTEBOOK_BYTES, python_of_cell
from rag.editing.names_around import names_around
from rag.generators.extraction.extract_code import extract_code
from rag.prompting.cut import cut_end, first_lines
from rag.prompting.fence import clean, fence
from rag.tasks.import_lines import import_lines
from rag.tasks.task import Material, PromptTask

NOTEBOOK_TEMPLATE: Final = "tasks/notebook"

_MAX_CODE_CHARS: Final = 400_000
_LAST_CHARS: Final = 10_000  # of the code before the cell, in which names are looked for
_MAX_CELLS: Final = 60  # before the one that is asked for; older ones seldom matter
_MAX_IMPORT_CHARS: Final = 4_000
_CODE_CHARS, _SHORT_CODE_CHARS = 6_000, 500
_TEXT_CHARS, _SHORT_TEXT_CHARS = 600, 120
_OUTPUT_LINES, _OUTPUT_CHARS, _LINE_CHARS = 12, 800, 160
_MAX_OUTPUTS: Final = 20
_MAX_NAMES: Final = 12
_BINDS: Final = 0.5  # what a cell is worth more if it binds a name that is used
_SAYS: Final = 0.8  # if it holds all the words of the request
_IS_ABOUT: Final = 0.25  # of the words of the request
_WORDS: Final = 0.4  # of code of the same age: what a text is worth
_BOUND: Final = re.compile(
    r"^(?:(\w{1,80})(?: ?, ?\w{1,80}){0,5} ?(?::[^=\n]{0,80})?=(?!=)"
    r"|(?:async )?def (\w{1,80})|class (\w{1,80}))",
    re.MULTILINE,
)
_NAME: Final = re.compile(r"\b[A-Za-z_]\w{0,79}\b")
_PICTURE: Final = re.compile(r"<[^<>\n]{0,500}>")  # `<Figure size 640x480 with 1 Axes>`
_MARKUP: Final = re.compile(r"<[^<>]{0,2000}>|!\[[^\]\n]{0,300}\]\([^)\n]{0,2000}\)")


@dataclass(frozen=True, slots=True)
class NotebookPlace:
    """A place in a notebook where a cell is wanted.

    Args:
        path: of the file.
        cell: number of the cell, 1-based among all cells; those before it are shown. 0 for the end.
    """

    path: Path
    cell: int = 0

    @classmethod
    def named(cls, place: str) -> "NotebookPlace":
        """Return the place that `NOTEBOOK.ipynb` or `NOTEBOOK.ipynb:CELL` names.

        Raises:
            RagError: the number of the cell is none.
        """
        name, colon, number = place.rpartition(":")
        if not colon or name.endswith(":") or not name.endswith(".ipynb"):
            return cls(Path(place))
        if not number.isdecimal() or len(number) > 6 or int(number) < 1:
            raise RagError(
                f"{clean(number)!r} is no number of a cell",
                why="cells count from 1, those with text and those with code together",
                fix="write NOTEBOOK.ipynb:12, or NOTEBOOK.ipynb for a cell at its end",
            )
        return cls(Path(name), int(number))


def notebook_task(place: NotebookPlace | str | Path, request: str = "") -> PromptTask:
    """Return the task to write a cell at a place in a notebook.

    Args:
        place: where; a path means the end of the notebook, `NOTEBOOK.ipynb:CELL` the place of that cell.
        request: what will be asked: cells that bind a name in it are worth more.

    Raises:
        RagError: it cannot be read, is no notebook, or has no such cell.
    """
    place = place if isinstance(place, NotebookPlace) else NotebookPlace.named(str(place))
    notebook = _read(place.path)
    if place.cell > len(notebook.cells) + 1:
        raise RagError(
            f"there is no cell {place.cell} in {place.path}",
            why=f"it has {len(notebook.cells)} cells",
            fix="name a cell that is there, or none for the end",
        )
    before = notebook.cells[: place.cell - 1] if place.cell else notebook.cells
    language = notebook.language
    codes = _codes(before, language)
    source = "\n".join(reversed(codes.values()))
    imports = _imports_of(codes) if language == "python" else ()
    return PromptTask(
        NOTEBOOK_TEMPLATE,
        ("imports", "cells"),
        (*_import_material(imports, language), *_cells(before[-_MAX_CELLS:], codes, request, language)),
        looked_up=" ".join(_names_used(imports, source, language)),
        imports=imported_packages("\n".join(imports) or source, language),
        read=lambda text: extract_code(text, language),
    )


def _read(path: Path) -> Notebook:
    try:
        text = read_outside(path, max_bytes=MAX_NOTEBOOK_BYTES).decode("utf-8-sig", "replace")
    except (OSError, ValueError) as error:
        raise RagError(f"cannot read {path}", why=reason_of(error), fix="name a notebook (.ipynb)") from error
    notebook = read_notebook(text)
    if isinstance(notebook, str):
        raise RagError(f"{path} is no notebook", why=notebook, fix="name a notebook (.ipynb)")
    return notebook


def _codes(cells: Sequence[NotebookCell], language: str) -> dict[int, str]:
    """Return the code of cells by their numbers, the last first, as far back as anybody looks."""
    found: dict[int, str] = {}
    room = _MAX_CODE_CHARS
    for cell in reversed(cells):
        room -= len(cell.source)
        if room < 0:
            break
        if cell.kind == "code":
            found[cell.number] = _code_of(cell, language)
    return found


def _code_of(cell: NotebookCell, language: str) -> str:
    """Return the code of a cell; of Python, without commands for the shell and for IPython."""
    if language != "python":
        return cell.source
    code = python_of_cell(cell)
    return cell.source if code is None else code


def _imports_of(codes: dict[int, str]) -> tuple[str, ...]:
    """Return the imports of cells, each once, in their order; read cell by cell, since some are no Python."""
    cells = (code for code in reversed(codes.values()) if "import" in code)
    return tuple(dict.fromkeys(line for code in cells for line in import_lines(code)))


def _import_material(imports: Sequence[str], language: str) -> Iterator[Material]:
    if imports:
        text = first_lines("\n".join(imports), _MAX_IMPORT_CHARS)
        yield Material("imports", (fence(text, language),), name="imports", is_needed=True)


def _cells(
    cells: Sequence[NotebookCell], codes: dict[int, str], request: str, language: str
) -> list[Material]:
    """Return what is shown of cells, in their order."""
    last = next((codes[cell.number] for cell in reversed(cells) if codes.get(cell.number, "").strip()), "")
    wanted, bound = set(_NAME.findall(f"{request}\n{last[:_CODE_CHARS]}")), set[str]()
    asked = frozenset(query_tokens(request))
    found: list[Material] = []
    for age, cell in enumerate(reversed(cells)):
        if not cell.source.strip():
            continue
        recency = 1 / (1 + age / 4)
        if cell.kind == "code":
            code = codes.get(cell.number, "")
            own = _bound(code)
            binds = (wanted & own) - bound  # what an older cell has bound is gone
            bound |= own
            forms = tuple(_code_forms(cell, language))
            said = len(asked.intersection(tokenize(forms[0][:_CODE_CHARS]))) / max(1, len(asked))
            if said >= _IS_ABOUT:  # then what it uses matters, too
                wanted |= set(_NAME.findall(code[:_CODE_CHARS]))
            value = recency + _SAYS * said + (_BINDS if binds and age else 0)
            found.append(Material("cells", forms, value, _name(cell)))
        elif cell.kind in {"markdown", "heading"}:
            found.append(Material("cells", tuple(_text_forms(cell)), _WORDS * recency, _name(cell)))
    return found[::-1]


def _name(cell: NotebookCell) -> str:
    return f"cell {cell.number}"


def _code_forms(cell: NotebookCell, language: str) -> Iterator[str]:
    code = fence(first_lines(cell.source.strip("\n"), _CODE_CHARS), language)
    if output := shown_outputs(cell.outputs):
        yield f"Cell {cell.number}:\n{code}\nIts output:\n{fence(output, 'text')}"
    yield f"Cell {cell.number}:\n{code}"
    if len(cell.source) > _SHORT_CODE_CHARS:
        short = fence(first_lines(cell.source.strip("\n"), _SHORT_CODE_CHARS), language)
        yield f"Cell {cell.number}, its beginning:\n{short}"


def _text_forms(cell: NotebookCell) -> Iterator[str]:
    text = " ".join(_MARKUP.sub(" ", clean(cell.source[: 10 * _TEXT_CHARS])).split())
    for chars in (_TEXT_CHARS, _SHORT_TEXT_CHARS):
        yield f"Cell {cell.number}, text:\n{fence(cut_end(text, chars), 'text')}"
        if len(text) <= chars:
            return


def shown_outputs(outputs: Sequence[dict[str, Any]]) -> str:
    """Return the beginning of what a cell printed and of its result: texts, tables as texts, errors."""
    lines: list[str] = []
    for output in outputs[:_MAX_OUTPUTS]:
        text = _output_text(output)
        shown = clean(text[: 4 * _OUTPUT_CHARS]).strip("\n")
        if not shown.strip() or _PICTURE.fullmatch(shown.strip()):
            continue
        found = [cut_end(line.rstrip(), _LINE_CHARS) for line in shown.split("\n")]
        if len(found) > _OUTPUT_LINES:
            # The last line of a table or a series says how large it is.
            size = _SIZE.search(clean(text[-_LINE_CHARS:]))
            found = [*found[:_OUTPUT_LINES], "...", *([size[0]] if size else [])]
        lines += found
        if len(lines) > _OUTPUT_LINES:
            break
    return first_lines("\n".join(lines), _OUTPUT_CHARS)


_SIZE: Final = re.compile(r"\[\d{1,12} rows x \d{1,12} columns\]|Length: \d{1,12}")


def _output_text(output: dict[str, Any]) -> str:
    """Return the text of one output; of an error, its name and message, without the traceback."""
    if output.get("output_type") in {"error", "pyerr"}:
        return f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"
    data = output.get("data")
    return joined_lines(data.get("text/plain") if isinstance(data, dict) else output.get("text"))


def _bound(code: str) -> frozenset[str]:
    """Return names that code binds at the margin."""
    return frozenset(name for found in _BOUND.findall(code[:_CODE_CHARS]) for name in found if name)


def _names_used(imports: Sequence[str], source: str, language: str) -> list[str]:
    """Return the full names of what the last cells use of what is imported, the nearest first."""
    last = source[-_LAST_CHARS:].partition("\n")[2] if len(source) > _LAST_CHARS else source
    code = "\n".join([*imports, last])
    used = names_around(code, code.count("\n") + 1, language)
    return [one.name for one in used if one.is_known and "." in one.name][:_MAX_NAMES]
