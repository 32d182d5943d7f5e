"""The units of a comparison of two versions: one for each object of which a user has to know what changed."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from corpora.api.changes import ApiChange, ApiDiff, ChangeKind
from corpora.api.model import ApiModel, ApiObject
from corpora.api_changes.version_range import VersionRange
from corpora.api_changes.words import GONE, shortened, what_became, what_changed
from corpora.document import Section

_MAX_SIGNATURE: Final = 300  # characters
_MAX_SUMMARY: Final = 250
_MAX_SAID: Final = 300
_MAX_NAMES: Final = 64  # of one unit: those that are searched for
_MAX_PARTS: Final = 20  # parameters among these
_PARAMETERS_GONE: Final[frozenset[ChangeKind]] = frozenset({"parameter removed", "parameter renamed"})
_MAX_LINES: Final = 40  # of changes of one object


def change_units(
    found: ApiDiff, old: ApiModel, new: ApiModel, versions: VersionRange
) -> Mapping[str, tuple[Section, ...]]:
    """Return the units of a comparison by the modules that define their objects.

    What was added has no unit: the pages of the newer version have it, and nobody knows its name before. Nor
    has what is only likely to be gone.

    Args:
        found: what changed.
        old: the older version.
        new: the newer version.
        versions: their names.
    """
    writer = _Writer(old, new, versions)
    by_module: dict[str, list[Section]] = {}
    for changes in _by_object(found.changes):
        by_module.setdefault(changes[0].file, []).append(writer.unit(changes))
    return {module: tuple(sections) for module, sections in by_module.items()}


def _by_object(changes: Sequence[ApiChange]) -> Iterator[list[ApiChange]]:
    """Yield the changes that a user has to know, those of one object together."""
    whole = {
        name for one in changes if one.kind in GONE and one.object_kind == "module" for name in one.all_names
    }
    objects: dict[tuple[str, str], list[ApiChange]] = {}
    for one in changes:
        if _is_to_know(one, whole):
            objects.setdefault((one.name, one.path), []).append(one)
    for found in objects.values():
        # A new parameter that nobody has to give is worth a line, not a unit.
        if any(one.kind != "parameter added" or one.is_breaking for one in found):
            yield found


def _is_to_know(change: ApiChange, whole: set[str]) -> bool:
    if change.kind == "added" or (change.kind in GONE and not change.is_certain):
        return False
    # What went with its module is told with it.
    return not (change.within in whole and change.name not in whole) or bool(change.replacement)


class _Writer:
    """Writes the units of one comparison."""

    def __init__(self, old: ApiModel, new: ApiModel, versions: VersionRange) -> None:
        self._old = old
        self._new = new
        self._versions = versions
        self._names = sorted(old.names)

    def unit(self, changes: Sequence[ApiChange]) -> Section:
        """Return the unit of an object; `changes` are all that happened to it."""
        first = changes[0]
        before = self._old.objects.get(first.path)
        gone = next((one for one in changes if one.kind in GONE), None)
        names = [*dict.fromkeys(name for one in changes for name in one.names if name != first.name)]
        held = self._held(gone) if gone else []
        lines = [*self._gone(gone, before, held)] if gone else []
        lines += self._changed(first, [one for one in changes if one is not gone], is_gone=gone is not None)
        if names:
            also = ", ".join(f"`{name}`" for name in names[:_MAX_NAMES])
            lines.append(f"The same holds for {also}.")
        lines += self._signatures(first, before, gone)
        text = "\n".join(lines).encode("utf-8", "replace").decode()
        # Who asks for a parameter that is gone asks for what became of it.
        parts = [f"{first.name}.{one.parameter}" for one in changes if one.kind in _PARAMETERS_GONE]
        known = [*names[: _MAX_NAMES - len(parts[:_MAX_PARTS])], *parts[:_MAX_PARTS], *held]
        return Section(first.name, text, anchor=first.name, aliases=tuple(known[:_MAX_NAMES]))

    def _gone(self, change: ApiChange, before: ApiObject | None, held: Sequence[str]) -> Iterator[str]:
        notes = before.notes if before else ()
        since = next((note.version for note in notes if note.kind == "deprecated" and note.version), "")
        yield what_became(change, self._versions, shortened(since, _MAX_SAID))
        if held:
            yield f"With it went {', '.join(f'`{name}`' for name in held)}."
        if change.detail:
            detail = shortened(change.detail, _MAX_SAID)
            yield f"{detail[:1].upper()}{detail[1:]}."
        if change.evidence and not change.evidence.startswith("same "):
            yield f"{self._versions.library} says: {shortened(change.evidence, _MAX_SAID)}"

    def _held(self, change: ApiChange) -> list[str]:
        """Return the public names in a module that is gone; none for anything else."""
        if change.object_kind != "module":
            return []
        inside = f"{change.name}."
        start = bisect_left(self._names, inside)
        return [name for name in self._names[start : start + _MAX_NAMES] if name.startswith(inside)]

    def _changed(self, first: ApiChange, changes: Sequence[ApiChange], *, is_gone: bool) -> Iterator[str]:
        lines = [*what_changed(changes)]
        versions = self._versions
        if not lines:
            return
        if is_gone:
            yield "Under its new name it"
        else:
            yield (
                f"`{first.name}` changed from {versions.library} {versions.old} to {versions.new}. "
                f"In {versions.new} it"
            )
        shown = lines[:_MAX_LINES]
        yield from (f"- {line}" for line in shown)
        if len(shown) < len(lines):
            yield f"- and {len(lines) - len(shown)} more changes"

    def _signatures(
        self, first: ApiChange, before: ApiObject | None, gone: ApiChange | None
    ) -> Iterator[str]:
        versions = self._versions
        yield from _told(f"In {versions.library} {versions.old}", first.name, before)
        if gone is None:
            name = first.name
        else:
            name = (gone.new if gone.kind != "removed" else "") or gone.replacement
        now = self._new.find(name) if name else None
        after = now.object if now else None
        if gone is not None or _call(name, after) != _call(first.name, before):
            yield from _told(f"In {versions.library} {versions.new}", name, after, is_new=True)


def _told(label: str, name: str, found: ApiObject | None, *, is_new: bool = False) -> Iterable[str]:
    """Yield how an object is called in a version, and what it is for."""
    call = _call(name, found)
    summary = shortened(found.summary, _MAX_SUMMARY) if found else ""
    if call and (is_new or summary or "(" in call):
        yield f"{label}: `{call}`" + (f": {summary}" if summary else "")


def _call(name: str, found: ApiObject | None) -> str:
    if found is None:
        return ""
    signature = str(found.signatures[0]) if found.signatures else ""
    return shortened(f"{name}{signature}", _MAX_SIGNATURE)
