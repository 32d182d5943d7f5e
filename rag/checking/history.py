"""What other versions of a library say of a name that this one does not have."""

from rag.checking.libraries import Libraries


def name_history(libraries: Libraries, holder: str, part: str) -> str:
    """Return since when a module or class lacks a name, or from when on it has it; empty if unknown.

    The versions that are compared are those of `Libraries.before`: what is installed or locked, where another
    version was named to check against.

    Args:
        libraries: those that are checked against.
        holder: path of the module or class.
        part: the name that it lacks.
    """
    library = libraries.owner(holder.partition(".")[0])
    other = libraries.before.get(library.name) if library is not None else None
    if library is None or other is None:
        return ""
    place = Libraries([other]).member(holder, part)
    if place.absent or place.object is None:
        return ""
    return _between(other.version, library.version)


def _between(had: str, lacks: str) -> str:
    """Return what two versions say of a name that one has and the other lacks."""
    from packaging.version import InvalidVersion, Version

    try:
        is_newer = Version(had) > Version(lacks)
    except InvalidVersion:
        return f"version {had} has it"
    return f"added after {lacks}, by {had}" if is_newer else f"removed after {had}, by {lacks}"
