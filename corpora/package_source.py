"""Finding a Python package to read: a folder, a wheel, a source distribution, or what is installed."""

import atexit
import re
import shutil
import stat
import tempfile
from dataclasses import dataclass
from email.parser import HeaderParser
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from corpora.errors import CorpusError, NothingToRead
from corpora.sdist import UNREADABLE, is_sdist, unpack_sdist

SUFFIXES = (".py", ".pyi")
_MAX_WHEEL_BYTES = 500_000_000  # of Python source; the largest wheels hold a tenth of it
_MAX_MEMBERS = 200_000


@dataclass(frozen=True, slots=True)
class PackageSource:
    """Packages to read: the top-level names `tops`, all of them in the folder `root`.

    `stamp` is that of an archive's file, and empty where the files' own times count.
    """

    root: Path
    tops: tuple[str, ...]
    library: str
    version: str
    stamp: str = ""


def find_package(location: str) -> PackageSource:
    """The package at `location`: a folder, a module, an archive, a distribution by name or `.dist-info`.

    `numpy==1.26.4` is the installed distribution if it has that version, else a wheel that pip fetches.
    Raises `CorpusError` if there is no such thing or it cannot be opened.
    """
    path = Path(location)
    if path.is_file() and (path.suffix == ".whl" or is_sdist(path)):
        status = path.stat()
        opened = _open_wheel if path.suffix == ".whl" else _open_sdist
        return opened(path, f"{status.st_mtime_ns}-{status.st_size}")
    if path.suffix == ".dist-info" and path.is_dir():
        return _distribution(metadata.Distribution.at(path))
    if path.is_file() and path.suffix in SUFFIXES:
        return PackageSource(path.parent, (path.stem,), path.stem, "")
    if path.is_dir() and ("/" in location or path.is_absolute()):
        return _folder(path)
    if path.is_absolute() or path.suffix == ".whl" or is_sdist(path):
        raise CorpusError(
            f"no package at {location}",
            why="there is nothing at this path"
            if not path.exists()
            else "it is no folder, module or archive",
            fix="name a folder with __init__.py, a .whl or .tar.gz file, or an installed distribution",
        )
    name, pin, version = location.partition("==")
    return _at_version(name.strip(), version.strip()) if pin else _installed(location)


def _at_version(name: str, version: str) -> PackageSource:
    try:
        if metadata.version(name) == version:
            return _installed(name)
    except metadata.PackageNotFoundError:
        pass
    from corpora.package_fetch import fetched_wheel

    wheel = fetched_wheel(normalized(name), version)
    status = wheel.stat()
    return _open_wheel(wheel, f"{status.st_mtime_ns}-{status.st_size}")


def _folder(path: Path) -> PackageSource:
    """A package by its folder; a folder without modules of its own is one that holds packages."""
    held = sorted(child.name for child in path.iterdir() if (child / "__init__.py").is_file())
    if held and not any(path.glob("*.py")) and not any(path.glob("*.pyi")):
        return PackageSource(path, tuple(held), path.name, "")
    return PackageSource(path.parent, (path.name,), path.name, "")


def _installed(name: str) -> PackageSource:
    """An installed distribution by its name, or by that of a package it brings. Nothing is imported."""
    try:
        distribution = metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError) as error:
        owners = sorted(metadata.packages_distributions().get(name, ()))
        if not owners:
            raise CorpusError(
                f"no installed distribution {name!r}",
                why="neither a distribution nor a package of this name is installed with this Python",
                fix=f"run: pip install {name}  (or give the path of a folder or a wheel)",
            ) from error
        distribution = metadata.distribution(owners[0])
    return _distribution(distribution)


def _distribution(distribution: metadata.Distribution) -> PackageSource:
    library = distribution.metadata["Name"]
    found = {file.parts[0].removesuffix(".pyi").removesuffix(".py") for file in _sources(distribution)}
    root = Path(str(distribution.locate_file("")))
    if not found:
        root, found = _editable(distribution, root)
    if not found:
        raise NothingToRead(
            f"the distribution {library} has no Python source to read",
            why="it lists no .py or .pyi file (compiled code only, or an unusual editable install)",
            fix="give the path of the package's folder instead",
        )
    return PackageSource(root, tuple(sorted(found)), normalized(library), distribution.version)


