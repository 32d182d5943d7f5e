"""What changed in the API of a library from one version to another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from corpora.api.changes import ApiChange, ApiDiff, ChangeKind, sorted_changes
from corpora.api.counterparts import Unmatched, match_objects
from corpora.api.gone import Gone, MemberNames, compare_members, gone_names
from corpora.api.model import ApiModel, ApiObject
from corpora.api.objects.object_changes import object_changes
from corpora.api.replacements import refusal_of, replacement_for, version_said, what_is_said
from corpora.api.surface import Surface, surface_of

_MAX_NAMES: Final = 200  # of one object that a change lists


@dataclass(slots=True)
class _Comparison:
    """Two surfaces, and what is known of them so far.

    Attributes:
        old, new: the two versions.
        gone, added: names of objects that only one version has.
        members: the same for the members of classes.
        matched: for the path of what was moved or renamed where it is now, and why that is known.
        pairs: of objects that have a name in common, or are matched, by their paths; with their name.
    """

    old: Surface
    new: Surface
    gone: dict[str, Gone]
    added: dict[str, Gone]
    members: MemberNames = field(default_factory=MemberNames)
    matched: dict[str, tuple[str, str]] = field(default_factory=dict)
    pairs: dict[tuple[str, str], str] = field(default_factory=dict)


def diff(old: ApiModel, new: ApiModel) -> ApiDiff:
    """Return what changed in the public API from `old` to `new`, one change for each object and way.

    A name that still leads to its object is no change, wherever the object is defined now.
    """
    work = _compare(old, new)
    now_at = {path: found for path, found in work.pairs}
    now_at.update((path, found) for path, (found, _) in work.matched.items())
    changes = [*_gone_changes(work), *_added_changes(work)]
    for (path, found), name in {**work.members.pairs, **work.pairs}.items():
        before, after = old.objects.get(path), new.objects.get(found)
        changes += object_changes(name, before, after, old, new, now_at)
    changes += _deprecated_names(work)
    changes = [_with_accessors(change, work.old) for change in changes]
    return ApiDiff(new.library or old.library, old.version, new.version, sorted_changes(changes))


def _with_accessors(change: ApiChange, surface: Surface) -> ApiChange:
    """Add the names by which a member of a class is called through accessors: `pandas.Series.str.replace`."""
    holder, _, member = change.path.rpartition(".")
    more = [f"{name}.{member}" for name in surface.accessors.get(holder, ())]
    known = {*change.all_names}
    names = (*change.names, *(name for name in more if name not in known))
    return replace(change, names=names) if more else change


def _compare(old: ApiModel, new: ApiModel) -> _Comparison:
    """Find what is in both versions and what is in one, then what was moved or renamed."""
    surface, other = surface_of(old), surface_of(new)
    work = _Comparison(surface, other, gone_names(surface, other), gone_names(other, surface))
    for path, gone in work.gone.items():
        if gone.left:
            name, found = next(iter(gone.left.items()))
            work.pairs[path, found] = name
    work.matched = match_objects(_unplaced(work.gone), _unplaced(work.added), old, new)
    for path, (found, _) in work.matched.items():
        work.pairs[path, found] = work.gone[path].names[0]
    work.members = compare_members(_classes(work), surface, other)
    work.matched |= match_objects(_unplaced(work.members.gone), _unplaced(work.members.added), old, new)
    for path, (found, _) in work.matched.items():
        if path in work.members.gone:
            work.members.pairs[path, found] = work.members.gone[path].names[0]
    return work


def _unplaced(found: Mapping[str, Gone]) -> list[Unmatched]:
    """Return the objects of which no name is left."""
    return [Unmatched(one.path, one.names[0], one.place) for one in found.values() if not one.left]


def _classes(work: _Comparison) -> Iterator[tuple[str, str, str, str]]:
    """Yield the classes that both versions have: paths and names in both."""
    for (path, found), name in work.pairs.items():
        if work.old.kind(path) == work.new.kind(found) == "class":
            shown = work.old.classes.get(path, name)
            yield path, found, shown, work.new.classes.get(found, name)
            continue
        # The members of a value whose class has no public name are known by the name of the value.
        before, after = work.old.model.objects.get(path), work.new.model.objects.get(found)
        if before and after and before.kind == after.kind == "attribute" and before.bases and after.bases:
            kinds = before.bases[0], after.bases[0]
            if (
                kinds[0] not in work.old.classes
                and work.old.kind(kinds[0]) == work.new.kind(kinds[1]) == "class"
            ):
                yield *kinds, name, name


def _gone_changes(work: _Comparison) -> Iterator[ApiChange]:
    """Yield what was removed, moved or renamed."""
    for gone in (*work.gone.values(), *work.members.gone.values()):
        if not gone.names:
            continue
        found, why = work.matched.get(gone.path, ("", ""))
        new_name = _new_name(work, gone, found)
        yield from (_gone_change(work, gone, found, new_name, why),)


def _new_name(work: _Comparison, gone: Gone, found: str) -> str:
    """Return the public name that an object has now; empty if it has none."""
    if found:
        if gone.path in work.members.gone:
            return work.members.added[found].names[0]
        return work.added[found].names[0]
    if gone.left:
        name, path = next(iter(gone.left.items()))
        return work.new.model.best.get(path, name)
    return ""


def _gone_change(work: _Comparison, gone: Gone, found: str, new_name: str, why: str) -> ApiChange:
    name, new = gone.names[0], work.new.model
    before = work.old.model.objects.get(gone.path)
    refusal = refusal_of(gone.names, new)
    said = refusal or what_is_said(before)
    kind: ChangeKind = "removed"
    if gone.left and gone.path in work.members.gone:
        new_name = ""  # another class still has it
    if new_name:
        is_same_name = new_name.rpartition(".")[2] == name.rpartition(".")[2]
        kind = "moved" if is_same_name else "renamed" if found else "removed"
    detail = ""
    if not new_name and not gone.left and before is not None and gone.path in new.objects:
        detail = "its definition is still there, under no public name"
    if gone.left and new_name and kind == "removed":
        detail = f"another name of {new_name}"
    return ApiChange(
        kind,
        old=_written(before),
        new=new_name,
        detail=detail,
        is_breaking=True,
        is_certain=gone.is_certain,
        replacement=new_name or replacement_for(name, said, new) or _elsewhere(gone.path, work.old),
        evidence=said or (f"same {why}" if why else ""),
        version=version_said(refusal),
        **_common(gone, before, work.old),
    )


def _deprecated_names(work: _Comparison) -> Iterator[ApiChange]:
    """Yield the names that still lead somewhere, but no longer to the object itself, and with a warning.

    `pydantic.error_wrappers.ValidationError` is one; `pydantic.ValidationError` is there as before.
    """
    for gone in work.gone.values():
        before, (first, *others) = work.old.model.objects.get(gone.path), gone.left.items() or [("", "")]
        if before is None or before.deprecated:
            continue
        warned: dict[str, list[str]] = {}
        for name, path in others:
            after = work.new.model.objects.get(path)
            if path != first[1] and after is not None and after.deprecated:
                warned.setdefault(path, []).append(name)
        for path, names in warned.items():
            said = work.new.model.objects[path].deprecated
            yield ApiChange(
                "deprecated",
                evidence=said,
                replacement=replacement_for(names[0], said, work.new.model),
                **_common(Gone(gone.path, names), before, work.old),
            )


def _elsewhere(path: str, surface: Surface) -> str:
    """Return the path of something that a library only passed on from another one; empty for its own."""
    is_own = surface.model.top_of(path) or path in surface.model.objects
    return path if not is_own and "." in path else ""


def _added_changes(work: _Comparison) -> Iterator[ApiChange]:
    """Yield what was added, without what was moved or renamed."""
    known = {found for found, _ in work.matched.values()}
    for added in (*work.added.values(), *work.members.added.values()):
        if added.names and added.path not in known:
            after = work.new.model.objects.get(added.path)
            detail = f"another name of {next(iter(added.left))}" if added.left else ""
            yield ApiChange(
                "added",
                new=_written(after),
                detail=detail,
                is_certain=added.is_certain,
                **_common(added, after, work.new),
            )


def _common(gone: Gone, found: ApiObject | None, surface: Surface) -> dict[str, Any]:
    return {
        "name": gone.names[0],
        "names": tuple(gone.names[1:_MAX_NAMES]),
        "path": gone.path,
        "object_kind": surface.kind(gone.path),
        "within": gone.within,
        "file": found.file if found else "",
        "line": found.line if found else 0,
    }


def _written(found: ApiObject | None) -> str:
    """Return the first signature of an object; empty if it has none."""
    return str(found.signatures[0]) if found is not None and found.signatures else ""
