"""What other versions of a library say of a name that this one does not have."""

from collections.abc import Sequence

from rag.checking.libraries import Libraries
from rag.checking.library import CheckedLibrary


def name_history(libraries: Libraries, holder: str, part: str) -> str:
    """Return since when a module or class lacks a name, or from when on it has it; empty if unknown.

    The versions that are compared are those of `Libraries.other_versions`.

    Args:
        libraries: those that are checked against.
        holder: path of the module or class.
        part: the name that it lacks.
    """
    library = libraries.owner(holder.partition(".")[0])
    if library is None:
        return ""
    having = [one.version for one in libraries.other_versions(library) if _has(one, holder, part)]
    return _between(having, library.version)


def _has(library: CheckedLibrary, holder: str, part: str) -> bool:
    place = Libraries([library]).member(holder, part)
    return not place.absent and place.object is not None


def _between(having: Sequence[str], lacks: str) -> str:
    """Return what is known of a name that some versions have and one lacks: by the nearest of them."""
    from packaging.version import InvalidVersion, Version

    if not having:
        return ""
    try:
        mine = Version(lacks)
        older = [one for one in having if Version(one) < mine]
        newer = [one for one in having if Version(one) > mine]
    except InvalidVersion:
        return f"version {having[0]} has it"
    if older:
        return f"removed after {max(older, key=Version)}, by {lacks}"
    return f"added after {lacks}, by {min(newer, key=Version)}" if newer else ""
