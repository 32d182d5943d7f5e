"""The public names of one version of an API that lead nowhere in another version."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from corpora.api.builtin_members import builtin_members
from corpora.api.model import ApiModel, ApiObject, FoundObject, Missing
from corpora.api.surface import Surface

_OWN_CODE: Final = "its own code"
_DECORATED: Final = "it is decorated by"
_ADDED_TO: Final = "adds members to it"
_HELD_BY: Final = ("dict", "list", "tuple", "set", "str", "bytes", "int", "float", "Exception")


@dataclass(slots=True)
class Gone:
    """Public names of one object that lead nowhere in the other version.

    Attributes:
        path: of the object.
        names: that are gone, the shortest first. If none is for certain, those that may be.
        left: names of it that still lead somewhere, with the paths of what they lead to.
        is_certain: whether it is known that they are gone.
        within: the module that is gone with all it holds; empty if what holds the object is still there.
        place: of a member, what tells its class in both versions; empty for all else.
    """

    path: str
    names: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    is_certain: bool = True
    within: str = ""
    place: str = ""
    _unsure: list[str] = field(default_factory=list)

    def add(self, name: str, *, is_certain: bool) -> None:
        """Add a name that leads nowhere, or may."""
        (self.names if is_certain else self._unsure).append(name)

    def settle(self) -> None:
        """Keep the names that are gone for certain; if there are none, those that may be."""
        self.is_certain = bool(self.names) or not self._unsure
        self.names = self.names or self._unsure


def gone_names(here: Surface, there: Surface) -> dict[str, Gone]:
    """Return for each object with public names, by its path, which of them `there` does not have."""
    found: dict[str, Gone] = {}
    for path, names in here.names.items():
        gone = found[path] = Gone(path)
        for name in names:
            place = there.model.look_up(name)
            if isinstance(place, FoundObject):
                gone.left[name] = place.path
            else:
                is_sure = _is_there_for_certain(here.model, name)
                gone.add(name, is_certain=is_sure and not may_have(place, here.model, there.model))
        gone.settle()
        gone.within = _gone_module(gone.names[0], here, there) if gone.names else ""
    return found


def _is_there_for_certain(model: ApiModel, name: str) -> bool:
    """Return whether a name does not depend on a condition, as `next` does under `if py2k:`.

    A submodule does not, nor does a name on whose condition most of its module depends: all users meet that.
    """
    found = model.find(name)
    holder = model.objects.get(found.through) if found is not None else None
    if (
        holder is None
        or name.rpartition(".")[2] not in holder.maybe
        or 2 * len(holder.maybe) > len(holder.members)
    ):
        return True
    return found is not None and found.object is not None and found.object.kind == "module"


def _gone_module(name: str, here: Surface, there: Surface) -> str:
    """Return the name of the outermost module above `name` that is gone; empty if there is none."""
    parts = name.split(".")
    for end in range(1, len(parts)):
        prefix = ".".join(parts[:end])
        if there.model.find(prefix) is None:
            place = here.model.find(prefix)
            return prefix if place and place.object and place.object.kind == "module" else ""
    return ""


def may_have(missing: Missing, here: ApiModel, there: ApiModel) -> bool:
    """Return whether the other version may have a name all the same.

    An object that is open may have any name: a base in another library may have it. A class whose own code
    answered for names before, too, is taken at its word where the name was written out then: nobody removes a
    method for `__getattr__` to answer. What was deprecated is gone, and what a module refuses.
    """
    if not missing.is_open:
        return False
    asked = here.find(missing.name)
    if asked is not None and asked.object is not None and asked.object.deprecated:
        return False
    holder = there.objects.get(missing.holder)
    if holder is not None and _may_inherit(holder, missing.part):
        return True
    if holder is None or holder.kind != "class":
        return holder is None or not (missing.part in holder.refused or _makes_few(holder))
    before = here.find(missing.name.rpartition(".")[0])
    if before is None or before.object is None:
        return True
    reasons = _why_open(there, holder.path)
    return reasons != {_OWN_CODE} or _OWN_CODE not in _why_open(here, before.object.path)


def _may_inherit(holder: ApiObject, part: str) -> bool:
    """Return whether a compiled class, of which no base is known, may have a member of one of Python's."""
    if "compiled" not in holder.labels or holder.bases:
        return False
    return any(part in (builtin_members(f"builtins.{base}") or {}) for base in _HELD_BY)


