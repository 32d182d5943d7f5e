"""Where the documentation of a locked package can be read: in the project, where it is installed, or fetched.

What comes from a place that is neither on this machine nor a registry of the user's own configuration is
left out. It is never fetched by its name from the default registry, where anybody may have registered it.
"""

import os
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from corpora.dependencies.environment_folder import distributions_in, site_folders
from corpora.dependencies.locked_package import Ecosystem, LockedPackage, as_table, from_registry
from corpora.dependencies.package_name import is_distribution_name, normalized_name
from corpora.dependencies.registries import UserRegistries, project_registries
from corpora.dependencies.requirements_file import path_of, project_of
from corpora.dependencies.target import ENVIRONMENT_FOLDERS
from corpora.outside.files import lies_in, read_outside
from corpora.outside.json_documents import parsed_json

_MAX_MANIFEST_BYTES: Final = 5_000_000
_SHOWN_CHARS: Final = 200
_MAX_ENTRIES: Final = 10_000  # of one folder
_READ_IN_PLACE: Final = "it is a folder or an archive of the project"
_ARCHIVES: Final[dict[Ecosystem, tuple[str, ...]]] = {
    "python": (".whl", ".tar.gz", ".zip", ".tgz"),
    "npm": (".tgz",),
}
_ENDINGS: Final = tuple(ending for endings in _ARCHIVES.values() for ending in endings)
# Folders with packages that are not what a project is imported as.
_NOT_IMPORTED: Final = frozenset(
    {
        "tests",
        "test",
        "testing",
        "docs",
        "doc",
        "examples",
        "example",
        "benchmarks",
        "scripts",
        "tools",
        "build",
    }
)
_SOURCE_FOLDERS: Final = ("src", "python", "lib", ".")


@dataclass(frozen=True, slots=True)
class Placed:
    """A package that can be read.

    Attributes:
        package: with the name and version that its own folder gives, where the lock file gives none.
        location: the folder or archive to read; empty if it is nowhere on this machine.
        not_fetched: why it must not be fetched by its name and version; empty if it may.
    """

    package: LockedPackage
    location: str = ""
    not_fetched: str = ""


class Placement:
    """Finds the packages of one lock file.

    Args:
        lock: its path.
        ecosystem: of its packages.
        environment: folder in which Python packages may be installed, named by the user; by default one
            beside the lock file.
    """

    def __init__(self, lock: Path, ecosystem: Ecosystem, environment: Path | None = None) -> None:
        self._named_environment = environment
        self._folder = Path(os.path.realpath(lock.parent))
        self._root = project_of(lock)
        self._ecosystem: Ecosystem = ecosystem
        self._registries = UserRegistries()

    def place(self, package: LockedPackage) -> Placed | str:
        """Return where a package can be read, or in a few words why it is left out."""
        origin = package.origin
        if origin.kind == "local":
            return self._local(package)
        if origin.kind == "registry" and self._ecosystem == "npm" and not origin.place:
            registry = self._project_registry(str(package.name))
            package = replace(package, origin=from_registry(registry))
        place = package.origin.place
        location, version = self._installed(package)
        package = replace(package, version=package.version or version)
        if package.origin.kind == "elsewhere":
            problem = f"it comes from no registry: {place[:_SHOWN_CHARS]}"
            where = "the project's environment" if self._ecosystem == "python" else "node_modules"
            return Placed(package, location, problem) if location else f"{problem} (nor is it in {where})"
        unknown = self._registries.unknown(place, str(package.name), self._ecosystem)
        if not unknown:
            if not location and self._ecosystem == "npm":
                # It is not installed at this version, or not completely: the reader of the package will see.
                location = str(_folder_in(self._folder, _npm_place(package)) or "")
            return Placed(package, location)
        tool = "pip" if self._ecosystem == "python" else "npm"
        return Placed(
            package,
            location,
            f"it may come from {' and '.join(unknown)[:_SHOWN_CHARS]}, which your own configuration of "
            f"{tool} does not name; add it there, or add the package by its name if any registry of yours "
            "has it",
        )

    def _project_registry(self, name: str) -> str:
        scope = name.partition("/")[0] if name.startswith("@") else ""
        return self._project_registries.get(scope, self._project_registries.get("", ""))

    @cached_property
    def _project_registries(self) -> dict[str, str]:
        return project_registries(self._folder)

    def _local(self, package: LockedPackage) -> Placed | str:
        written = package.origin.place
        path = path_of(written)
        if path is None or "\0" in written:
            return f"it comes from no folder of this machine: {written[:_SHOWN_CHARS]}"
        place = Path(os.path.realpath(self._folder / path))
        if place == self._folder:
            return "it is the project itself, whose code rag index reads"
        if not place.is_relative_to(self._root):
            return f"{written[:_SHOWN_CHARS]} is outside the project; to add it, name it: rag docs add PATH"
        if place.is_file() and place.name.endswith(_ARCHIVES[self._ecosystem]):
            return Placed(_named_by_archive(package, place), str(place), _READ_IN_PLACE)
        if not place.is_dir():
            return f"there is nothing to read at {written[:_SHOWN_CHARS]}"
        return _python_folder(package, place) if self._ecosystem == "python" else _npm_folder(package, place)

    def _installed(self, package: LockedPackage) -> tuple[str, str]:
        """Return folder and version of a package as it is installed in the project; empty if it is not."""
        if self._ecosystem == "npm":
            return self._in_node_modules(package)
        if not is_distribution_name(package.name):
            return "", ""
        found = self._environment.get(normalized_name(str(package.name)), ())
        for version, place in found:
            if version == package.version or not package.version:
                return place, version
        return "", ""

    @cached_property
    def _environment(self) -> dict[str, list[tuple[str, str]]]:
        """Return version and place of each distribution in the environment of the project, by name."""
        found: dict[str, list[tuple[str, str]]] = {}
        named = self._named_environment
        for folder in [named] if named else [self._folder / name for name in ENVIRONMENT_FOLDERS]:
            # One that lies elsewhere may be anybody's: it has to be named.
            inside = [place for place in site_folders(folder) if named or lies_in(place, self._root)]
            for library, version, place in distributions_in(inside):
                found.setdefault(normalized_name(library), []).append((version, str(place)))
        return found

    def _in_node_modules(self, package: LockedPackage) -> tuple[str, str]:
        folder = _folder_in(self._folder, _npm_place(package))
        if not folder:
            return "", ""
        name, version = _npm_facts(folder)
        fits = name == package.name and (version == package.version or not package.version)
        return (str(folder), version) if fits else ("", "")


