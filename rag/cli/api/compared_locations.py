"""The two locations that the arguments of `rag api diff` mean."""

import os
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Final

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
    if len(given) == 1 and ".." in given[0]:  # pandas==1.5.3..2.2.3, or v1.0..HEAD
        name, mark, versions = given[0].rpartition("==")
        old, _, new = versions.partition("..")
        given = [*([name] if mark else []), old, new] if old and new else given
    if len(given) == 3:
        name, old, new = given
        mark = "@" if Path(name).is_dir() else "=="
        return f"{name}{mark}{old}", f"{name}{mark}{new}"
    if len(given) == 2:
        places = [_place(one) for one in given]
        are_revisions = places == given and all(map(_is_revision, given))
        return (f".@{given[0]}", f".@{given[1]}") if are_revisions else (places[0], places[1])
    raise RagError(
        f"cannot compare {' '.join(map(safe_line, given))}",
        why=f"there {'is one argument' if len(given) == 1 else f'are {len(given)} arguments'} to compare",
        fix=_USAGE,
    )


def _place(given: str) -> str:
    """Return a location; a bare name is a folder or file if there is one, else a package (pkg:NAME)."""
    return f".{os.sep}{given}" if os.sep not in given and Path(given).exists() else given


def _is_revision(given: str) -> bool:
    """Return whether a location can only be a revision of the repository here: no package has its name."""
    name = given.removeprefix("pkg:").partition("==")[0]
    if "@" in given or ":" in given or "==" in given or Path(given).exists():
        return False
    try:
        installed_distribution(name)
    except (metadata.PackageNotFoundError, ValueError):
        with suppress(ChildError):
            return bool(commit_named(Path(), given))
    return False
