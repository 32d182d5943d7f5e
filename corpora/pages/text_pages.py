"""Read pages of documentation that are not HTML: Markdown, notebooks, descriptions of APIs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.document import Section, Skipped
from corpora.openapi.descriptions import api_sections, looks_like_api
from corpora.openapi.files import API_SUFFIXES
from corpora.outside.characters import without_invisible
from corpora.outside.file_text import decode_text
from corpora.outside.invisible_elements import visible_markdown
from corpora.pages.markdown_docs import markdown_sections
from corpora.pages.notebook import notebook_sections

NOTEBOOK_SUFFIX: Final = ".ipynb"
_MARKDOWN_SUFFIXES: Final = (".md", ".markdown")
PLAIN_SUFFIXES: Final = (".txt", ".text")
TEXT_SUFFIXES: Final = (*_MARKDOWN_SUFFIXES, NOTEBOOK_SUFFIX, *API_SUFFIXES, *PLAIN_SUFFIXES)


@dataclass(frozen=True, slots=True)
class TextPage:
    """The content of a page.

    Attributes:
        sections: in the order of the page.
        language: `markdown` or `openapi`.
        invisible_chars: how many invisible characters were left out.
        library: what the page is about, if it says so.
        version: of the library, if the page states it.
        notes: what is missing in the page, each with the reason.
    """

    sections: tuple[Section, ...]
    language: str = "markdown"
    invisible_chars: int = 0
    library: str = ""
    version: str = ""
    notes: tuple[str, ...] = ()


def is_text_page(path: Path) -> bool:
    """Return whether a file is such a page by its name; for JSON and YAML, by its content, too."""
    suffix = path.suffix.lower()
    return suffix in (*_MARKDOWN_SUFFIXES, NOTEBOOK_SUFFIX) or (
        suffix in API_SUFFIXES and looks_like_api(path)
    )


def read_text_page(path: str, data: bytes, folder: Path | None = None) -> TextPage | Skipped:
    """Parse a page.

    Args:
        path: of the file; its suffix says which kind of page it is.
        data: the content of the file.
        folder: in which `path` lies; the description of an API may refer to other files there.

    Returns:
        The page; a `Skipped` if it is empty, no text, or not what its suffix says.
    """
    decoded = decode_text(data)
    if isinstance(decoded, str):
        return Skipped(path, decoded, "", len(data))
    page = _page(Path(path), decoded[0].replace("\r\n", "\n"), folder)
    if isinstance(page, str):
        return Skipped(path, "malformed", page, len(data))
    return page if page.sections else Skipped(path, "empty", "no text that a reader would see", len(data))


def _page(path: Path, text: str, folder: Path | None) -> TextPage | str:
    suffix = path.suffix.lower()
    if suffix == NOTEBOOK_SUFFIX:
        cells = notebook_sections(text, path.stem) if text.strip() else ((), 0)
        return cells if isinstance(cells, str) else TextPage(cells[0], invisible_chars=cells[1])
    if suffix in API_SUFFIXES:
        api = api_sections(text, is_yaml=suffix != ".json", folder=folder, path=path.as_posix())
        if isinstance(api, str):
            return api
        known = (api.library, api.version, api.unresolved)
        return TextPage(api.sections, "openapi", 0, *known)
    if suffix in PLAIN_SUFFIXES:
        shown = without_invisible(text)
        sections = (Section(path.stem, shown.strip("\n")),) if shown.strip() else ()
        return TextPage(sections, "text", invisible_chars=len(text) - len(shown))
    shown, invisible = visible_markdown(text)
    return TextPage(markdown_sections(shown, path.stem), invisible_chars=invisible)
