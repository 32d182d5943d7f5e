"""What other versions of a library, or the library itself, say of what this version does not have."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from corpora.api.model import ApiObject
from corpora.api.replacements import replacement_for, version_said, what_is_said
from rag.checking.libraries import Libraries, NamePlace
from rag.checking.library import CheckedLibrary


@dataclass(frozen=True, slots=True)
class VersionHistory:
    """What is known of something that a version lacks.

    Attributes:
        versions: since when it is gone, or from when on it is there; empty if no other version has it.
        said: what the library says of it: in a message for those who ask for it, or in the deprecation of
            the last version that has it; empty for nothing.
    """

    versions: str = ""
    said: str = ""

    def __bool__(self) -> bool:
        return bool(self.versions)


def name_history(libraries: Libraries, holder: str, part: str) -> VersionHistory:
    """Return what is known of a name that a module or class lacks.

    The versions that are compared are those of `Libraries.other_versions`.

    Args:
        libraries: those that are checked against.
        holder: path of the module or class.
        part: the name that it lacks.
    """

    def text(library: CheckedLibrary) -> str | None:
        place = _place_in(library, libraries, holder, part)
        return _as_deprecation(what_is_said(place.object)) if _is_there(place) else None

    found = _history(libraries, holder, text)
    here = libraries.object_at(holder)
    refusal = here.refused.get(part, "") if here is not None else ""
    removed = version_said(refusal)
    exact = f"removed in {removed}" if removed else _added_in(libraries, holder, part)
    return VersionHistory(exact or found.versions, refusal or found.said)


def parameter_history(libraries: Libraries, called: ApiObject, parameter: str) -> VersionHistory:
    """Return what is known of a parameter that a function or class lacks; see `name_history`."""

    def text(library: CheckedLibrary) -> str | None:
        holder, _, name = called.path.rpartition(".")
        other = _place_in(library, libraries, holder, name).object
        takes = other is not None and any(
            one.name == parameter and not one.kind.startswith("variadic")
            for signature in other.signatures
            for one in signature.parameters
        )
        if other is None or not takes:
            return None
        notes = [note for note in other.notes if note.about == parameter and note.kind == "deprecated"]
        return (
            _as_deprecation(": ".join(filter(None, [f"since {notes[-1].version}", notes[-1].text])))
            if notes
            else ""
        )

    return _history(libraries, called.path, text)


def named_instead(libraries: Libraries, name: str, said: str) -> str:
    """Return the name that a library says to use instead of one that is gone; empty if it names none.

    Args:
        libraries: those that are checked against.
        name: dotted, by which programs use it.
        said: what the library says of it, see `VersionHistory`.
    """
    library = libraries.owner(name.partition(".")[0]) if said else None
    return replacement_for(name, said, library.model) if library is not None and library.model else ""


def _as_deprecation(said: str) -> str:
    """Return what a version says with the word that its place in the documentation stood for."""
    return f"deprecated {said}" if said.startswith("since ") else said


def _added_in(libraries: Libraries, holder: str, part: str) -> str:
    """Return which later version added a name, if the docstring of a version that has it says so."""
    from packaging.version import InvalidVersion, Version

    library = libraries.owner(holder.partition(".")[0])
    for other in libraries.other_versions(library) if library is not None else ():
        place = _place_in(other, libraries, holder, part)
        notes = place.object.notes if place.object is not None and not place.absent else ()
        said = next((one.version for one in notes if one.kind == "added" and not one.about), "")
        with suppress(InvalidVersion):
            if library is not None and said and Version(library.version) < Version(said):
                return f"added in {said}"
    return ""


def _place_in(other: CheckedLibrary, libraries: Libraries, holder: str, part: str) -> NamePlace:
    """Return where another version has a member of a module or class, which may have moved within it.

    `numpy._core.multiarray.ndarray` is `numpy.ndarray` for users of each version.
    """
    there = Libraries([other])
    if there.object_at(holder) is None:
        library = libraries.owner(holder.partition(".")[0])
        public = library.model.public_name(holder) if library is not None and library.model else ""
        place = there.walk(public) if public else None
        holder = holder if place is None or place.absent else place.path
    return there.member(holder, part)


def _is_there(place: NamePlace) -> bool:
    return not place.absent and place.object is not None


def _history(libraries: Libraries, path: str, text: Callable[[CheckedLibrary], str | None]) -> VersionHistory:
    """Return what the versions tell for which there is a text: that of the nearest of them."""
    library = libraries.owner(path.partition(".")[0])
    if library is None:
        return VersionHistory()
    having = {
        one.version: said for one in libraries.other_versions(library) if (said := text(one)) is not None
    }
    return _between(having, library.version)


def _between(having: dict[str, str], lacks: str) -> VersionHistory:
    from packaging.version import InvalidVersion, Version

    if not having:
        return VersionHistory()
    try:
        mine = Version(lacks)
        older = [one for one in having if Version(one) < mine]
        newer = [one for one in having if Version(one) > mine]
    except InvalidVersion:
        return VersionHistory(f"version {next(iter(having))} has it")
    if older:
        last = max(older, key=Version)
        return VersionHistory(f"removed after {last}, by {lacks}", having[last])
    return VersionHistory(f"added after {lacks}, by {min(newer, key=Version)}") if newer else VersionHistory()
