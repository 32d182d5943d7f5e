"""The packages that a project uses at exact versions, read from its lock file or from an environment."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from corpora.dependencies.environment_folder import (
    distributions_in,
    editable_url,
    installed_distributions,
    site_folders,
)
from corpora.dependencies.lock_formats import LOCK_FILES, reader_of
from corpora.dependencies.locked_package import (
    Ecosystem,
    Edge,
    LockedPackage,
    LockReading,
    brief,
    from_folder,
)
from corpora.dependencies.package_name import normalized_name, problem_with_pin
from corpora.dependencies.placement import Placement
from corpora.dependencies.reachable import applying, reachable
from corpora.dependencies.target import ENVIRONMENT_FOLDERS, Target, target_of
from corpora.errors import CorpusError
from corpora.redaction.credentials import without_credentials

_MAX_PACKAGES: Final = 50_000
_READ_IN_PLACE: Final = "it is read where it is installed"
# Of each ecosystem, the most exact first.
_SEARCHED: Final = (
    ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock", "requirements.txt"),
    ("npm-shrinkwrap.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"),
)


@dataclass(frozen=True, slots=True, order=True)
class Pinned:
    """A package at an exact version; for what is read from a folder, the version may be empty.

    Attributes:
        name: of the package in its registry.
        version: the exact version.
        ecosystem: that of Python or of npm.
        location: the folder or archive where it is to be read; empty if it is to be fetched.
        alias: the name by which the project knows it, if that is another one.
        is_direct: whether the project itself gets this version when it imports the package.
        not_fetched: why it must not be fetched by its name and version; empty if it may.
        hashes: those that its archive may have, as in `sha256:HEX`; none if it may be any.
    """

    name: str
    version: str
    ecosystem: Ecosystem = "python"
    location: str = ""
    alias: str = field(default="", compare=False)
    is_direct: bool = field(default=False, compare=False)
    not_fetched: str = field(default="", compare=False)
    hashes: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Lock:
    """The packages in a lock file or an environment.

    Attributes:
        path: of the file or folder, as shown to the user.
        packages: sorted, each once.
        unpinned: the entries that are left out, each as one line with the reason: no exact version, or
            a place that is not read.
        others: names and versions of the packages for another platform or version of Python.
    """

    path: str
    packages: tuple[Pinned, ...]
    unpinned: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


Entries = Iterator[Pinned | str]


def read_lock(path: Path, environment: Path | None = None) -> Lock:
    """Return the packages in a lock file, or in the environment in a folder; no version is guessed.

    The formats are those of `LOCK_FILES`, the exact versions in `pyproject.toml`, requirements in `*.txt` and
    `*.in`, and the folder of a virtual environment or of its `site-packages`. All groups and extras count.
    Packages for another platform or Python than the project's are left out (see `target_of`).

    Args:
        path: of the lock file or the environment.
        environment: folder of the environment that the packages of the lock file are for, and in which they
            may be installed; by default the one beside the lock file.

    Raises:
        CorpusError: the file has another format, is damaged or cannot be read.
    """
    place = _expanded(path)
    try:
        if place.is_dir():
            return _lock(path, _environment(path, place))
        reader = reader_of(place)
        if reader is None or not place.is_file():
            raise CorpusError(
                f"cannot read {path} as a lock file",
                why="there is nothing at this path"
                if not place.exists()
                else "its name is not that of a known format",
                fix=f"give the path of one of: {', '.join(LOCK_FILES)}, a requirements.txt, or the folder of "
                "an environment",
            )
        return _selected(path, place, reader(place), environment)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CorpusError(
            f"cannot read the lock file {path}",
            why=f"{type(error).__name__}: {error}".splitlines()[0][:300],
            fix="write it again with the tool that made it",
        ) from error


def current_environment() -> Lock:
    """Return the packages that are installed with this program."""
    found = (_checked(LockedPackage(name, version)) for name, version in installed_distributions())
    return _lock(Path("(this environment)"), found)


def find_locks(folder: Path) -> list[Path]:
    """Return the lock files in `folder`: the most exact one of each ecosystem, else its environment."""
    found = [
        next((folder / name for name in names if (folder / name).is_file()), None) for names in _SEARCHED
    ]
    if locks := [path for path in found if path]:
        return locks
    return [folder / name for name in ENVIRONMENT_FOLDERS if site_folders(folder / name)][:1]


def root_versions(packages: Iterable[Pinned]) -> dict[tuple[Ecosystem, str], str]:
    """Return the version of each package that the project itself gets, by ecosystem and name.

    Of several, it is the one that the project requires itself, under the package's own name; else the newest.
    """
    found: dict[tuple[Ecosystem, str], Pinned] = {}
    for package in packages:
        key = package.ecosystem, package.name
        if package.version and (key not in found or _weight(package) > _weight(found[key])):
            found[key] = package
    return {key: package.version for key, package in found.items()}


def _weight(package: Pinned) -> tuple[bool, bool, tuple[int, ...], str]:
    numbers = re.findall(r"\d+", package.version)[:6]
    return (
        package.is_direct and not package.alias,
        package.is_direct,
        tuple(int(number[:9]) for number in numbers),
        package.version,
    )


def _expanded(path: Path) -> Path:
    """Return an absolute path; `~` is the home of the user, as in a shell that did not replace it."""
    with suppress(RuntimeError):  # there is no home
        path = path.expanduser()
    return path.absolute()


def _selected(path: Path, place: Path, reading: LockReading, environment: Path | None) -> Lock:
    """Choose the packages of a reading that are for the target and can be read."""
    _check_count(path, len(reading.packages))
    target = target_of(place.parent, reading.requires_python, environment)
    kept = list(applying(reading.packages, target))
    if reading.roots is not None:
        kept = _required(kept, reading.packages, reading.roots, target)
    kept = [package for package in kept if not package.is_elsewhere_only]
    placement = Placement(place, reading.ecosystem, environment)
    lock = _lock(path, (_placed(placement, package, reading.ecosystem) for package in kept))
    return replace(lock, others=_others(reading.packages, kept))


def _required(
    kept: Sequence[LockedPackage],
    packages: Sequence[LockedPackage],
    roots: tuple[Edge, ...],
    target: Target,
) -> list[LockedPackage]:
    """Return those of `kept` that the roots lead to on the target.

    Only what a marker leaves out is left out: what no edge leads to at all is required in a way not seen
    here, unless its name is required at another version.
    """
    required, direct = reachable(kept, roots, target)
    on_all, _ = reachable(packages, roots, None)
    elsewhere = {(str(packages[index].name), str(packages[index].version)) for index in on_all}
    names = {str(kept[index].name) for index in required}
    return [
        replace(package, is_direct=index in direct)
        for index, package in enumerate(kept)
        if index in required
        or not (str(package.name) in names or (str(package.name), str(package.version)) in elsewhere)
    ]


def _others(packages: Iterable[LockedPackage], kept: Iterable[LockedPackage]) -> tuple[str, ...]:
    there = {(str(package.name or package.label), str(package.version)) for package in kept}
    named = {(str(package.name or package.label), str(package.version)) for package in packages} - there
    return tuple(
        without_credentials(f"{brief(name)} {brief(version)}".strip()) for name, version in sorted(named)
    )


def _placed(placement: Placement, package: LockedPackage, ecosystem: Ecosystem) -> Pinned | str:
    try:
        placed = package.problem or placement.place(package)
    except (OSError, ValueError) as error:  # a path that no system has: too long, with a NUL
        placed = f"its place cannot be looked at: {getattr(error, 'strerror', None) or error}"
    if isinstance(placed, str):
        # (each by itself: `tough-cookie: ...` would look like a header with a secret)
        label, why = map(without_credentials, (package.label or brief(package.name), placed))
        return f"{label}: {why} {package.where}".strip()
    problem = placed.not_fetched and without_credentials(placed.not_fetched)
    return _checked(placed.package, ecosystem, location=placed.location, not_fetched=problem)


def _lock(path: Path, entries: Iterable[Pinned | str]) -> Lock:
    packages: dict[Pinned, Pinned] = {}
    unpinned: dict[str, None] = {}
    for entry in entries:
        if isinstance(entry, str):
            unpinned[entry] = None
        elif entry not in packages or (entry.is_direct and not packages[entry].is_direct):
            packages[entry] = entry
        _check_count(path, len(packages) + len(unpinned))
    return Lock(str(path), tuple(sorted(packages.values())), tuple(unpinned))


def _check_count(path: Path, count: int) -> None:
    if count > _MAX_PACKAGES:
        raise CorpusError(
            f"cannot read {path}",
            why=f"it lists more than {_MAX_PACKAGES} packages",
            fix="give the path of the lock file of a single project",
        )


def _checked(
    package: LockedPackage, ecosystem: Ecosystem = "python", *, location: str = "", not_fetched: str = ""
) -> Pinned | str:
    """Return a `Pinned` with its name normalized, or why the entry, which may be hostile, is none."""
    has_version = bool(package.version) or not location
    version = package.version if has_version else "0.0.0"  # what is read from a folder needs none
    if problem := problem_with_pin(package.name, version, ecosystem):
        return f"{without_credentials(problem)} {package.where}".strip()
    name = str(package.name)
    return Pinned(
        normalized_name(name) if ecosystem == "python" else name,
        str(package.version) if has_version else "",
        ecosystem,
        location,
        package.alias if not problem_with_pin(package.alias, version, ecosystem) else "",
        package.is_direct,
        not_fetched,
        package.hashes,
    )


def _environment(path: Path, folder: Path) -> Entries:
    """Yield the packages of an environment; they are read in place."""
    inside = site_folders(folder)
    if not inside and not any(folder.glob("*.dist-info")):
        raise CorpusError(
            f"{path} is not an environment",
            why="it holds no site-packages and no installed distributions",
            fix="give the path of a virtual environment, or of a lock file",
        )
    placement = Placement(folder, "python")
    for name, version, place in distributions_in(inside or [folder]):
        package = LockedPackage(name, version, is_direct=True)
        if url := editable_url(place):
            # Its code is in a folder of its own; the metadata here say nothing about it.
            yield _placed(placement, replace(package, origin=from_folder(url)), "python")
        else:
            yield _checked(package, location=str(place), not_fetched=_READ_IN_PLACE)
