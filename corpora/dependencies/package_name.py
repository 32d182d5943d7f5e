"""Checks of names and versions of packages, made where they are read and again where they are used.

They come from lock files, manifests, catalogs and metadata that anybody may have written, and end up in
command lines of pip and npm and in paths. Anything that is not exactly a name or a version is refused.
"""

import re
import sys
from typing import TYPE_CHECKING, Final

from corpora.errors import CorpusError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_MAX_NAME_CHARS: Final = 214  # npm's limit; no distribution comes near it
_MAX_VERSION_CHARS: Final = 128
_MAX_REQUIREMENT_CHARS: Final = 10_000

# PEP 508.
_DISTRIBUTION: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
# The rule of validate-npm-package-name for packages of any age: early ones have capital letters.
_NPM_PART: Final = r"[A-Za-z0-9~][A-Za-z0-9._~-]*"
_NPM: Final = re.compile(rf"(?:@{_NPM_PART}/)?{_NPM_PART}", re.ASCII)
_NOT_NPM: Final = frozenset({"node_modules", "favicon.ico"})
_IDENTIFIERS: Final = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_SEMANTIC: Final = re.compile(
    rf"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){{2}}(?:-{_IDENTIFIERS})?(?:\+{_IDENTIFIERS})?", re.ASCII
)


def is_distribution_name(name: object) -> bool:
    """Return whether `name` is a valid name of a Python distribution (PEP 508)."""
    return isinstance(name, str) and len(name) <= _MAX_NAME_CHARS and bool(_DISTRIBUTION.fullmatch(name))


def normalized_name(name: str) -> str:
    """Return the name of a Python distribution in its normal spelling (PEP 503): `Jinja2` -> `jinja2`."""
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


def is_python_version(version: object) -> bool:
    """Return whether `version` is an exact version (PEP 440), without white space around it."""
    from packaging.version import InvalidVersion, Version

    # `Version` strips white space, and accepts some letters that are not ASCII.
    if not isinstance(version, str) or not version.isascii() or version != version.strip():
        return False
    if len(version) > _MAX_VERSION_CHARS:
        return False
    try:
        Version(version)
    except InvalidVersion:
        return False
    return True


def required(text: str) -> "Requirement | None":
    """Parse a requirement (PEP 508) such as `numpy>=2; python_version < "3.13"`; None if it is none."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(text) if len(text) <= _MAX_REQUIREMENT_CHARS else None
    except (InvalidRequirement, RecursionError, ValueError):
        return None


def exact_version(requirement: "Requirement") -> str:
    """Return the exact version that a requirement asks for; empty if it accepts several."""
    exact = [part.version for part in requirement.specifier if part.operator in {"==", "==="}]
    return exact[0] if len(exact) == 1 and not exact[0].endswith(".*") else ""


def is_npm_name(name: object) -> bool:
    """Return whether `name` is a valid name of an npm package, with its scope if it has one."""
    return (
        isinstance(name, str)
        and len(name) <= _MAX_NAME_CHARS
        and name not in _NOT_NPM
        and bool(_NPM.fullmatch(name))
    )


def is_npm_version(version: object) -> bool:
    """Return whether `version` is an exact version for npm (semver 2.0)."""
    return (
        isinstance(version, str) and len(version) <= _MAX_VERSION_CHARS and bool(_SEMANTIC.fullmatch(version))
    )


def npm_version_order(version: str) -> tuple[tuple[int, ...], bool, tuple[tuple[int, str], ...]]:
    """Return a key that orders exact versions of npm by precedence (semver 2.0, section 11).

    >>> sorted(["1.0.0", "1.0.0-rc.10", "1.0.0-rc.9", "0.9.0+build"], key=npm_version_order)
    ['0.9.0+build', '1.0.0-rc.9', '1.0.0-rc.10', '1.0.0']
    """
    release, _, before = version.partition("+")[0].partition("-")
    # A number comes before a word, and both before nothing at all.
    parts = [(int(part), "") if part.isdecimal() else (sys.maxsize, part) for part in before.split(".")]
    return tuple(int(part) for part in release.split(".")), not before, tuple(parts)


def problem_with_pin(name: object, version: object, ecosystem: str = "python") -> str:
    """Return what is wrong with a package at an exact version; empty if both are valid."""
    is_npm = ecosystem == "npm"
    if not (is_npm_name(name) if is_npm else is_distribution_name(name)):
        return f"{_shown(name)} is not the name of a package"
    if not (is_npm_version(version) if is_npm else is_python_version(version)):
        return f"{_shown(version)} is not an exact version of {name}"
    return ""


def check_pin(name: str, version: str, ecosystem: str = "python") -> None:
    """Raise `CorpusError` unless both are valid and exact; with `1.26.*` the version would be a guess."""
    if problem := problem_with_pin(name, version, ecosystem):
        example = "npm:zod@4.1.0" if ecosystem == "npm" else "pkg:numpy==1.26.4"
        raise CorpusError(
            problem,
            why="documentation is kept for exact versions of packages, and no version is guessed",
            fix=f"write the full name and version, as in {example}",
        )


def _shown(value: object) -> str:
    """Return a value of any type in a few printable characters."""
    return ascii(value if isinstance(value, str) else type(value).__name__)[:80]
