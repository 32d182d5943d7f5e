"""The versions that a project uses, read from its lock file or from an environment."""

import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

from corpora.dependencies.environment_folder import distributions_in, installed_distributions
from corpora.dependencies.package_name import normalized_name, problem_with_pin
from corpora.dependencies.requirements_file import ExactVersion, read_requirements
from corpora.errors import CorpusError
from corpora.outside.files import read_outside

# For all formats; the largest lock files in use have a tenth of it.
_MAX_BYTES: Final = 50_000_000
_MAX_PACKAGES: Final = 50_000
_SHOWN_CHARS: Final = 80

Ecosystem = Literal["python", "npm"]


@dataclass(frozen=True, slots=True, order=True)
class Pinned:
    """A package at an exact version; `location` is the folder where it is installed, empty if not known."""

    name: str
    version: str
    ecosystem: Ecosystem = "python"
    location: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """The packages in a lock file or an environment.

    Attributes:
        path: of the file or folder, as shown to the user.
        packages: sorted, each once.
        unpinned: the entries without an exact version, each as one line with the reason.
    """

    path: str
    packages: tuple[Pinned, ...]
    unpinned: tuple[str, ...] = ()


Entries = Iterator[Pinned | str]


def read_lock(path: Path) -> Lock:
    """Return the packages in a lock file, or in the environment in a folder; no version is guessed.

    The formats are `uv.lock`, `poetry.lock`, `pdm.lock`, `pylock.toml`, `Pipfile.lock`, `package-lock.json`,
    requirements in `*.txt` and `*.in`, and the folder of a virtual environment or of its `site-packages`.

    Raises:
        CorpusError: the file has another format, is damaged or cannot be read.
    """
    if path.is_dir():
        return _lock(path, _environment(path))
    reader = _READERS.get(path.name) or (_requirements if path.suffix in {".txt", ".in"} else None)
    if reader is None and path.name.startswith("pylock.") and path.suffix == ".toml":
        reader = _pylock
    if reader is None or not path.is_file():
        raise CorpusError(
            f"cannot read {path} as a lock file",
            why="there is nothing at this path"
            if not path.exists()
            else "its name is not that of a known format",
            fix=f"give the path of one of: {', '.join(_READERS)}, a requirements.txt, or the folder of an "
            "environment",
        )
    try:
        return _lock(path, reader(path))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CorpusError(
            f"cannot read the lock file {path}",
            why=f"{type(error).__name__}: {error}".splitlines()[0][:300],
            fix="write it again with the tool that made it",
        ) from error


def current_environment() -> Lock:
    """Return the packages that are installed with this program."""
    found = (_checked(name, version) for name, version in installed_distributions())
    return _lock(Path("(this environment)"), found)


def find_locks(folder: Path) -> list[Path]:
    """Return the lock files in `folder`: for Python the most exact one, and that of npm."""
    python = next((folder / name for name in _PYTHON_LOCKS if (folder / name).is_file()), None)
    node = folder / "package-lock.json"
    return [path for path in (python, node) if path and path.is_file()]


def _lock(path: Path, entries: Entries) -> Lock:
    packages: set[Pinned] = set()
    unpinned: list[str] = []
    for entry in entries:
        if isinstance(entry, Pinned):
            packages.add(entry)
        else:
            unpinned.append(entry)
        if len(packages) + len(unpinned) > _MAX_PACKAGES:
            raise CorpusError(
                f"cannot read {path}",
                why=f"it lists more than {_MAX_PACKAGES} packages",
                fix="give the path of the lock file of a single project",
            )
    return Lock(str(path), tuple(sorted(packages)), tuple(unpinned))


def _checked(name: object, version: object, ecosystem: Ecosystem = "python", location: str = "") -> Any:
    """Return a `Pinned` with its name normalized, or why the entry, which may be hostile, is none."""
    if problem := problem_with_pin(name, version, ecosystem):
        return problem
    return Pinned(
        normalized_name(str(name)) if ecosystem == "python" else str(name), str(version), ecosystem, location
    )