def _npm_place(package: LockedPackage) -> str:
    return package.place or f"node_modules/{package.alias or package.name}"


def _folder_in(project: Path, place: str) -> Path | None:
    """Return the folder at `place` in the project; None if there is none, or if it is outside."""
    parts = PurePosixPath(place)
    if parts.is_absolute() or ".." in parts.parts or "\0" in place or "\\" in place:
        return None
    folder = project / parts
    try:
        return folder if folder.is_dir() and lies_in(folder, project) else None
    except (OSError, RuntimeError, ValueError):  # a name that is too long, links in a circle
        return None


def _npm_facts(folder: Path) -> tuple[str, str]:
    try:
        facts = as_table(parsed_json(read_outside(folder / "package.json", max_bytes=_MAX_MANIFEST_BYTES)))
    except (OSError, ValueError):
        return "", ""
    return str(facts.get("name", "")), str(facts.get("version", ""))


def _npm_folder(package: LockedPackage, folder: Path) -> Placed | str:
    if not (folder / "package.json").is_file():
        return f"{folder.name[:_SHOWN_CHARS]} is a folder without package.json"
    name, version = _npm_facts(folder)
    alias = str(package.name) if name and name != package.name else package.alias
    known = replace(package, name=name or package.name, version=version or package.version, alias=alias)
    return Placed(known, str(folder), _READ_IN_PLACE)


def _python_folder(package: LockedPackage, folder: Path) -> Placed | str:
    name, version = _project_facts(folder)
    name = str(package.name) if is_distribution_name(package.name) else name or folder.name
    if not is_distribution_name(name):
        return "its folder has no name that a package may have"
    package = replace(package, name=name, version=package.version or version)
    found = imported_folder(folder, normalized_name(name).replace("-", "_"))
    if found is None:
        return f"no Python package was found in {folder.name[:_SHOWN_CHARS]}"
    return Placed(package, str(found), _READ_IN_PLACE)


def imported_folder(project: Path, module: str) -> Path | None:
    """Return the folder of the package, or the module, that a project is imported as; None if unclear."""
    sources = [project / name for name in _SOURCE_FOLDERS]
    named = [place for base in sources for place in _modules(base) if place.stem.lower() == module.lower()]
    if named:
        return named[0]
    for base in sources:
        packages = [place for place in _modules(base) if place.is_dir() and place.name not in _NOT_IMPORTED]
        if len(packages) == 1:
            return packages[0]
        if packages and base != project / ".":
            return base
    return None


def _modules(base: Path) -> Iterable[Path]:
    """Yield the packages in a folder, then its modules; links that lead out of it are left out."""
    try:
        entries = sorted(islice(base.iterdir(), _MAX_ENTRIES))
    except OSError:
        return
    entries = [entry for entry in entries if lies_in(entry, base)]
    yield from (entry for entry in entries if any((entry / f"__init__.{s}").is_file() for s in ("py", "pyi")))
    yield from (entry for entry in entries if entry.suffix == ".py" and entry.is_file())


def _project_facts(folder: Path) -> tuple[str, str]:
    """Return name and version in a folder's `pyproject.toml`; empty where it says nothing."""
    try:
        data = read_outside(folder / "pyproject.toml", max_bytes=_MAX_MANIFEST_BYTES)
        content = tomllib.loads(data.decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return "", ""
    project, poetry = as_table(content.get("project")), as_table(as_table(content.get("tool")).get("poetry"))
    found = (project.get(key) or poetry.get(key) or "" for key in ("name", "version"))
    name, version = (value if isinstance(value, str) else "" for value in found)
    return name, version


def _named_by_archive(package: LockedPackage, archive: Path) -> LockedPackage:
    """Return the package with the name and version that the name of its wheel or archive has."""
    stem = next(archive.name.removesuffix(end) for end in _ENDINGS if archive.name.endswith(end))
    if archive.suffix == ".whl":
        name, version, *_ = [*stem.split("-"), "", ""]
    else:
        name, _, version = stem.rpartition("-")
    return replace(package, name=package.name or name or stem, version=package.version or version)
