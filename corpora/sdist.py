"""The Python source of a source distribution, without running any of its code."""

import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

SDIST_SUFFIXES: Final = (".tar.gz", ".tgz", ".zip")
UNREADABLE: Final = (
    tarfile.TarError, BadZipFile, zlib.error,
    OSError, EOFError, RuntimeError, NotImplementedError, ValueError,
)  # fmt: skip
"""What a damaged archive raises."""

_SUFFIXES = (".py", ".pyi")
_MAX_SOURCE_BYTES = 500_000_000
_MAX_BYTES = 4_000_000_000  # of all members: those before a module have to be unpacked to get to it
_MAX_MEMBERS = 200_000
_MAX_METADATA_BYTES = 1_000_000
_FOLDERS = ("src", "lib", "python", "")  # where packages lie
_NO_PACKAGES = frozenset(
    """
    test tests testing doc docs example examples benchmark benchmarks bench script scripts tool tools
    build dist ci setup conftest noxfile tasks fabfile versioneer
    """.split()  # noqa: SIM905 (a list to read)
)


def is_sdist(path: Path) -> bool:
    """Whether the file at `path` is named as a source distribution is."""
    return path.name.endswith(SDIST_SUFFIXES)


def unpack_sdist(path: Path, root: Path) -> tuple[Path, tuple[str, ...], str, str]:
    """Write the modules of a source distribution below `root`.

    Returns the folder that its packages lie in, their names, and name and version of the distribution.
    Links and what is not importable are left out. Raises one of `UNREADABLE` for what is no whole
    archive, or holds more than 500 MB of source, more than 4 GB in all, or more than 200,000 files.
    """
    metadata, declared = "", set[str]()
    source_bytes = all_bytes = 0
    with _members(path) as members:
        for number, (name, size, stream) in enumerate(members):
            inside = PurePosixPath(name.partition("/")[2])
            all_bytes += size
            if number >= _MAX_MEMBERS or all_bytes > _MAX_BYTES or source_bytes > _MAX_SOURCE_BYTES:
                raise ValueError(f"more than {_MAX_SOURCE_BYTES} bytes of source, or too much beside it")
            if _is_module(inside):
                source_bytes += size
                (root / inside).parent.mkdir(parents=True, exist_ok=True)
                (root / inside).write_bytes(stream.read(_MAX_SOURCE_BYTES + 1))
            elif inside.name == "PKG-INFO" and len(inside.parts) == 1:
                metadata = stream.read(_MAX_METADATA_BYTES).decode("utf-8", "replace")
            elif inside.name == "top_level.txt" and inside.parent.suffix == ".egg-info":
                declared = set(stream.read(_MAX_METADATA_BYTES).decode("utf-8", "replace").split())
    headers = HeaderParser().parsestr(metadata)
    stem, _, end = next(
        path.name.removesuffix(e) for e in SDIST_SUFFIXES if path.name.endswith(e)
    ).rpartition("-")
    library = headers.get("Name") or stem or end
    folder, tops = _packages(root, declared or {library.replace("-", "_").replace(".", "_")})
    return folder, tops, library, headers.get("Version") or (end if stem else "")


def _packages(root: Path, wanted: set[str]) -> tuple[Path, tuple[str, ...]]:
    """The folder in which the packages lie, and their names: those wanted, else all that look like some."""
    lower = {name.lower() for name in wanted}
    found: list[tuple[Path, tuple[str, ...]]] = []
    for folder in (root / name for name in _FOLDERS):
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
        tops = {entry.name.removesuffix(".pyi").removesuffix(".py") for entry in entries}
        if named := tuple(sorted(top for top in tops if top.lower() in lower)):
            return folder, named
        packages = {entry.name for entry in entries if any(entry.glob("__init__.py*"))}
        others = packages - _NO_PACKAGES or (tops - _NO_PACKAGES - set(_FOLDERS))
        found.append((folder, tuple(sorted(others))))
    return next((pair for pair in found if pair[1]), (root, ()))


@contextmanager
def _members(path: Path) -> Iterator[Iterator[tuple[str, int, IO[bytes]]]]:
    """The files of an archive: name, size in bytes as the archive tells it, and content."""
    if path.suffix == ".zip":
        with ZipFile(path) as archive:
            yield (
                (member.filename, member.file_size, archive.open(member))
                for member in archive.infolist()
                if not member.is_dir()
            )
        return
    with tarfile.open(path, "r|gz") as archive:
        yield (
            (member.name, member.size, stream)
            for member in archive
            if member.isreg() and (stream := archive.extractfile(member)) is not None
        )


def _is_module(path: PurePosixPath) -> bool:
    # Names of packages and modules hold neither "..", nor a root, nor a drive.
    return path.suffix in _SUFFIXES and all(part.isidentifier() for part in (*path.parts[:-1], path.stem))
