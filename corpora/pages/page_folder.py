"""The files of a folder of documentation: which are pages, of which library, and what is left out."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from corpora.built_sites.recognise import PAGE_SUFFIXES
from corpora.document import Skipped
from corpora.outside.files import open_outside
from corpora.pages.html_library import Library, is_library, open_library
from corpora.pages.text_pages import PLAIN_SUFFIXES, is_text_page
from corpora.syntax.languages import language_of

_PROBE_BYTES: Final = 1_000
# Folders of dependencies and caches beside pages; so are hidden ones, such as `.git` and `.venv`.
_NOT_ENTERED: Final = frozenset({"node_modules", "bower_components", "__pycache__", "venv", "site-packages"})
_HTML_HEADS: Final = (b"<!doctype html", b"<html")
_PROBED_SUFFIXES: Final = (
    "",
    ".php",
    ".asp",
    ".aspx",
    ".jsp",
)  # of pages that a server made, and a mirror kept
# Texts that are about a site or a package, and no pages of it.
_NO_PAGES: Final = (
    "robots.txt",
    "humans.txt",
    "llms",
    "license",
    "licence",
    "copying",
    "requirements",
    "cmakelists",
)
# Languages that are no code, or belong to pages: nobody misses them in the report.
_UNREPORTED: Final = frozenset(
    {
        "css",
        "csv",
        "ignore_list",
        "ini",
        "javascript",
        "json",
        "less",
        "makefile",
        "properties",
        "requirements",
    }
    | {"sass", "scss", "text", "toml", "xml", "yaml"}
)


class PageFolder:
    """The folder of a corpus of documentation, with what is known of the libraries in it.

    Args:
        root: the folder.
        name: of the library in it, where nothing states another.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self._name = name
        self._holders: dict[str, str | None] = {}  # by folder: that of the library it belongs to
        self._libraries: dict[str, Library] = {}  # by the folder of the library, with a slash at its end

    def forget(self) -> None:
        """Forget all that was read of libraries, so that it is read again."""
        self._holders.clear()
        self._libraries.clear()

    def library_of(self, path: str) -> tuple[Library, str]:
        """Return the library of the file at `path`, and the path of its folder, with a slash at its end.

        Raises:
            CorpusError: the index of the library is damaged.
        """
        holder = self._holder(path.rpartition("/")[0]) or ""
        if holder not in self._libraries:
            name = holder[:-1].rpartition("/")[2] if holder else self._name
            self._libraries[holder] = open_library(self.root / holder, name)
        return self._libraries[holder], holder

    def _holder(self, folder: str) -> str | None:
        """Return the innermost folder around `folder`, or itself, that is one of a library, if any."""
        if folder not in self._holders:
            above = folder.rpartition("/")[0]
            depth = folder.count("/") + 1 if folder else 0
            if is_library(self.root / folder, depth):
                # A folder of DevDocs has no libraries inside.
                outer = self._holder(above) if folder else None
                is_inside = outer is not None and self.library_of(f"{outer}x")[0].entries is not None
                self._holders[folder] = outer if is_inside else f"{folder}/" if folder else ""
            else:
                self._holders[folder] = self._holder(above) if folder else None
        return self._holders[folder]

    def files(self) -> Iterator[str | Skipped]:
        """Yield the paths of pages, and what is left out by its name, in no order.

        Plain texts are pages only where no page is HTML: beside those they are listings and licences.

        Raises:
            CorpusError: the index of a library is damaged.
        """
        unreadable: list[Skipped] = []
        texts: list[str] = []
        has_html = False

        def note(error: OSError) -> None:
            path = Path(str(error.filename)).relative_to(self.root).as_posix()
            unreadable.append(Skipped(path, "unreadable", str(error.strerror)))

        for place, folders, names in os.walk(self.root, onerror=note):
            below = Path(place).relative_to(self.root).as_posix()
            prefix = "" if below == "." else f"{below}/"
            library, holder = self.library_of(f"{prefix}x")
            entered = []
            for name in folders:
                left_out = self._folder_left_out(f"{prefix}{name}/", library, holder)
                if left_out is None:
                    entered.append(name)
                else:
                    yield left_out
            folders[:] = entered
            for name in names:
                path = f"{prefix}{name}"
                if name.lower().endswith(PLAIN_SUFFIXES) and not library.left_out(path.removeprefix(holder)):
                    texts.append(path)
                    continue
                has_html = has_html or name.lower().endswith(PAGE_SUFFIXES)
                yield from self._file(path, library, holder)
        if not has_html:
            yield from (text for text in texts if not text.rpartition("/")[2].lower().startswith(_NO_PAGES))
        yield from unreadable

    def _folder_left_out(self, path: str, library: Library, holder: str) -> Skipped | None:
        """Return why a folder is not entered; None if it is."""
        if library.entries is not None:
            return None
        if why := library.left_out(f"{path}-".removeprefix(holder)):
            return Skipped(path, "generated", why)
        name = path[:-1].rpartition("/")[2]
        is_hidden = name.startswith(".") and library.generator is None
        return Skipped(path, "vendored", "by its name") if is_hidden or name in _NOT_ENTERED else None

    def _file(self, path: str, library: Library, holder: str) -> Iterator[str | Skipped]:
        name = path.rpartition("/")[2].lower()
        full = self.root / path
        if why := library.left_out(path.removeprefix(holder)):
            if name.endswith((*PAGE_SUFFIXES, ".txt")):
                yield Skipped(path, "generated", why)
        elif name.endswith(PAGE_SUFFIXES) or is_text_page(full) or _is_nameless_page(full):
            yield path
        elif library.generator is None and library.entries is None and language_of(name) not in _UNREPORTED:
            yield Skipped(
                path, "ignored", "code in a folder of documentation; to index it, name the kind code"
            )


def _is_nameless_page(path: Path) -> bool:
    """Return whether a file that is not named as a page begins as one of HTML does."""
    if path.suffix.lower() not in _PROBED_SUFFIXES:
        return False
    try:
        with open_outside(path, root=path.parent) as stream:
            head = stream.read(_PROBE_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    except (OSError, ValueError):
        return False
    return head.startswith(_HTML_HEADS)
