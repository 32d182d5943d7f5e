"""Folders of documentation as a corpus: DevDocs dumps, the output of Sphinx or MkDocs, or any other pages."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from corpora.built_sites.recognise import PAGE_SUFFIXES
from corpora.document import Document, Listed, Origin, Section, Skipped, hash_bytes, join_sections
from corpora.errors import CorpusError
from corpora.openapi.parts import note_parts
from corpora.outside.files import lies_in, read_outside
from corpora.outside.folder_entries import file_stamp, status_below
from corpora.outside.path_filter import PathFilter
from corpora.outside.pointers import unfetched
from corpora.pages.html_absent import absent_pages
from corpora.pages.html_library import Library, is_library
from corpora.pages.html_redirect import redirect_of
from corpora.pages.html_sections import absent_sections, page_sections
from corpora.pages.html_text import MARKUP_FACTOR, NotHtml, read_html
from corpora.pages.inventory import sphinx_sections
from corpora.pages.page_folder import PageFolder
from corpora.pages.text_pages import TEXT_SUFFIXES, read_text_page
from corpora.spec import CorpusSpec

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_TARGET_CHARS = 200
_MAX_CONTENTS = 2_000  # names in a table of contents that is made for an absent `index` page


class HtmlDocs:
    """The pages in a folder, each cut into the objects or headings it documents.

    The folder is that of one library, a folder of such folders (`python~3.9/`, `numpy~1.22/`), or any folder
    with HTML. A page that an index lists but the folder does not contain is made from what other pages say
    where they link to it.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        self.spec = spec
        self.root = Path(spec.location)
        self._filter = PathFilter(spec.include, spec.exclude)
        self._folder = PageFolder(self.root, spec.name)
        self._missing: dict[tuple[Path, str], tuple[frozenset[str], list[tuple[str, int]]]] = {}

    def scan(self) -> Iterator[Listed | Skipped]:
        """Yield every page (HTML, Markdown, notebook, API) and every listed but absent page, sorted by path.

        Raises:
            CorpusError: there is no such folder, or an index in it is damaged.
        """
        if not self.root.is_dir():
            raise CorpusError(
                f"corpus {self.spec.name!r}: no folder {self.root}",
                why="it is a file" if self.root.exists() else "there is nothing at this path",
                fix="name a folder with HTML pages: an unpacked dump, or documentation that was built",
            )
        self._folder.forget()
        found: dict[str, Listed | Skipped] = {}
        for entry in self._folder.files():
            path = entry if isinstance(entry, str) else entry.path
            found[path] = self._examine(entry) if isinstance(entry, str) else entry
        note_parts(self.root, found)
        for library, prefix in self._libraries():
            if library.problem:
                path = f"{prefix}objects.inv"
                found[path] = Skipped(path, "malformed", library.problem)
            for page in library.entries or ():
                path = f"{prefix}{page}.html"
                if not any(f"{prefix}{page}{end}" in found for end in (*PAGE_SUFFIXES, "/index.html")):
                    found[path] = self._refused(path) or Listed(path, 0, f"absent/{library.stamp}")
        yield from (found[path] for path in sorted(found))

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the page behind `listed` with its sections; a `Skipped` if it is no HTML or holds no text.

        Raises:
            CorpusError: an index in the folder is damaged.
        """
        path = self.root / listed.path
        library, page = self._library_of(listed)
        names = library.listed(page)
        if names and not path.exists():
            return self._absent(listed, library, page, names)
        try:
            if not lies_in(path, self.root):
                return Skipped(listed.path, "outside", "a link that leads out of the folder")
            data = read_outside(path, max_bytes=MARKUP_FACTOR * self.spec.max_file_bytes)
        except OSError as error:
            return Skipped(listed.path, "unreadable", str(error.strerror), listed.size_bytes)
        if pointer := unfetched(listed.path, data):
            return pointer
        if path.suffix.lower() in TEXT_SUFFIXES:
            return self._text_page(listed.path, library, data)
        return self._html(listed.path, library, page, data)

    def _html(self, path: str, library: Library, page: str, data: bytes) -> Document | Skipped:
        try:
            root, invisible = read_html(data) if data.strip() else (None, 0)
        except NotHtml as error:
            return Skipped(path, "malformed", str(error), len(data))
        if root is not None and (target := redirect_of(root)):
            return Skipped(path, "generated", f"it only leads on to {target[:_MAX_TARGET_CHARS]}", len(data))
        sections = _sections(root, library, page) if root is not None else ()
        if root is None or not sections:
            return Skipped(path, "empty", "no text that a reader would see", len(data))
        document = self._document(path, library, sections, hash_bytes(data), _published_at(root))
        return replace(document, invisible_chars=invisible)

    def _examine(self, path: str) -> Listed | Skipped:
        status = status_below(self.root, path)
        if isinstance(status, Skipped):
            return status
        if refused := self._refused(path, status.st_size):
            return refused
        library, _ = self._folder.library_of(path)
        stamp = file_stamp(status)
        return Listed(path, status.st_size, f"{stamp}/{library.stamp}" if library.stamp else stamp)

    def _refused(self, path: str, size: int = 0) -> Skipped | None:
        """Return why a page is skipped, by its path and its size in bytes; None if it is not."""
        if why := self._filter.left_out(path):
            return Skipped(path, "ignored", why, size)
        limit = MARKUP_FACTOR * self.spec.max_file_bytes
        return Skipped(path, "too large", f"more than {limit} bytes of HTML", size) if size > limit else None

    def _libraries(self) -> Iterator[tuple[Library, str]]:
        """Yield the libraries in the folder, each with the prefix of its paths (`numpy~1.22/`)."""
        if is_library(self.root):
            yield self._folder.library_of("x")
            return
        for folder in sorted(self.root.iterdir()):
            if folder.is_dir() and is_library(folder, 1):
                yield self._folder.library_of(f"{folder.name}/x")

    def _library_of(self, listed: Listed) -> tuple[Library, str]:
        """Return the library of a page that was listed, and the page's path in it without suffix."""
        library, holder = self._folder.library_of(listed.path)
        if library.stamp and not listed.stamp.endswith(library.stamp):  # the scan saw another state of it
            self._folder.forget()
            library, holder = self._folder.library_of(listed.path)
        return library, listed.path.rpartition(".")[0].removeprefix(holder)

    def _absent(
        self, listed: Listed, library: Library, page: str, names: dict[str, str]
    ) -> Document | Skipped:
        """Make a page that has no file from what other pages say, or from the names below its folder."""
        pages = library.entries or {}
        key = (library.folder, library.stamp)
        if key not in self._missing:  # worked out once: an index may list thousands of absent pages
            folder = library.folder
            absent = (p for p in pages if not any((folder / (p + e)).exists() for e in PAGE_SUFFIXES))
            self._missing = {
                key: (frozenset(absent), sorted((other, place) for place, other in enumerate(pages)))
            }
        missing, ordered = self._missing[key]
        text = absent_pages(library.folder, missing, library.stamp).get(page, "")
        text = text or _contents(page, pages, ordered)
        if not text:
            return Skipped(listed.path, "unreadable", "the index lists this page, but the folder has no file")
        sections = absent_sections(text, names, page.rpartition("/")[2])
        return self._document(listed.path, library, sections, hash_bytes(text.encode()), "")

    def _text_page(self, path: str, library: Library, data: bytes) -> Document | Skipped:
        """Return a page of Markdown, a notebook, or the description of an API."""
        page = read_text_page(path, data, self.root)
        if isinstance(page, Skipped):
            return page
        document = self._document(path, library, page.sections, hash_bytes(data), "")
        origin = replace(
            document.origin,
            language=page.language,
            library=self.spec.library or page.library or document.origin.library,
            version=self.spec.version or page.version or document.origin.version,
        )
        return replace(document, origin=origin, invisible_chars=page.invisible_chars, notes=page.notes)

    def _document(
        self, path: str, library: Library, sections: tuple[Section, ...], content_hash: str, url: str
    ) -> Document:
        name, version = library.about(path.removeprefix(self._folder.library_of(path)[1]))
        origin = Origin(
            corpus=self.spec.name,
            path=path,
            language="html",
            kind="docs",
            library=self.spec.library or name,
            version=self.spec.version or version,
            url=self.spec.page_url(path) or url,
        )
        return Document(origin, join_sections(sections), content_hash, sections)


