"""Find the libraries that programs are checked against: those of a lock file, of an environment, or named."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from corpora.dependencies.environment_folder import distributions_in, site_folders
from corpora.dependencies.lock_file import Pinned, find_locks, read_lock
from corpora.dependencies.package_name import normalized_name
from corpora.dependencies.target import environment_python
from corpora.own_folders import own_folders
from corpora.python.dist_info import OutsideDistribution
from corpora.python.environments import named_environment, user_environments
from corpora.python.source import find_package
from rag.checking.inference.type_inference import SearchPath
from rag.checking.libraries import Libraries
from rag.checking.library import CheckedLibrary

_MODULES: Final = (".py", ".pyi", ".so", ".pyd")
_MAX_ENTRIES: Final = 100_000  # in a folder of packages
# Lock files that list everything that a project uses, with what its packages require.
_WHOLE_LOCKS: Final = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock"})


@dataclass(frozen=True, slots=True)
class CheckedEnvironment:
    """What programs are checked against.

    Attributes:
        libraries: those that there are.
        sites: folders of packages of an installed environment; none if there is no such environment.
        python: its version of Python, as `3.12`; empty for that of this program.
        name: what it is, for messages.
    """

    libraries: Libraries
    sites: tuple[Path, ...]
    python: str
    name: str

    def search_path(self, used: Sequence[CheckedLibrary], roots: Sequence[Path]) -> SearchPath:
        """Return where a type checker finds modules: the environment, with what was named in front."""
        packages: dict[str, Path] = {}
        for site in self.sites:
            with suppress(OSError):
                for entry in islice(os.scandir(site), _MAX_ENTRIES):
                    if not entry.name.endswith((".dist-info", ".egg-info", ".pth", "__pycache__")):
                        packages.setdefault(entry.name, Path(entry.path))
        for library in self.libraries.found:
            # (An archive that is at hand may be what the libraries in use are made of.)
            packages.update(library.places(opened=library in used or Path(library.location).is_file()))
        return SearchPath(packages, tuple(roots), self.python)


def checked_environment(
    start: Path, lock: Path | None = None, python: str = "", packages: Sequence[str] = ()
) -> CheckedEnvironment:
    """Return the environment that programs are checked against.

    It is that of `lock` or `python` if one is given; else that of the lock files in the folder `start`, or
    the nearest above it in its git repository; else the active environment or a `.venv` beside the project;
    else that of this program.

    Args:
        start: the working folder.
        lock: a lock file. What is installed beside it at these versions is read there, else in the cache.
        python: the folder of an environment, or its interpreter.
        packages: distributions that take the place of others: `pandas==2.2.3`, or paths of archives.

    Raises:
        RagError: one of them cannot be read.
    """
    named = [_named(location) for location in packages]
    found, sites, version, name, is_complete = _base(start, lock, python)
    tops = {top for one in named for top in one.tops}
    names = {one.name for one in named}
    before = {
        one.name: one for one in found if one.name in names and one.version != _version_of(named, one.name)
    }
    kept = [one for one in found if one.name not in names and not (set(one.tops) & tops)]
    libraries = Libraries([*named, *kept], is_complete, before)
    return CheckedEnvironment(libraries, sites, version, name)


def _version_of(libraries: Sequence[CheckedLibrary], name: str) -> str:
    return next((one.version for one in libraries if one.name == name), "")


def _named(location: str) -> CheckedLibrary:
    source = find_package(location)
    return CheckedLibrary(source.library, source.version, location, source.tops)


def _base(
    start: Path, lock: Path | None, python: str
) -> tuple[list[CheckedLibrary], tuple[Path, ...], str, str, bool]:
    if python:
        return _installed(named_environment(python))
    locks = [lock] if lock is not None else _locks(start)
    if locks:
        found: dict[str, CheckedLibrary] = {}
        is_complete = True
        for path in locks:
            read = read_lock(path)
            is_complete &= path.name in _WHOLE_LOCKS and not read.unpinned
            for pinned in read.packages:
                if pinned.ecosystem == "python":
                    found.setdefault(pinned.name, _pinned(pinned))
        return list(found.values()), (), "", ", ".join(path.name for path in locks), is_complete
    active = next(user_environments(start), None)
    return _installed(active or Path(sys.prefix))


def _locks(start: Path) -> list[Path]:
    """Return the lock files in `start`, else those of the nearest folder above, within its git repository."""
    folders = list(own_folders(Path(os.path.realpath(start))))
    top = next((number for number, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    for folder in folders[: top + 1]:
        if found := [path for path in find_locks(folder) if _is_of_python(path)]:
            return found
    return []


def _is_of_python(path: Path) -> bool:
    return path.name in _WHOLE_LOCKS or path.suffix == ".txt"


def _installed(folder: Path) -> tuple[list[CheckedLibrary], tuple[Path, ...], str, str, bool]:
    sites = tuple(site_folders(folder))
    found = [
        CheckedLibrary(normalized_name(name), version, str(place), _tops(place, folder))
        for name, version, place in distributions_in(sites)
    ]
    version = ".".join(environment_python(folder).split(".")[:2])
    return found, sites, version, str(folder), True


def _tops(place: Path, root: Path) -> tuple[str, ...]:
    """Return the top-level names of an installed distribution; none if its metadata do not list them."""
    described = OutsideDistribution(place, root=root)
    # (Of RECORD only the paths are needed: as objects, those of a large environment take seconds.)
    listed = (described.read_text("RECORD") or "").splitlines()
    paths = (line.partition(",")[0].strip('"') for line in listed)
    tops = {path.partition("/")[0].partition(".")[0] for path in paths if path.endswith(_MODULES)}
    if found := sorted(name for name in tops if name.isidentifier()):
        return tuple(found)
    return tuple(sorted(set((described.read_text("top_level.txt") or "").split())))


def _pinned(package: Pinned) -> CheckedLibrary:
    location = package.location or f"{package.name}=={package.version}"
    tops: tuple[str, ...] = ()
    place = Path(package.location) if package.location else None
    if place is not None and place.suffix in {".dist-info", ".egg-info"}:
        tops = _tops(place, place.parent)
    return CheckedLibrary(
        package.name, package.version, location, tops, () if package.location else package.hashes
    )