def _makes_few(module: ApiObject) -> bool:
    """Return whether a module is open only since its code sets names in a loop.

    These are spellings of a kind that is still there (`float96`); what was written out before is none.
    """
    return module.why_open.startswith("its code adds to globals")


def _why_open(model: ApiModel, path: str) -> frozenset[str]:
    """Return what makes a module or class open: its code, a base that cannot be told, other libraries."""
    reasons: set[str] = set()
    for base in model.order(path):
        known = model.objects.get(base)
        if known is None:
            if builtin_members(base) is None:
                reasons.add(base)
        elif "" in known.bases:
            reasons.add("base")
        elif known.is_open:
            # A decorator or a loop that adds members may add one that was written out before.
            adds = known.why_open.startswith(_DECORATED) or known.why_open.endswith(_ADDED_TO)
            reasons.add(known.why_open if adds else _OWN_CODE)
    return frozenset(reasons)


@dataclass(slots=True)
class MemberNames:
    """What became of the members of the classes that both versions have.

    Attributes:
        gone: by the path of the most basic definition in the old version.
        added: the same for those that the old version does not have, in the new version.
        pairs: of the members that both have, paths of old and new, with the shortest name.
    """

    gone: dict[str, Gone] = field(default_factory=dict)
    added: dict[str, Gone] = field(default_factory=dict)
    pairs: dict[tuple[str, str], str] = field(default_factory=dict)


def compare_members(classes: Iterable[tuple[str, str, str, str]], old: Surface, new: Surface) -> MemberNames:
    """Compare the members of classes, inherited ones too, and of the classes in them.

    Args:
        classes: paths in the old and the new version, and names in both.
        old: the public names of the older version.
        new: those of the newer one.
    """
    found = MemberNames()
    left = [*classes]
    seen = {(path, other) for path, other, _, _ in left}
    while left:
        path, other, name, new_name = left.pop()
        before, after = old.members(path), new.members(other)
        place = "|".join(sorted((path, other)))
        _collect(found.gone, before, after, (path, name, new_name, place), (old, new))
        _collect(found.added, after, before, (other, new_name, name, place), (new, old))
        for member in before.keys() & after.keys():
            pair = before[member], after[member]
            shown = f"{name}.{member}"
            found.pairs[pair] = min(found.pairs.get(pair, shown), shown, key=lambda one: (len(one), one))
            kinds = old.kind(pair[0]), new.kind(pair[1])
            is_inner = pair[0].startswith(f"{path}.") and pair[1].startswith(f"{other}.")
            if kinds == ("class", "class") and is_inner and pair not in seen:
                seen.add(pair)
                left.append((*pair, shown, f"{new_name}.{member}"))
    for names in (*found.gone.values(), *found.added.values()):
        names.settle()
        names.names.sort(key=lambda name: (len(name), name))
    found.gone = {path: one for path, one in found.gone.items() if one.names}
    found.added = {path: one for path, one in found.added.items() if one.names}
    return found


def _collect(
    gone: dict[str, Gone],
    here: Mapping[str, str],
    there: Mapping[str, str],
    holder: tuple[str, str, str, str],
    surfaces: tuple[Surface, Surface],
) -> None:
    """Add the members that are only `here` to `gone`, by where they are first defined."""
    path, name, other_name, place = holder
    surface, other = surfaces
    for member in here:
        key = surface.own_place(path, member)
        if not key:
            continue  # (of a base that Python has: the base says it)
        if member in there:
            gone.setdefault(key, Gone(key, place=place)).left[f"{name}.{member}"] = there[member]
            continue
        missing = other.model.look_up(f"{other_name}.{member}")
        if isinstance(missing, FoundObject):
            continue
        entry = gone.setdefault(key, Gone(key, place=place))
        entry.place = min(entry.place, place)
        in_old_name = Missing(f"{name}.{member}", missing.holder, member, missing.is_open)
        is_sure = _is_there_for_certain(surface.model, in_old_name.name)
        is_certain = is_sure and not may_have(in_old_name, surface.model, other.model)
        entry.add(in_old_name.name, is_certain=is_certain)
