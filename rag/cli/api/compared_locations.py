"""The two locations that the arguments of `rag api diff` mean."""

import os
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Final

from corpora.api_changes.version_range import is_version_range, problem_with_range, version_range
from corpora.dependencies.package_name import is_distribution_name
from corpora.errors import RagError
from corpora.outside.child_process import ChildError
from corpora.python.dist_info import installed_distribution
from corpora.source_tree.git_objects import commit_named
from rag.prompting.fence import safe_line

_USAGE: Final = "give two versions: NAME OLD NEW, as in pandas 1.5.3 2.2.3, or two locations"
_NOTES: Final = frozenset({".rst", ".md", ".txt", ".gz", ".zip", ".html"})


def names_library(given: str) -> bool:
    """Return whether an argument names a library, and no file or folder of release notes."""
    path = Path(given)
    return is_distribution_name(given) and path.suffix not in _NOTES and not path.exists()


def compared_locations(given: list[str]) -> tuple[str, str]:
    """Return the two locations that the arguments mean.

    Raises:
        RagError: there are too few or too many of them.
    """
    if len(given) == 1 and is_version_range(given[0]) and not problem_with_range(given[0]):
        both = version_range(given[0])  # pandas==1.5.3..2.2.3
        return both.location(both.old), both.location(both.new)
    if len(given) == 1 and ".." in given[0]:  # v1.0..HEAD, or the newer version first
        name, mark, versions = given[0].rpartition("==")
        old, _, new = versions.partition("..")
        given = [*([name] if mark else []), old, new] if old and new else given
    if len(given) == 3:
        name, old, new = given
        mark = "@" if Path(name).is_dir() else "=="
        return f"{name}{mark}{old}", f"{name}{mark}{new}"
    if len(given) == 2:
        if all(map(_may_be_revision, given)) and any(map(_is_commit, given)):
            return f".@{given[0]}", f".@{given[1]}"
        return _place(given[0]), _place(given[1])
    raise RagError(
        f"cannot compare {' '.join(map(safe_line, given))}",
        why=f"there {'is one argument' if len(given) == 1 else f'are {len(given)} arguments'} to compare",
        fix=_USAGE,
    )


def _place(given: str) -> str:
    """Return a location; a bare name is a folder or file if there is one, else a package (pkg:NAME)."""
    return f".{os.sep}{given}" if os.sep not in given and Path(given).exists() else given


def _may_be_revision(given: str) -> bool:
    """Return whether a location can only be a revision: there is no file and no package of its name."""
    if "@" in given or ":" in given or "==" in given or Path(given).exists():
        return False
    try:
        installed_distribution(given)
    except (metadata.PackageNotFoundError, ValueError):
        return True
    return False


def _is_commit(given: str) -> bool:
    """Return whether the git repository of the working folder has a revision."""
    with suppress(ChildError):
        return bool(commit_named(Path(), given))
    return False