def _sources(distribution: metadata.Distribution) -> list[PurePosixPath]:
    """The Python files of a distribution, without scripts and what is not importable."""
    files = [PurePosixPath(file.as_posix()) for file in distribution.files or ()]
    return [
        file
        for file in files
        if file.suffix in SUFFIXES
        and file.parts[0].split(".")[0].isidentifier()
        and not file.name.startswith("__editable__")
    ]


def _editable(distribution: metadata.Distribution, root: Path) -> tuple[Path, set[str]]:
    """Root and top-level names of a distribution that is installed from a working folder."""
    declared = (distribution.read_text("top_level.txt") or "").split()
    for name in declared or [distribution.metadata["Name"].replace("-", "_")]:
        spec = find_spec(name) if name.isidentifier() else None
        if spec is not None and spec.origin and Path(spec.origin).suffix in SUFFIXES:
            origin = Path(spec.origin)
            return (origin.parent.parent if origin.name == "__init__.py" else origin.parent), {name}
    return root, set()


@lru_cache(maxsize=32)
def _open_wheel(path: Path, stamp: str) -> PackageSource:
    """Unpack the Python source of a wheel into a temporary folder, which goes when the process ends."""
    try:
        with ZipFile(path) as wheel:
            root = Path(tempfile.mkdtemp(prefix="wheel-"))
            atexit.register(shutil.rmtree, root, ignore_errors=True)
            names = _unpack(wheel, root)
            described = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
            text = wheel.read(described[0]).decode("utf-8", "replace") if described else ""
    except (BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise CorpusError(
            f"cannot read the wheel {path}",
            why=f"it is not a whole zip file ({error})",
            fix="fetch the wheel again",
        ) from error
    headers = HeaderParser().parsestr(text)
    name, version, *_ = [*path.stem.split("-"), "", ""]
    tops = {PurePosixPath(file).parts[0].removesuffix(".pyi").removesuffix(".py") for file in names}
    library = normalized(headers.get("Name", name))
    return PackageSource(root, tuple(sorted(tops)), library, headers.get("Version", version), stamp)


@lru_cache(maxsize=32)
def _open_sdist(path: Path, stamp: str) -> PackageSource:
    """Unpack the Python source of a source distribution, as `_open_wheel` does."""
    root = Path(tempfile.mkdtemp(prefix="sdist-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    try:
        folder, tops, library, version = unpack_sdist(path, root)
        why = "" if tops else "no package and no module of its name lies in it"
    except UNREADABLE as error:
        why = f"it is no whole archive ({error})"
    if why:
        raise CorpusError(
            f"cannot read the source distribution {path}",
            why=why,
            fix="fetch it again, or unpack it and name the folder of the package",
        )
    return PackageSource(folder, tops, normalized(library), version, stamp)


def normalized(distribution: str) -> str:
    """The one spelling of a distribution's name (PEP 503): `Jinja2` -> `jinja2`."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _unpack(wheel: ZipFile, root: Path) -> list[str]:
    """Write the modules of a wheel below `root`; the names of those written.

    Members that would land elsewhere, links and what is not importable are left out, and no more
    than `_MAX_WHEEL_BYTES` are unpacked.
    """
    names: list[str] = []
    left = _MAX_WHEEL_BYTES
    for member in wheel.infolist()[:_MAX_MEMBERS]:
        if not _is_module(member):
            continue
        with wheel.open(member) as source:
            data = source.read(left + 1)
        left -= len(data)
        if left < 0:
            raise BadZipFile(f"more than {_MAX_WHEEL_BYTES} bytes of source")
        target = root / member.filename
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        names.append(member.filename)
    return names


def _is_module(member: ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    parts = (*path.parts[:-1], path.stem)
    return (
        path.suffix in SUFFIXES
        and all(part.isidentifier() for part in parts)  # neither "..", nor a root, nor a drive
        and not stat.S_ISLNK(member.external_attr >> 16)
    )
