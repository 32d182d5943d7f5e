"""Cut Jupyter notebooks (nbformat 3 and 4) into sections: the cells below a heading, with short outputs."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from corpora.document import Section
from corpora.outside.invisible_elements import visible_markdown
from corpora.pages.markdown_docs import markdown_sections, numbered_anchor
from corpora.pages.notebook_cells import Notebook, NotebookCell, joined_lines, read_notebook

_MAX_OUTPUT_LINES = 10
_MAX_OUTPUT_CHARS = 800
_MAX_CELLS = 20_000
# A longer section is cut into parts. Each repeats the last cells of the one before, as far as they fit into
# the overlap, since code depends on the cells above it.
_MAX_SECTION_CHARS = 6_000
_OVERLAP_CHARS = 1_500
_FENCE_RUN = re.compile(r"`{3,}")
_OBJECT = re.compile(r"<[^<>\n]*>")


@dataclass(slots=True)
class _Heading:
    """A heading with the cells below it, each as text."""

    name: str
    anchor: str
    cells: list[str] = field(default_factory=list)


def notebook_sections(text: str, title: str) -> tuple[tuple[Section, ...], int] | str:
    """Return a section for each heading of a notebook, and how many invisible characters were left out.

    Args:
        text: the notebook's JSON.
        title: the name of the section before the first heading.

    Returns:
        Sections with code and shortened text outputs, without images and HTML; the reason as a text if it is
        no notebook.
    """
    notebook = read_notebook(text)
    if isinstance(notebook, str):
        return notebook
    headings, invisible = _grouped(notebook, title)
    return tuple(section for heading in headings for section in _cut(heading)), invisible


def _grouped(notebook: Notebook, title: str) -> tuple[list[_Heading], int]:
    headings = [_Heading(title, "")]
    used: Counter[str] = Counter()
    invisible = 0
    for cell in notebook.cells[:_MAX_CELLS]:
        source = cell.source
        if cell.kind == "heading":  # nbformat 3
            source = "#" * cell.level + f" {source}"
        if cell.kind in {"markdown", "heading"}:
            seen, count = visible_markdown(source.replace("\r\n", "\n"))
            invisible += count
            for section in markdown_sections(seen, ""):
                if section.name:
                    anchor = numbered_anchor(section.anchor, used)
                    headings.append(_Heading(section.name, anchor))
                headings[-1].cells.append(section.text)
        elif cell.kind == "code" and source.strip():
            headings[-1].cells.append(_fenced(source.strip("\n"), notebook.language, _outputs(cell)))
        elif cell.kind == "raw" and source.strip():
            headings[-1].cells.append(source.strip("\n"))
    return headings, invisible


def _fenced(source: str, language: str, output: str) -> str:
    magic = re.match(r"%%(\w+)", source)  # `%%bash` in the first line: the cell is in another language
    shown = magic[1] if magic and magic[1] in {"bash", "sh", "html", "javascript", "sql", "R"} else language
    # A fence must be longer than any run of backticks in the code, or the code would close it.
    fence = "`" * max([3, *(len(run) + 1 for run in _FENCE_RUN.findall(source + output))])
    code = f"{fence}{shown}\n{source}\n{fence}"
    return f"{code}\n\n{fence}text\n{output}\n{fence}" if output else code


def _outputs(cell: NotebookCell) -> str:
    """Return what a cell printed and its result, shortened."""
    lines: list[str] = []
    for output in cell.outputs:
        if output.get("output_type") in {"error", "pyerr"}:
            continue
        data = output.get("data")
        plain = data.get("text/plain") if isinstance(data, dict) else output.get("text")
        shown = joined_lines(plain).strip("\n")
        # `<Figure size 640x480 with 1 Axes>`: the text that stands for a figure helps nobody.
        if shown and not _OBJECT.fullmatch(shown):
            lines += shown.split("\n")
        if len(lines) > _MAX_OUTPUT_LINES:
            break
    text = "\n".join(lines[:_MAX_OUTPUT_LINES]).strip("\n")
    is_cut = len(lines) > _MAX_OUTPUT_LINES or len(text) > _MAX_OUTPUT_CHARS
    return text[:_MAX_OUTPUT_CHARS] + ("\n..." if is_cut else "")


def _cut(heading: _Heading) -> Iterator[Section]:
    """Yield the section of a heading, in several parts if it is long."""
    part: list[str] = []
    chars = fresh = 0  # fresh: how many cells of this part are not repeated from the one before
    for cell in heading.cells:
        if fresh and chars + len(cell) > _MAX_SECTION_CHARS:
            yield Section(heading.name, "\n\n".join(part), heading.anchor)
            part, fresh = _overlap(part), 0
            chars = sum(map(len, part))
        part.append(cell)
        chars += len(cell)
        fresh += 1
    if fresh:
        yield Section(heading.name, "\n\n".join(part), heading.anchor)


def _overlap(part: list[str]) -> list[str]:
    chars, start = 0, len(part)
    while start and chars + len(part[start - 1]) <= _OVERLAP_CHARS:
        start -= 1
        chars += len(part[start])
    return part[start:]
