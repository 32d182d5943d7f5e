"""Manual pages as a corpus: those of a folder, or one that is installed."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from corpora.document import Document, Listed, Origin, Skipped, hash_bytes, join_sections
from corpora.errors import CorpusError
from corpora.man.page import Page, read_page
from corpora.man.sections import names_of, page_sections
from corpora.outside.archives import ArchiveError, inflated
from corpora.outside.files import lies_in, read_outside, regular_status
from corpora.spec import CorpusSpec

PAGE_NAME = re.compile(r"(?P<name>.+)\.(?P<section>[1-9][a-z]*)(?:\.gz)?")
_FOLDERS = ("/usr/local/share/man", "/usr/share/man", "/usr/local/man", "/opt/homebrew/share/man")
_VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+[\w.-]*)")
_TRANSLATION = re.compile(r"(?:^|/)[a-z]{2,3}(?:_[A-Z]{2})?(?:[.@][\w-]+)?/man[1-9]")
_SO = re.compile(rb"\s*(?:[.']\\\".*\n)*\.so\s+(\S+)\s*")


class ManPages:
    """The pages below a folder, or the installed page of the name that the location is.

    The library of a page is its command, the version what its title line says. Translations, in folders
    such as `de/man1`, are left out. Raises `CorpusError` where there is no such folder and no such page.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        from corpora.outside.path_patterns import path_spec  # (heavy: loaded when a corpus is opened)

        self._spec = spec
        self._name = "" if os.sep in spec.location else spec.location
        self._include = path_spec(spec.include) if spec.include else None
        self._exclude = path_spec(spec.exclude)

    def scan(self) -> Iterator[Listed | Skipped]:
        """Every page, in the order of its path."""
        found = sorted(self._installed() if self._name else self._below(), key=lambda entry: entry.path)
        if self._name and not found:
            raise CorpusError(
                f"there is no manual page {self._name!r}",
                why=f"none lies in {', '.join(map(str, man_folders()))}",
                fix="name an installed command as man:tar, or a folder of pages",
            )
        yield from found

    def read(self, listed: Listed) -> Document | Skipped:
        """The page with a section for each option; `Skipped` for what is no page."""
        root = (
            next(iter(_roots_of(self._name, listed.path)), None) if self._name else Path(self._spec.location)
        )
        limit = self._spec.max_file_bytes
        try:
            data = read_outside((root or Path("/")) / listed.path, max_bytes=limit)
            plain = inflated(data, limit) if data.startswith(b"\x1f\x8b") else data
        except (OSError, ArchiveError) as error:
            return Skipped(listed.path, "unreadable", str(getattr(error, "strerror", None) or error))
        if len(plain) > limit:
            return Skipped(listed.path, "too large", f"more than {limit} bytes")
        if other := _SO.fullmatch(plain):
            return Skipped(listed.path, "generated", f"stands for {other[1].decode('utf-8', 'replace')}")
        page = read_page(plain.decode("utf-8", "replace"))
        if not page.name or not page.paragraphs:
            return Skipped(listed.path, "malformed", "no page of man(7) or mdoc(7)", len(data))
        return self._document(listed, page, hash_bytes(data))

    def _document(self, listed: Listed, page: Page, content_hash: str) -> Document:
        found = PAGE_NAME.fullmatch(Path(listed.path).name)
        names = names_of(page)
        file_name = found["name"] if found else page.name.lower()
        # The file's name decides: GIT\-LOG in the title is git-log.
        name = file_name if file_name in names or not names else names[0]
        sections = page_sections(page, name)
        version = _VERSION.search(page.source)
        origin = Origin(
            corpus=self._spec.name,
            path=listed.path,
            language="man",
            kind="docs",
            library=self._spec.library or name,
            version=self._spec.version or (version[1] if version else ""),
            url=f"{self._spec.url.rstrip('/')}/{listed.path}" if self._spec.url else "",
        )
        return Document(origin, join_sections(sections), content_hash, sections)

    def _below(self) -> Iterator[Listed | Skipped]:
        root = Path(self._spec.location)
        if not root.is_dir():
            raise CorpusError(
                f"corpus {self._spec.name!r}: no folder {root}",
                why="there is nothing at this path",
                fix="name a folder of manual pages, or an installed one as man:tar",
            )
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                path = (Path(folder) / name).relative_to(root).as_posix()
                if entry := self._entry(root, path):
                    yield entry

    def _entry(self, root: Path, path: str) -> Listed | Skipped | None:
        if not PAGE_NAME.fullmatch(path.rpartition("/")[2]):
            return None
        file = root / path
        try:
            status = regular_status(file)
            if not lies_in(file, root):
                return Skipped(path, "outside", "a link that leads out of the folder")
            if other := self._why_not(file, path):
                return other
        except OSError as error:
            return Skipped(path, "unreadable", str(error.strerror))
        if status.st_size > self._spec.max_file_bytes:
            return Skipped(path, "too large", f"more than {self._spec.max_file_bytes} bytes", status.st_size)
        return Listed(path, status.st_size, f"{status.st_mtime_ns}-{status.st_size}")

    def _why_not(self, file: Path, path: str) -> Skipped | None:
        if self._exclude.match_file(path) or (self._include and not self._include.match_file(path)):
            return Skipped(path, "ignored", "by include or exclude")
        if _TRANSLATION.search(path):
            return Skipped(path, "ignored", "a translation")
        if not file.is_symlink():
            return None
        target = Path(os.path.realpath(file))
        return Skipped(path, "generated", f"a link to {target.name}")

    def _installed(self) -> Iterator[Listed]:
        """The page of the first folder that has one, of the lowest section."""
        for folder in man_folders():
            for file in sorted(folder.glob(f"man*/{self._name}.*")):
                found = PAGE_NAME.fullmatch(file.name)
                if found and found["name"] == self._name:
                    status = file.stat()
                    yield Listed(
                        file.relative_to(folder).as_posix(),
                        status.st_size,
                        f"{status.st_mtime_ns}-{status.st_size}",
                    )
                    return


def man_folders() -> list[Path]:
    """Where pages are installed: `$MANPATH`, else the usual places."""
    named = [Path(part) for part in os.environ.get("MANPATH", "").split(os.pathsep) if part]
    return [folder for folder in (named or map(Path, _FOLDERS)) if folder.is_dir()]


def _roots_of(name: str, path: str) -> Iterator[Path]:
    yield from (folder for folder in man_folders() if (folder / path).exists())
