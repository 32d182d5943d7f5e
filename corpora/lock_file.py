"""Which versions a project uses: read from its lock file, or from an environment."""

import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Literal

from corpora.errors import CorpusError

Ecosystem = Literal["python", "npm"]


@dataclass(frozen=True, slots=True, order=True)
class Pinned:
    """A package at an exact version. `location` is where it is installed, empty where that is not known."""

    name: str
    version: str
    ecosystem: Ecosystem = "python"
    location: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock file or an environment says; `unpinned`: what has no exact version, with the reason."""

    path: str
    packages: tuple[Pinned, ...]
    unpinned: tuple[str, ...] = ()


Entries = Iterator[Pinned | str]


def read_lock(path: Path) -> Lock:
    """The packages of a lock file, or of the environment in a folder. Versions are never guessed.

    Reads `uv.lock`, `poetry.lock`, `pdm.lock`, `pylock.toml`, `Pipfile.lock`, `package-lock.json`,
    requirements in `*.txt`, and the folder of a virtual environment or of its `site-packages`.

    Raises `CorpusError` for anything else, and for what is not whole.
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
            else "its name is that of no format known",
            fix=f"name one of: {', '.join(_READERS)}, a requirements.txt, or the folder of an environment",
        )
    try:
        return _lock(path, reader(path))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorpusError(
            f"cannot read the lock file {path}",
            why=f"{type(error).__name__}: {error}".splitlines()[0],
            fix="write it anew with the tool that it belongs to",
        ) from error


def current_environment() -> Lock:
    """What is installed beside this program."""
    return _lock(Path("(this environment)"), _distributions(None))


def find_locks(folder: Path) -> list[Path]:
    """The lock files in `folder`: of those for the same packages the most exact."""
    python = next((folder / name for name in _PYTHON_LOCKS if (folder / name).is_file()), None)
    node = folder / "package-lock.json"
    return [path for path in (python, node) if path and path.is_file()]


def _lock(path: Path, entries: Entries) -> Lock:
    found = list(entries)
    packages = {entry for entry in found if isinstance(entry, Pinned)}
    return Lock(str(path), tuple(sorted(packages)), tuple(entry for entry in found if isinstance(entry, str)))


def _requirements(path: Path, seen: frozenset[Path] = frozenset()) -> Entries:
    from packaging.requirements import InvalidRequirement, Requirement

    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for raw in text.splitlines():
        line = raw.split(" #")[0].split(" --hash")[0].strip()
        if not line or line.startswith("#"):
            continue
        option, _, value = line.partition(" ")
        if option in {"-r", "--requirement", "-c", "--constraint"}:
            other = (path.parent / value.strip()).resolve()
            if other not in seen:
                yield from _requirements(other, seen | {path.resolve()})
            continue
        if option.startswith("-"):
            if option in {"-e", "--editable"}:
                yield f"{line}: a folder, whose version nothing pins"
            continue
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            yield f"{line}: no requirement that can be read"
            continue
        if requirement.marker is None or requirement.marker.evaluate():
            yield _pinned(requirement)


def _pinned(requirement: Any) -> Pinned | str:
    exact = [part.version for part in requirement.specifier if part.operator in {"==", "==="}]
    if requirement.url or len(exact) != 1 or exact[0].endswith(".*"):
        return f"{requirement}: no exact version"
    return Pinned(_normal(requirement.name), exact[0])


def _toml(path: Path, key: str) -> list[dict[str, Any]]:
    tables = tomllib.loads(path.read_text(encoding="utf-8")).get(key, [])
    if not isinstance(tables, list):
        raise ValueError(f"{key} is no list of tables")
    return tables


def _packages(path: Path) -> Entries:
    """`uv.lock`, `poetry.lock` and `pdm.lock`: tables of name and version."""
    for table in _toml(path, "package"):
        source = table.get("source", {})
        is_project = isinstance(source, dict) and not {"editable", "virtual", "directory"}.isdisjoint(source)
        if is_project or "version" not in table:
            yield f"{table['name']}: a folder of the project"
        else:
            yield Pinned(_normal(table["name"]), str(table["version"]))


def _pylock(path: Path) -> Entries:
    """`pylock.toml` (PEP 751)."""
    for table in _toml(path, "packages"):
        if "version" in table:
            yield Pinned(_normal(table["name"]), str(table["version"]))
        else:
            yield f"{table['name']}: no version"


def _pipfile(path: Path) -> Entries:
    content = json.loads(path.read_bytes())
    for group in ("default", "develop"):
        for name, facts in content.get(group, {}).items():
            version = str(facts.get("version", ""))
            exact = version.startswith("==")
            yield Pinned(_normal(name), version.removeprefix("==")) if exact else f"{name}: no exact version"


def _package_lock(path: Path) -> Entries:
    """`package-lock.json` of npm: by place since version 2, by name before."""
    content = json.loads(path.read_bytes())
    for place, facts in content.get("packages", {}).items():
        if place and "node_modules/" in place and "version" in facts:
            name = place.rpartition("node_modules/")[2]
            installed = path.parent / place
            yield Pinned(name, facts["version"], "npm", str(installed) if installed.is_dir() else "")
    if "packages" not in content:
        for name, facts in content.get("dependencies", {}).items():
            installed = path.parent / "node_modules" / name
            yield Pinned(name, facts["version"], "npm", str(installed) if installed.is_dir() else "")


def _environment(folder: Path) -> Entries:
    inside = sorted([*folder.glob("lib/python*/site-packages"), *folder.glob("Lib/site-packages")])
    if not inside and not any(folder.glob("*.dist-info")):
        raise CorpusError(
            f"{folder} is no environment",
            why="it holds no site-packages and no installed distributions",
            fix="name the folder of a virtual environment, or a lock file",
        )
    yield from _distributions([str(path) for path in inside or [folder]])


def _distributions(paths: list[str] | None) -> Entries:
    found = metadata.distributions() if paths is None else metadata.distributions(path=paths)
    for distribution in found:
        name, place = distribution.metadata["Name"], getattr(distribution, "_path", None)
        if name:
            yield Pinned(_normal(name), distribution.version, location=str(place or "") if paths else "")


def _normal(name: str) -> str:
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


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