def _sections(root: "_Element", library: Library, page: str) -> tuple[Section, ...]:
    names, stem = library.listed(page), page.rpartition("/")[2]
    if names is None and library.inventory:
        return sphinx_sections(root, library.inventory.pages.get(f"{page}.html", {}), stem)
    return page_sections(root, names, stem)


def _contents(page: str, pages: dict[str, dict[str, str]], ordered: list[tuple[str, int]]) -> str:
    """Return a table of contents for an absent `index` page: the names of the pages below its folder.

    Args:
        page: path without suffix (`api/index`); for any other page the result is empty.
        pages: what the index lists on each page, by anchor.
        ordered: all pages sorted by path, each with its position in the index.
    """
    folder = page.removesuffix("index")
    if not folder.endswith("/"):
        return ""
    start = bisect_left(ordered, (folder, 0))
    below = takewhile(lambda entry: entry[0].startswith(folder), ordered[start : start + _MAX_CONTENTS])
    names = (pages[other].get("", "") for other, _ in sorted(below, key=itemgetter(1)) if other != page)
    return "\n".join(filter(None, names))


def _published_at(root: "_Element") -> str:
    """Return the address that a page gives as its own: its canonical link, or DevDocs' attribution."""
    for link in root.iter("link", "a"):
        if link.get("rel") == "canonical" or link.get("class") == "_attribution-link":
            url = link.get("href") or ""
            if url.startswith(("https://", "http://")):
                return url
    return ""
