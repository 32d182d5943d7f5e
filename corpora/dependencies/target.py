"""The Python and the platform that a project's packages are for: what markers are evaluated against."""

import os
import platform
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.dependencies.environment_folder import site_folders
from corpora.outside.files import read_outside

ENVIRONMENT_FOLDERS: Final = (".venv", "venv")
"""Names of the folder beside a lock file in which a project keeps its environment."""

_MAX_CONFIG_BYTES: Final = 100_000
_MAX_MARKER_CHARS: Final = 20_000
_MAX_EXTRAS: Final = 50
_NEWEST_MINOR: Final = 30
_VERSION: Final = re.compile(r"\d{1,2}\.\d{1,3}(?:\.\d{1,3})?")
_QUOTED: Final = re.compile(r"'([^'\"]{1,100})'|\"([^'\"]{1,100})\"")
_CPUS: Final = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "i386": "ia32", "i686": "ia32"}


@dataclass(frozen=True, slots=True)
class Target:
    """The Python that packages are for, on this machine.

    Attributes:
        python: its version, as in `3.12.1`.
    """

    python: str

    def applies(self, marker: str) -> bool:
        """Return whether a marker holds for this Python and platform, with any of the extras that it names.

        Args:
            marker: as in `python_version < "3.12"`; an empty one holds.

        Raises:
            ValueError: it is no marker, or too long.
        """
        from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

        if not marker.strip():
            return True
        if len(marker) > _MAX_MARKER_CHARS:
            raise ValueError("its marker is too long")
        named = [one or other for one, other in _QUOTED.findall(marker)][:_MAX_EXTRAS]
        names_extra = "extra" in marker or "dependency_groups" in marker
        try:
            parsed = Marker(marker)
            return any(
                parsed.evaluate(self._environment(extra, named), context="lock_file")
                for extra in ["", *(named if names_extra else [])]
            )
        except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, ValueError) as error:
            raise ValueError("its marker is not valid") from error
        except RecursionError as error:
            raise ValueError("its marker is nested too deeply") from error

    def _environment(self, extra: str, named: Iterable[str]) -> dict[str, str | frozenset[str]]:
        minor = ".".join(self.python.split(".")[:2])
        groups = frozenset(named)
        return {
            "python_version": minor,
            "python_full_version": self.python,
            "extra": extra,
            "extras": groups,
            "dependency_groups": groups,
        }


def target_of(project: Path, requires_python: str = "", environment: Path | None = None) -> Target:
    """Return the target of the project in a folder.

    It is the Python of the environment that is named, else of the one in that folder; else that of the active
    one, or this one, if the project supports it; else the oldest that it supports.
    """
    for folder in [environment] if environment else [project / name for name in ENVIRONMENT_FOLDERS]:
        if version := environment_python(folder):
            return Target(version)
    active = Path(os.environ.get("VIRTUAL_ENV", ""))
    own = platform.python_version().partition("+")[0]
    for version in (environment_python(active) if active.is_absolute() else "", own):
        if version and _fits(version, requires_python):
            return Target(version)
    minors = (f"3.{minor}" for minor in range(_NEWEST_MINOR))
    # Of `>=3.12.4,<3.13` no `3.12.0` is one.
    oldest = (f"{minor}.{patch}" for minor in minors for patch in ("0", "99"))
    return Target(next((version for version in oldest if _fits(version, requires_python)), own))


def environment_python(folder: Path) -> str:
    """Return the version of Python of an environment; empty if neither a file nor a folder of it says so."""
    try:
        text = read_outside(folder / "pyvenv.cfg", max_bytes=_MAX_CONFIG_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        text = ""
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key.strip() in {"version", "version_info"} and (found := _VERSION.match(value.strip())):
            return found[0]
    minors = (site.parent.name.removeprefix("python") for site in site_folders(folder))
    return next((f"{minor}.0" for minor in minors if _VERSION.fullmatch(minor)), "")


def is_for_this_machine(systems: Iterable[str], cpus: Iterable[str], libcs: Iterable[str] = ()) -> bool:
    """Return whether npm installs a package with these `os`, `cpu` and `libc` on this machine."""
    machine = platform.machine().lower()
    libc = "glibc" if platform.libc_ver()[0] == "glibc" else "musl"
    return (
        _is_listed(sys.platform, systems)
        and _is_listed(_CPUS.get(machine, machine), cpus)
        and (os.name != "posix" or sys.platform == "darwin" or _is_listed(libc, libcs))
    )


def _is_listed(value: str, names: Iterable[str]) -> bool:
    """Return whether a value is allowed by `["linux", "darwin"]` or by `["!win32"]`; all are by `[]`."""
    names = list(names)
    allowed = [name for name in names if not name.startswith("!")]
    return f"!{value}" not in names and (not allowed or value in allowed or "any" in allowed)


def _fits(python: str, requires_python: str) -> bool:
    """Return whether a Python is one of `>=3.10,<4`; True for what is no such specifier."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(requires_python[:_MAX_MARKER_CHARS]).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True
