"""Two versions of a library, as a user names them: `pandas==1.5.3..2.2.3`, `npm:zod@3.23.8..4.1.0`."""

from typing import Any, Final, NamedTuple

from corpora.dependencies.package_name import (
    is_distribution_name,
    is_npm_name,
    is_npm_version,
    is_python_version,
    normalized_name,
    npm_version_order,
)
from corpora.errors import CorpusError

PIN: Final = "=="
DOTS: Final = ".."
_CHANGES: Final = "changes:"
_PREFIXES: Final = (_CHANGES, "pkg:")
_NPM: Final = "npm:"
_EXAMPLE: Final = "pandas==1.5.3..2.2.3"
_NPM_EXAMPLE: Final = "npm:zod@3.23.8..4.1.0"
_MAX_SHOWN: Final = 120


class VersionRange(NamedTuple):
    """A library, and two of its versions of which the second is newer.

    It is written `pandas==1.5.3..2.2.3`, or for a package of npm `npm:zod@3.23.8..4.1.0`.
    """

    library: str
    old: str
    new: str
    is_npm: bool = False

    def __str__(self) -> str:
        """Return it as it is written, which is also the location of its corpus."""
        return f"{self._start}{self.old}{DOTS}{self.new}"

    @property
    def _start(self) -> str:
        return f"{_NPM}{self.library}@" if self.is_npm else f"{self.library}{PIN}"

    def location(self, version: str) -> str:
        """Return where the API of one of the versions is read, for `read_api`."""
        return f"{self._start}{version}"


def is_version_range(source: str) -> bool:
    """Return whether a source is meant as two versions of a library, however well it is written.

    >>> [is_version_range(one) for one in ("pandas==1.5.3..2.2.3", "npm:zod@3.0.0..4.0.0", "..", "a==b/../c")]
    [True, True, False, False]
    """
    if _is_of_npm(source):
        return DOTS in _npm_parts(source)[1] and "/" not in _npm_parts(source)[1]
    name, _, versions = _without_prefix(source).partition(PIN)
    return DOTS in versions and "/" not in f"{name}{versions}" and ":" not in name


def version_range(source: str) -> VersionRange:
    """Return the library and the versions that a source names.

    Args:
        source: `pandas==1.5.3..2.2.3`, with `changes:` or `pkg:` in front or without; of npm
            `npm:zod@3.23.8..4.1.0` or `npm:zod==3.23.8..4.1.0`.

    Raises:
        CorpusError: it names no two versions, or not the older one first.
    """
    is_npm = _is_of_npm(source)
    library, versions = _npm_parts(source) if is_npm else _python_parts(source)
    old, dots, new = versions.partition(DOTS)
    if not (is_npm_name(library) if is_npm else is_distribution_name(library)):
        raise _error(source, f"{_shown(library)} is not the name of a package")
    if not dots:
        raise _error(source, "there is one version, and two are compared")
    for version, which in ((old, "older"), (new, "newer")):
        if not (is_npm_version(version) if is_npm else is_python_version(version)):
            why = (
                f"{_shown(version)} is not an exact version" if version else f"the {which} version is missing"
            )
            raise _error(source, why)
    name = library if is_npm else normalized_name(library)
    return _in_order(source, VersionRange(name, old, new, is_npm))


def _is_of_npm(source: str) -> bool:
    return source.removeprefix(_CHANGES).startswith(_NPM)


def _npm_parts(source: str) -> tuple[str, str]:
    """Return the name and the versions of a source of npm, which may be written with `@` or with `==`."""
    name = source.removeprefix(_CHANGES).removeprefix(_NPM).replace(PIN, "@", 1)
    first, (rest, _, versions) = name[:1], name[1:].partition("@")  # the first may be the @ of a scope
    return first + rest, versions


def _python_parts(source: str) -> tuple[str, str]:
    library, _, versions = _without_prefix(source).partition(PIN)
    return library, versions


def _without_prefix(source: str) -> str:
    prefix = next((prefix for prefix in _PREFIXES if source.startswith(prefix)), "")
    return source.removeprefix(prefix)


def _in_order(source: str, found: VersionRange) -> VersionRange:
    old: Any
    new: Any
    if found.is_npm:
        old, new = npm_version_order(found.old), npm_version_order(found.new)
    else:
        from packaging.version import Version  # (its import is felt, and few corpora are of changes)

        old, new = Version(found.old), Version(found.new)
    if old == new:
        raise _error(source, f"both versions are {found.old}, and nothing changed from it to itself")
    if old > new:
        swapped = found._replace(old=found.new, new=found.old)
        raise _error(
            source, f"{found.old} is newer than {found.new}", f'the older one comes first: "{swapped}"'
        )
    return found


def problem_with_range(name: str) -> str:
    """Return why `name` cannot be that of two versions of a library; empty if it can."""
    try:
        version_range(name)
    except CorpusError as error:
        return f"{error.why} ({error.fix})"
    return ""


def _error(source: str, why: str, fix: str = "") -> CorpusError:
    example = _NPM_EXAMPLE if _is_of_npm(source) else _EXAMPLE
    return CorpusError(
        f"cannot read what changed by {_shown(source)}",
        why=why,
        fix=fix or f'name two exact versions, the older one first, as in "{example}"',
    )


def _shown(text: str) -> str:
    return ascii(text[:_MAX_SHOWN])
