"""What release notes say of the changes of an API, and what they say beside: as notes on behaviour."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from corpora.api.changes import ApiChange, ApiDiff, sorted_changes
from corpora.api.model import ApiModel, FoundObject
from corpora.api.replacements import replacement_for
from corpora.release_notes.entries import MarkedName, NoteEntry, entries_of
from corpora.release_notes.files import NoteFile

_OBJECT_ROLES: Final = frozenset({"class", "func", "meth", "exc", "data", "attr", "mod", "obj", "ref"})
_CALLED: Final = {"np": "numpy", "pd": "pandas", "sa": "sqlalchemy"}
_TOLD: Final = frozenset({"added", "behaviour note"})  # a line of release notes is evidence for the others
_GONE: Final = frozenset({"removed", "moved", "renamed"})
_SAYS_GONE: Final = re.compile(r"\b(?:remov|renam|mov|delet|drop|expire|no longer)\w{0,5}", re.IGNORECASE)
_END: Final = re.compile(r"[.;!?] ")
_MAX_NAMES: Final = 6  # of one entry; one with more is a list
_MAX_NOTES: Final = 4  # on one object
_MAX_ALL: Final = 5_000
_MAX_TEXT: Final = 600


def with_release_notes(found: ApiDiff, old: ApiModel, new: ApiModel, files: Iterable[NoteFile]) -> ApiDiff:
    """Return a comparison with what release notes say of the versions after the old one, up to the new one.

    A line that names what changed is evidence for that change, and tells its version; any other one that
    names an object of the library is a note on its behaviour. The rest is left out.

    Args:
        found: what changed, as the code tells.
        old: the older version.
        new: the newer one.
        files: the release notes.
    """
    finder = _Names(old, new)
    by_name: dict[str, list[tuple[str, NoteEntry]]] = {}
    for entry in _between(files, found.old, found.new):
        for name, path in finder.of(entry)[:_MAX_NAMES]:
            told = by_name.setdefault(path, [])
            if len(told) < _MAX_NOTES and all(entry.text != other.text for _, other in told):
                told.append((name, entry))
    used: set[tuple[str, str]] = set()
    changes = [_with_evidence(one, by_name, new, used) for one in found.changes]
    notes = list(_notes(by_name, used, old, new))[:_MAX_ALL]
    return ApiDiff(found.library, found.old, found.new, sorted_changes([*changes, *notes]))


def _between(files: Iterable[NoteFile], old: str, new: str) -> Iterator[NoteEntry]:
    """Yield the entries about the versions after `old`, up to `new`; none if these cannot be told."""
    from packaging.version import InvalidVersion, Version

    try:
        first, last = Version(old), Version(new)
    except InvalidVersion:
        return
    for file in files:
        for entry in entries_of(file):
            if first < Version(entry.version) <= last:
                yield entry


def _with_evidence(
    change: ApiChange,
    by_name: dict[str, list[tuple[str, NoteEntry]]],
    new: ApiModel,
    used: set[tuple[str, str]],
) -> ApiChange:
    """Return a change with the line of the release notes that tells of it."""
    if change.kind in _TOLD:
        return change
    for _, entry in by_name.get(change.path, ()):
        is_of_parameter = change.parameter and re.search(rf"\b{re.escape(change.parameter)}\b", entry.text)
        is_gone = change.kind in _GONE and _says_gone(entry, change.name.rpartition(".")[2])
        if not (is_of_parameter or (is_gone and not change.parameter)):
            continue
        used.add((change.path, entry.text))
        said = change.evidence if change.evidence and not change.evidence.startswith("same ") else ""
        instead = change.replacement or replacement_for(change.name, entry.text, new)
        return replace(
            change,
            evidence=said or f"{_cut(entry.text)} ({entry.source})",
            replacement=instead,
            version=change.version or entry.version,
        )
    return change


def _says_gone(entry: NoteEntry, name: str) -> bool:
    """Return whether a sentence with a name, or the item that an entry is below, says that it is gone."""
    if _SAYS_GONE.search(entry.below):
        return True
    sentences = (one for one in _END.split(entry.text) if re.search(rf"\b{re.escape(name)}\b", one))
    return any(map(_SAYS_GONE.search, sentences))


def _notes(
    by_name: dict[str, list[tuple[str, NoteEntry]]],
    used: set[tuple[str, str]],
    old: ApiModel,
    new: ApiModel,
) -> Iterator[ApiChange]:
    for path, told in by_name.items():
        here = old.objects.get(path) or new.objects.get(path)
        for name, entry in told:
            if here is not None and (path, entry.text) not in used:
                yield ApiChange(
                    "behaviour note",
                    name,
                    path,
                    here.kind,
                    new=entry.version,
                    detail=f"release notes, {entry.source}",
                    evidence=_cut(entry.text),
                    file=here.file,
                    line=here.line,
                    version=entry.version,
                )


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1].rstrip()}…"


class _Names:
    """Finds what the names in release notes stand for, in the older version first."""

    def __init__(self, old: ApiModel, new: ApiModel) -> None:
        self._models = (old, new)
        self._ends: dict[str, list[str]] = {}
        for model in self._models:
            for name in model.best.values():
                self._ends.setdefault(name.rpartition(".")[2], []).append(name)
        self._known: dict[MarkedName, tuple[str, str] | None] = {}

    def of(self, entry: NoteEntry) -> Sequence[tuple[str, str]]:
        """Return the public names and the paths of the objects that an entry names."""
        for marked in entry.names:
            if marked not in self._known:
                self._known[marked] = self._find(marked)
        found = (self._known[marked] for marked in entry.names)
        return tuple(dict.fromkeys(one for one in found if one is not None))

    def _find(self, marked: MarkedName) -> tuple[str, str] | None:
        head, dot, rest = marked.name.partition(".")
        is_plain = not dot and not (marked.role in _OBJECT_ROLES or marked.is_called or head[:1].isupper())
        tops = self._models[0].tops
        if is_plain or (not dot and head in tops):
            return None  # ``dtype`` may be a parameter
        begin = _CALLED.get(head, head) if dot else head
        tried = [f"{begin}.{rest}"] if begin in tops else [f"{top}.{marked.name}" for top in tops]
        ends = self._ends.get(head, ())
        if begin not in tops and len({*ends}) <= len(("two versions", "may name it apart")):
            tried += [f"{end}{dot}{rest}" for end in ends]
        for model in self._models:
            for name in tried:
                place = model.look_up(name)
                if isinstance(place, FoundObject) and place.object is not None:
                    return model.best.get(place.path, name), place.path
        return None