def _requirements(path: Path) -> Entries:
    for found in read_requirements(path):
        yield _checked(found.name, found.version) if isinstance(found, ExactVersion) else found


def _read(path: Path) -> bytes:
    return read_outside(path, max_bytes=_MAX_BYTES)


def _toml(path: Path, key: str) -> list[dict[str, Any]]:
    tables = tomllib.loads(_read(path).decode("utf-8")).get(key, [])
    if not isinstance(tables, list):
        raise ValueError(f"{key!r} is not a list of tables")
    return tables


def _packages(path: Path) -> Entries:
    """Yield the entries of `uv.lock`, `poetry.lock` or `pdm.lock`: tables with name and version."""
    for table in _toml(path, "package"):
        source = table.get("source", {})
        is_project = isinstance(source, dict) and not {"editable", "virtual", "directory"}.isdisjoint(source)
        if is_project or "version" not in table:
            yield f"{_brief(table['name'])}: a folder of the project"
        else:
            yield _checked(table["name"], table["version"])


def _pylock(path: Path) -> Entries:
    """Yield the entries of `pylock.toml` (PEP 751)."""
    for table in _toml(path, "packages"):
        if "version" in table:
            yield _checked(table["name"], table["version"])
        else:
            yield f"{_brief(table['name'])}: no version"


def _pipfile(path: Path) -> Entries:
    content = json.loads(_read(path))
    for group in ("default", "develop"):
        for name, facts in content.get(group, {}).items():
            version = str(facts.get("version", ""))
            exact = version.startswith("==")
            yield _checked(name, version.removeprefix("==")) if exact else f"{_brief(name)}: no exact version"


def _package_lock(path: Path) -> Entries:
    """Yield the entries of `package-lock.json`: by folder since version 2 of the format, by name before."""
    content = json.loads(_read(path))
    for place, facts in content.get("packages", {}).items():
        if place and "node_modules/" in place and "version" in facts:
            # Where the folder has an alias as its name, the entry has the name of the package.
            name = facts.get("name", place.rpartition("node_modules/")[2])
            yield _checked(name, facts["version"], "npm", _installed(path.parent, place))
    if "packages" not in content:
        for name, facts in content.get("dependencies", {}).items():
            place = f"node_modules/{name}"
            yield _checked(name, facts["version"], "npm", _installed(path.parent, place))


def _installed(project: Path, place: str) -> str:
    """Return the folder at `place` in the project; empty if there is none, or if it is outside."""
    parts = PurePosixPath(place)
    if parts.is_absolute() or ".." in parts.parts or "\0" in place or "\\" in place:
        return ""
    folder = project / parts
    try:
        is_inside = folder.resolve().is_relative_to(project.resolve())
        return str(folder) if is_inside and folder.is_dir() else ""
    except (OSError, RuntimeError, ValueError):  # a name that is too long, links in a circle
        return ""


def _brief(name: object) -> str:
    """Return the beginning of a name of any type, to be shown to the user."""
    return str(name)[:_SHOWN_CHARS]


def _environment(folder: Path) -> Entries:
    inside = sorted([*folder.glob("lib/python*/site-packages"), *folder.glob("Lib/site-packages")])
    if not inside and not any(folder.glob("*.dist-info")):
        raise CorpusError(
            f"{folder} is not an environment",
            why="it holds no site-packages and no installed distributions",
            fix="give the path of a virtual environment, or of a lock file",
        )
    for name, version, place in distributions_in(inside or [folder]):
        yield _checked(name, version, location=str(place))


_READERS: Final[dict[str, Callable[[Path], Entries]]] = {
    "uv.lock": _packages,
    "poetry.lock": _packages,
    "pdm.lock": _packages,
    "pylock.toml": _pylock,
    "Pipfile.lock": _pipfile,
    "package-lock.json": _package_lock,
}
_PYTHON_LOCKS: Final = (
    "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock", "requirements.txt",
)  # fmt: skip
