"""Cut Jupyter notebooks (nbformat 3 and 4) into sections: the cells below a heading, with short outputs."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from corpora.document import Section
from corpora.outside.invisible_elements import visible_markdown
from corpora.outside.json_documents import parsed_json
from corpora.pages.markdown_docs import markdown_sections, numbered_anchor

_MAX_OUTPUT_LINES = 10
_MAX_OUTPUT_CHARS = 800
_MAX_CELLS = 20_000
# A longer section is cut into parts. Each repeats the last cells of the one before, as far as they fit into
# the overlap, since code depends on the cells above it.
_MAX_SECTION_CHARS = 6_000
_OVERLAP_CHARS = 1_500
_FENCE_RUN = re.compile(r"`{3,}")
_OBJECT = re.compile(r"<[^<>\n]*>")
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}")


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
    try:
        content = parsed_json(text)
    except ValueError as error:
        return f"no JSON: {error}"
    cells = _cells(content)
    if cells is None:
        return "JSON without the cells of a notebook"
    headings, invisible = _grouped(cells[:_MAX_CELLS], _language(content), title)
    return tuple(section for heading in headings for section in _cut(heading)), invisible


def _cells(content: Any) -> list[dict[str, Any]] | None:
    """Return the cells, which nbformat 3 keeps in worksheets; None if it is no notebook."""
    if not isinstance(content, dict):
        return None
    found = content.get("cells")
    if found is None and isinstance(sheets := content.get("worksheets"), list):
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        found = [cell for cells in lists if isinstance(cells, list) for cell in cells]
    return [cell for cell in found if isinstance(cell, dict)] if isinstance(found, list) else None


def _language(content: dict[str, Any]) -> str:
    metadata = content.get("metadata")
    for table, key in (("language_info", "name"), ("kernelspec", "language"), ("kernelspec", "name")):
        entry = metadata.get(table) if isinstance(metadata, dict) else None
        name = entry.get(key) if isinstance(entry, dict) else None
        if isinstance(name, str) and _LANGUAGE.fullmatch(name):
            return re.sub(r"^i?python\d*$", "python", name)
    return "python"


def _grouped(cells: list[dict[str, Any]], language: str, title: str) -> tuple[list[_Heading], int]:
    headings = [_Heading(title, "")]
    used: Counter[str] = Counter()
    invisible = 0
    for cell in cells:
        kind, source = cell.get("cell_type"), _joined(cell.get("source", cell.get("input")))
        if kind == "heading":  # nbformat 3
            level = cell.get("level")
            source = "#" * (level if isinstance(level, int) and 0 < level < 7 else 1) + f" {source}"
        if kind in {"markdown", "heading"}:
            seen, count = visible_markdown(source.replace("\r\n", "\n"))
            invisible += count
            for section in markdown_sections(seen, ""):
                if section.name:
                    anchor = numbered_anchor(section.anchor, used)
                    headings.append(_Heading(section.name, anchor))
                headings[-1].cells.append(section.text)
        elif kind == "code" and source.strip():
            headings[-1].cells.append(_fenced(source.strip("\n"), language, _outputs(cell)))
        elif kind == "raw" and source.strip():
            headings[-1].cells.append(source.strip("\n"))
    return headings, invisible


def _joined(source: object) -> str:
    """Return the source of a cell, which is a text or a list of lines."""
    parts = source if isinstance(source, list) else [source]
    return "".join(part for part in parts if isinstance(part, str))


def _fenced(source: str, language: str, output: str) -> str:
    magic = re.match(r"%%(\w+)", source)  # `%%bash` in the first line: the cell is in another language
    shown = magic[1] if magic and magic[1] in {"bash", "sh", "html", "javascript", "sql", "R"} else language
    # A fence must be longer than any run of backticks in the code, or the code would close it.
    fence = "`" * max([3, *(len(run) + 1 for run in _FENCE_RUN.findall(source + output))])
    code = f"{fence}{shown}\n{source}\n{fence}"
    return f"{code}\n\n{fence}text\n{output}\n{fence}" if output else code


def _outputs(cell: dict[str, Any]) -> str:
    """Return what a cell printed and its result, shortened."""
    lines: list[str] = []
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, dict) or output.get("output_type") in {"error", "pyerr"}:
            continue
        data = output.get("data")
        plain = data.get("text/plain") if isinstance(data, dict) else output.get("text")
        shown = _joined(plain).strip("\n")
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
