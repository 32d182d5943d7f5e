"""Manual pages as a corpus: those in a folder, or one that is installed."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from corpora.document import Document, Listed, Origin, Skipped, hash_bytes, join_sections
from corpora.errors import CorpusError
from corpora.man.page import parse_manual_page
from corpora.man.paragraph import ManualPage
from corpora.man.sections import manual_sections, page_names
from corpora.outside.archives import ArchiveError, inflated
from corpora.outside.files import read_outside
from corpora.outside.folder_entries import file_stamp, status_below
from corpora.outside.path_filter import PathFilter
from corpora.spec import CorpusSpec

PAGE_NAME = re.compile(r"(?P<name>.+)\.(?P<section>[1-9][a-z]*)(?:\.gz)?")
_FOLDERS = ("/usr/local/share/man", "/usr/share/man", "/usr/local/man", "/opt/homebrew/share/man")
_VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+[\w.-]*)")
_TRANSLATION = re.compile(
    r"(?P<around>(?:.*/)?)(?P<language>[a-z]{2,3}(?:_[A-Z]{2})?(?:[.@][\w-]+)?)/(?P<section>man[1-9]\w{0,9})/"
)
_PAGE_PATH = re.compile(r"man\w{1,10}/[\w.+:\[@-]{1,200}")
_MAX_ALIASES = 5  # that lead to each other
_SO = re.compile(rb"\s*(?:[.']\\\".*\n)*\.so\s+(\S+)\s*")


_COOKIE = re.compile(rb"-\*-[^\n]{0,200}?\bcoding:[ \t]*([\w-]{1,40})[^\n]{0,200}?-\*-")
# Codecs that Python has under these names, all of which take time in proportion to the text.
_CODEC = re.compile(r"(?:iso-?8859|latin|cp|windows|koi8|euc|gb|big5|shift|sjis|utf-?8|ascii|us-ascii)[\w-]*")
_EMACS_NAMES = {
    "euc-japan": "euc-jp",
    "cyrillic-koi8": "koi8-r",
    "chinese-big5": "big5",
    "euc-korea": "euc-kr",
}


def decoded_page(data: bytes) -> str:
    """Return the text of a page: UTF-8, else what its first lines name as `coding`, else latin-1."""
    for name in ("utf-8-sig", _cookie(data)):
        try:
            return data.decode(name).replace("\r\n", "\n") if name else data.decode("latin-1")
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("latin-1")


def _cookie(data: bytes) -> str:
    """Return the codec that one of the first two lines names as `-*- coding: koi8-r -*-`."""
    found = _COOKIE.search(b"\n".join(data[:2000].split(b"\n", 2)[:2]))
    name = found[1].decode("ascii", "replace").lower() if found else ""
    name = _EMACS_NAMES.get(name, name).removesuffix("-unix")
    return name if _CODEC.fullmatch(name) else ""


class ManPages:
    """The manual pages below a folder, or the installed page of one command.

    The library of a page is its command, the version that of its title line. Translations, in folders such
    as `de/man1`, are left out.

    Args:
        spec: its `location` is the path of a folder or, without a slash, the name of a command.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        self._spec = spec
        self._name = "" if os.sep in spec.location else spec.location
        self._filter = PathFilter(spec.include, spec.exclude)

    def scan(self) -> Iterator[Listed | Skipped]:
        """Yield every page, sorted by path.

        Raises:
            CorpusError: there is no such folder or installed page.
        """
        found = sorted(self._installed() if self._name else self._below(), key=lambda entry: entry.path)
        if self._name and not found:
            raise CorpusError(
                f"there is no manual page {self._name!r}",
                why=f"there is none in {', '.join(map(str, man_folders()))}",
                fix="name an installed command as man:tar, or a folder of pages",
            )
        yield from found

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the page with a section for each option; a `Skipped` if it is no manual page."""
        limit = self._spec.max_file_bytes
        try:
            data = read_outside(self._file_of(listed.path), max_bytes=limit)
            plain = _inflated(data, limit)
        except (OSError, ArchiveError) as error:
            return Skipped(listed.path, "unreadable", str(getattr(error, "strerror", None) or error))
        if len(plain) > limit:
            return Skipped(listed.path, "too large", f"more than {limit} bytes")
        if other := _alias(plain):
            return Skipped(listed.path, "generated", f"an alias of {other}")
        page = parse_manual_page(decoded_page(plain))
        if not any(paragraph.heading for paragraph in page.paragraphs):
            return Skipped(listed.path, "malformed", "not a manual page in man(7) or mdoc(7)", len(data))
        return self._document(listed, page, hash_bytes(data))

    def _file_of(self, path: str) -> Path:
        """Return the file of a listed page: of an installed one, that in the first folder that has it."""
        folders = man_folders() if self._name else [Path(self._spec.location)]
        return next((folder / path for folder in folders if (folder / path).exists()), folders[0] / path)

    def _document(self, listed: Listed, page: ManualPage, content_hash: str) -> Document:
        found = PAGE_NAME.fullmatch(Path(listed.path).name)
        names = page_names(page)
        file_name = found["name"] if found else page.name.lower()
        # The file name has the right spelling: the title of git-log.1 is `GIT\-LOG`.
        # So has it for `kubectl get`, as kubectl-get(1) calls itself.
        own = {name.replace(" ", "-") for name in names}
        name = file_name if file_name in own or not names else names[0]
        sections = manual_sections(page, name)
        version = _VERSION.search(page.source)
        origin = Origin(
            corpus=self._spec.name,
            path=listed.path,
            language="man",
            kind="docs",
            library=self._spec.library or name,
            version=self._spec.version or (version[1] if version else ""),
            url=self._spec.page_url(listed.path),
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
        status = status_below(root, path)
        if isinstance(status, Skipped):
            return status
        if other := self._left_out(root / path, path):
            return other
        if status.st_size > self._spec.max_file_bytes:
            return Skipped(path, "too large", f"more than {self._spec.max_file_bytes} bytes", status.st_size)
        return Listed(path, status.st_size, file_stamp(status))

    def _left_out(self, file: Path, path: str) -> Skipped | None:
        if why := self._filter.left_out(path):
            return Skipped(path, "ignored", why)
        if _is_translation(file, path):
            return Skipped(path, "ignored", "a translation")
        if not file.is_symlink():
            return None
        target = Path(os.path.realpath(file))
        return Skipped(path, "generated", f"a link to {target.name}")

    def _installed(self) -> Iterator[Listed]:
        """Yield the page of the first folder that has one, from the lowest section of the manual.

        For an alias (`.so man1/other.1`), that is the page it stands for.
        """
        for folder in man_folders():
            for file in sorted(folder.glob(f"man*/{self._name}.*")):
                found = PAGE_NAME.fullmatch(file.name)
                # A link may lead to nowhere: small images of systems leave pages out, and keep the links.
                if found and found["name"] == self._name and file.is_file():
                    path = self._aliased(folder, file.relative_to(folder).as_posix())
                    status = (folder / path).stat()
                    yield Listed(path, status.st_size, file_stamp(status))
                    return

    def _aliased(self, folder: Path, path: str) -> str:
        """Return the path of the page that an alias leads to in its folder, or that of the page itself."""
        for _ in range(_MAX_ALIASES):
            try:
                limit = self._spec.max_file_bytes
                other = _alias(_inflated(read_outside(folder / path, max_bytes=limit), limit))
            except (OSError, ArchiveError):  # `read` reports it
                return path
            target = next((name for name in (other, f"{other}.gz") if _is_page_below(folder, name)), "")
            if not other or not target:
                return path
            path = target
        return path


def _is_translation(file: Path, path: str) -> bool:
    """Return whether a page is one like `de/man1/ls.1`, below or beside the folder of the originals.

    `man/man1` and `src/man1` are no languages: nothing around them is the folder of a manual.
    """
    found = _TRANSLATION.match(path)
    if not found or found["language"] == "man":
        return False
    around = file.parents[path.count("/") - found["around"].count("/")]
    return around.name == "man" or (around / found["section"]).is_dir()


def _is_page_below(folder: Path, path: str) -> bool:
    """Return whether `path` is `man1/other.1` or the like, a file in the folder of manual pages."""
    return _PAGE_PATH.fullmatch(path) is not None and (folder / path).is_file()


def _inflated(data: bytes, max_bytes: int) -> bytes:
    """Return the content of a page without its compression, if it has one; else raise `ArchiveError`."""
    return inflated(data, max_bytes) if data.startswith(b"\x1f\x8b") else data


def _alias(page: bytes) -> str:
    """Return the page that one of a single `.so man1/other.1` stands for; empty for any other page."""
    found = _SO.fullmatch(page[:10_000])
    return found[1].decode("utf-8", "replace") if found else ""


def man_folders() -> list[Path]:
    """Return the existing folders of `$MANPATH`, or those where systems usually install manual pages."""
    named = [Path(part) for part in os.environ.get("MANPATH", "").split(os.pathsep) if part]
    return [folder for folder in (named or map(Path, _FOLDERS)) if folder.is_dir()]


def pages_folder(spec: CorpusSpec) -> Path | None:
    """Return the folder that the paths of pages are relative to; None if an installed one is gone."""
    if os.sep in spec.location:
        return Path(spec.location)
    try:
        path = next(ManPages(spec).scan()).path
    except CorpusError:
        return None
    return next((folder for folder in man_folders() if (folder / path).exists()), None)
