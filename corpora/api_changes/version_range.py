"""Two versions of a library, as a user names them: `pandas==1.5.3..2.2.3`."""

from typing import Final, NamedTuple

from corpora.dependencies.package_name import is_distribution_name, is_python_version, normalized_name
from corpora.errors import CorpusError

PIN: Final = "=="
DOTS: Final = ".."
_PREFIXES: Final = ("changes:", "pkg:")
_NPM: Final = "npm:"
_EXAMPLE: Final = "pandas==1.5.3..2.2.3"
_MAX_SHOWN: Final = 120


class VersionRange(NamedTuple):
    """A library, and two of its versions of which the second is newer.

    It is written `pandas==1.5.3..2.2.3`.
    """

    library: str
    old: str
    new: str

    def __str__(self) -> str:
        """Return it as it is written, which is also the location of its corpus."""
        return f"{self.library}{PIN}{self.old}{DOTS}{self.new}"


def is_version_range(source: str) -> bool:
    """Return whether a source is meant as two versions of a library, however well it is written.

    >>> [is_version_range(one) for one in ("pandas==1.5.3..2.2.3", "npm:zod@3.0.0..4.0.0", "..", "a==b/../c")]
    [True, True, False, False]
    """
    if source.startswith(_NPM):
        # The name of a package may begin with the @ of a scope.
        name, _, versions = source.removeprefix(_NPM)[1:].partition("@")
        return DOTS in versions and "/" not in versions
    name, _, versions = _without_prefix(source).partition(PIN)
    return DOTS in versions and "/" not in f"{name}{versions}" and ":" not in name


def version_range(source: str) -> VersionRange:
    """Return the library and the versions that a source names.

    Args:
        source: `pandas==1.5.3..2.2.3`, with `changes:` or `pkg:` in front or without.

    Raises:
        CorpusError: it names no two versions, or not the older one first.
    """
    if source.startswith(_NPM):
        raise _error(
            source,
            "changes are read of Python packages only; those of npm packages are not compared yet",
            "add both versions by themselves: npm:zod@3.0.0 npm:zod@4.0.0",
        )
    library, _, versions = _without_prefix(source).partition(PIN)
    old, dots, new = versions.partition(DOTS)
    if not is_distribution_name(library):
        raise _error(source, f"{_shown(library)} is not the name of a package")
    if not dots:
        raise _error(source, "there is one version, and two are compared")
    for version, which in ((old, "older"), (new, "newer")):
        if not is_python_version(version):
            why = (
                f"{_shown(version)} is not an exact version" if version else f"the {which} version is missing"
            )
            raise _error(source, why)
    return _in_order(source, VersionRange(normalized_name(library), old, new))


def _without_prefix(source: str) -> str:
    prefix = next((prefix for prefix in _PREFIXES if source.startswith(prefix)), "")
    return source.removeprefix(prefix)


def _in_order(source: str, found: VersionRange) -> VersionRange:
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
    return CorpusError(
        f"cannot read what changed by {_shown(source)}",
        why=why,
        fix=fix or f'name two exact versions, the older one first, as in "{_EXAMPLE}"',
    )


def _shown(text: str) -> str:
    return ascii(text[:_MAX_SHOWN])
