"""The modules in wheels and source distributions, written to a folder; none of their code is run."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from typing import Final

from corpora.outside.archives import ArchiveError, ZipReader, member_path, text_head
from corpora.outside.tar_members import tar_members
from corpora.python.module_files import is_compiled_path, is_module, without_module_suffix
from corpora.shipped_pages import DESCRIPTIONS, MAX_PAGES, is_shipped_page

SDIST_SUFFIXES: Final = (".tar.gz", ".tgz", ".zip")

_MAX_SOURCE_BYTES = 500_000_000
_MAX_COMPILED_BYTES = 300_000_000  # of compiled modules; what is beyond that is left out
_MAX_MODULES = 30_000  # the largest packages, generated from a description of cloud services, have 20,000
# An archive may hold 5,000 modules, and more if it has 100 bytes for each: an empty one packs to ten bytes.
_FREE_MODULES, _MIN_MODULE_BYTES = 5_000, 100
_MAX_BYTES = 2_000_000_000  # of all members, since those before a module have to be unpacked, too
_FOLDERS = ("src", "lib", "python", "")  # that may hold the packages
_NO_PACKAGES = frozenset(
    """
    test tests testing doc docs example examples benchmark benchmarks bench script scripts tool tools
    build dist ci setup conftest noxfile tasks fabfile versioneer
    """.split()  # noqa: SIM905 (a list to read)
)


def is_sdist(path: Path) -> bool:
    """Return whether the file at `path` has the name of a source distribution."""
    return path.name.endswith(SDIST_SUFFIXES)


class ModuleFolder:
    """The folder into which the modules of the archive at `path` are written, within bounds."""

    def __init__(self, root: Path, path: Path) -> None:
        self._root = root
        self._left = _MAX_SOURCE_BYTES
        self._most = min(_MAX_MODULES, max(_FREE_MODULES, path.stat().st_size // _MIN_MODULE_BYTES))
        self.paths: dict[PurePosixPath, None] = {}

    def check(self, modules: int) -> None:
        """Raise `ArchiveError` if an archive of this size should not hold so many modules."""
        if modules > self._most:
            raise ArchiveError(f"it holds more than {self._most} modules")

    def write(self, path: PurePosixPath, chunks: Iterable[bytes]) -> None:
        """Write a module; raise `ArchiveError` if there are too many, or they are too large together."""
        self.paths[path] = None
        self.check(len(self.paths))
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            for chunk in chunks:
                self._left -= len(chunk)
                if self._left < 0:
                    raise ArchiveError(f"it holds more than {_MAX_SOURCE_BYTES} bytes of source")
                file.write(chunk)


def unpack_wheel(wheel: ZipReader, modules: ModuleFolder) -> list[PurePosixPath]:
    """Write the modules of a wheel, and its pages, and return the paths of the modules.

    Members whose path leads out of the folder and files that cannot be imported are left out.
    """
    paths = [(member, member_path(member.filename)) for member in wheel.members]
    wanted = [(member, path) for member, path in paths if path and is_module(path)]
    left = _MAX_COMPILED_BYTES
    for member, path in paths:
        if path and is_compiled_path(path) and member.file_size <= left:
            left -= member.file_size
            wanted.append((member, path))
    pages = [
        (member, path)
        for member, path in paths
        if path and path.name not in DESCRIPTIONS and is_shipped_page(path.as_posix())
    ][:MAX_PAGES]
    wanted += pages
    modules.check(len(wanted))
    for member, path in wanted:
        modules.write(path, wheel.chunks(member))
    beside = {path for _, path in pages}
    return [path for path in modules.paths if path not in beside]


def unpack_sdist(path: Path, root: Path) -> tuple[Path, tuple[str, ...], str, str, str]:
    """Write the modules of the source distribution at `path` below the folder `root`.

    Links and files that cannot be imported are left out.

    Returns:
        The folder that holds its packages, their names, the name and version of the distribution, and its
        metadata.

    Raises:
        ArchiveError: it is damaged, or exceeds a bound.
        OSError: it cannot be read, or its modules cannot be written.
    """
    metadata, declared = "", set[str]()
    modules = ModuleFolder(root, path)
    with sdist_members(path) as members:
        for name, chunks in members:
            inside = member_path(name, below=1)
            if inside is None:
                continue
            if is_module(inside):
                modules.write(inside, chunks)
            elif inside.name == "PKG-INFO" and len(inside.parts) == 1:
                metadata = text_head(chunks)
            elif inside.name == "top_level.txt" and inside.parent.suffix == ".egg-info":
                declared = set(text_head(chunks).split())
    headers = HeaderParser().parsestr(metadata, headersonly=True)
    stem, _, end = next(
        path.name.removesuffix(e) for e in SDIST_SUFFIXES if path.name.endswith(e)
    ).rpartition("-")
    library = headers.get("Name") or stem or end
    folder, tops = packages_below(root, declared or {library.replace("-", "_").replace(".", "_")})
    return folder, tops, library, headers.get("Version") or (end if stem else ""), metadata


def packages_below(root: Path, wanted: set[str]) -> tuple[Path, tuple[str, ...]]:
    """Return the folder of the packages and their names: those wanted, else all that look like packages."""
    lower = {name.lower() for name in wanted}
    found: list[tuple[Path, tuple[str, ...]]] = []
    for folder in (root / name for name in _FOLDERS):
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
        tops = {without_module_suffix(entry.name) for entry in entries}
        if named := tuple(sorted(top for top in tops if top.lower() in lower)):
            return folder, named
        packages = {entry.name for entry in entries if any(entry.glob("__init__.py*"))}
        others = packages - _NO_PACKAGES or (tops - _NO_PACKAGES - set(_FOLDERS))
        found.append((folder, tuple(sorted(others))))
    return next((pair for pair in found if pair[1]), (root, ()))


@contextmanager
def sdist_members(path: Path) -> Iterator[Iterator[tuple[str, Iterator[bytes]]]]:
    """Open a source distribution and give its files: name and content."""
    if path.suffix == ".zip":
        with ZipReader(path, _MAX_BYTES) as archive:
            yield ((member.filename, archive.chunks(member)) for member in archive.members)
        return
    with tar_members(path, _MAX_BYTES) as members:
        yield ((member.name, member.chunks()) for member in members)
