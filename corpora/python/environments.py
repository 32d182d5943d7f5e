"""The Python environment of the user: which it is, and what is installed in it, read from its metadata.

Nothing of an environment runs: neither its interpreter, nor its `.pth` files, nor its packages. A `.venv` may
have come with a cloned repository, so its files are read within bounds, and only those that lie in it.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from importlib import metadata
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from corpora.dependencies.environment_folder import site_folders
from corpora.dependencies.package_name import normalized_name
from corpora.errors import CorpusError
from corpora.outside.files import lies_in
from corpora.outside.json_documents import parsed_json
from corpora.own_folders import MANIFEST_NAME, own_folders
from corpora.python.dist_info import UNREADABLE, OutsideDistribution
from corpora.python.module_files import without_module_suffix

_BESIDE: Final = (MANIFEST_NAME, "pyproject.toml", "setup.py", "setup.cfg", ".git")
_METADATA: Final = (".dist-info", ".egg-info")
_MAX_ENTRIES: Final = 100_000  # in a folder of packages; the largest environments have 3,000


def environment_for(name: str, start: Path, python: str = "") -> str:
    """Return the folder of the environment that holds `name`, empty for that of this program.

    It is the one in `python`, which has to hold it if no version is given; else the active one
    (`VIRTUAL_ENV`, `CONDA_PREFIX`), then a `.venv` beside the project of `start`, if it has that name, at
    that version.

    Args:
        name: `numpy`, or `numpy==1.26.4`.
        start: the working folder, or that of a `rag.toml`.
        python: the folder of an environment, or the path of its interpreter.

    Raises:
        CorpusError: there is no environment at `python`, or it holds nothing of this name.
    """
    library, _, version = name.partition("==")
    if python:
        folder = named_environment(python)
        if (found := installed_in(folder, library)) is None:
            raise CorpusError(
                f"{library} is not installed in {folder}",
                why="neither a distribution nor a package of this name is in its folders of packages",
                fix=f"name a version, which is fetched as a wheel: pkg:{library}==1.0; or leave out --python",
            )
        return str(folder) if not version or _is_at(found, version) else ""
    for folder in user_environments(start):
        found = installed_in(folder, library)
        if found is not None and (not version or _is_at(found, version)):
            return str(folder)
    return ""


def user_environments(start: Path) -> Iterator[Path]:
    """Yield the environments of the user beside that of this program: the active one, then the project's."""
    running = os.path.realpath(sys.prefix)
    named = (os.environ.get(name, "") for name in ("VIRTUAL_ENV", "CONDA_PREFIX"))
    for folder in (*(Path(place) for place in named if Path(place).is_absolute()), *_beside(start)):
        if os.path.realpath(folder) != running and site_folders(folder):
            yield folder


def _beside(start: Path) -> Iterator[Path]:
    """Yield the `.venv` of the project, unless it is a link that leads out of it."""
    for folder in own_folders(Path(os.path.realpath(start))):
        is_project = any((folder / name).exists() for name in _BESIDE)
        place = folder / ".venv"
        if (is_project or folder == start) and place.is_dir() and lies_in(place, folder):
            yield place
        if (folder / ".git").exists():
            return


def named_environment(python: str) -> Path:
    """Return the environment at a path: its folder, or that of its interpreter.

    Raises:
        CorpusError: there is none.
    """
    given = Path(os.path.abspath(Path(python).expanduser()))  # noqa: PTH100 (a link is not followed)
    # .venv/bin/python is a link to the interpreter that the environment was made with.
    folder = given if given.is_dir() else given.parent.parent
    if not given.exists() or not site_folders(folder):
        raise CorpusError(
            f"there is no Python environment at {python}",
            why="there is nothing at this path" if not given.exists() else "it has no folder of packages",
            fix="name the folder of a virtual environment, or its bin/python",
        )
    return folder


def installed_in(environment: Path, name: str) -> metadata.Distribution | None:
    """Return the distribution `name` in an environment, or the one that holds a package of this name."""
    sites = site_folders(environment)
    by_name = _distributions(environment, tuple((site, site.stat().st_mtime_ns) for site in sites))
    found = by_name.get(normalized_name(name))
    if found is None:
        found = next((one for one in by_name.values() if name in _tops(one)), None)
    return found


def owners_in(environment: Path, name: str) -> list[str]:
    """Return the distribution of this name in an environment, else those that have a package of this name."""
    sites = site_folders(environment)
    by_name = _distributions(environment, tuple((site, site.stat().st_mtime_ns) for site in sites))
    if normalized_name(name) in by_name:
        return [normalized_name(name)]
    return sorted(library for library, one in by_name.items() if name in _tops(one))


@lru_cache(maxsize=8)
def _distributions(environment: Path, sites: tuple[tuple[Path, int], ...]) -> dict[str, OutsideDistribution]:
    """Return the distributions of an environment by the names in their metadata, the first of each name.

    Args:
        environment: its folder.
        sites: its folders of packages, each with the time when something was last installed there.
    """
    found: dict[str, OutsideDistribution] = {}
    for site, _ in sites:
        with suppress(OSError):
            names = sorted(entry.name for entry in islice(os.scandir(site), _MAX_ENTRIES))
            for name in names:
                if name.endswith(_METADATA):
                    one = OutsideDistribution(site / name, root=environment)
                    if title := one.metadata["Name"]:
                        found.setdefault(normalized_name(title), one)
    return found


def _tops(distribution: metadata.Distribution) -> set[str]:
    tops = set((distribution.read_text("top_level.txt") or "").split())
    if not tops:
        with suppress(*UNREADABLE):
            files = (PurePosixPath(file.as_posix()) for file in distribution.files or ())
            tops = {without_module_suffix(file.parts[0]) for file in files if file.parts}
    return tops


def _is_at(distribution: metadata.Distribution, version: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        return Version(distribution.version or "") == Version(version)
    except InvalidVersion:
        return False


def editable_folder(distribution: metadata.Distribution, environment: Path) -> Path | None:
    """Return the folder of a project that is installed to be edited, as its `direct_url.json` says.

    It has to lie beside the environment: else a `.venv` that came with a repository could name any folder.
    """
    try:
        content = parsed_json(distribution.read_text("direct_url.json") or "{}")
        address = urlsplit(str(content["url"]))
        is_editable = content["dir_info"]["editable"] is True
    except (ValueError, KeyError, TypeError):
        return None
    folder = Path(unquote(address.path))
    is_ours = address.scheme == "file" and folder.is_dir() and lies_in(folder, environment.parent)
    return folder if is_editable and is_ours else None
