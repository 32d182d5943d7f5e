"""What changed in the ways to call an object."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from corpora.api.counterparts import names_alike
from corpora.api.documented_defaults import is_mark
from corpora.api.places.parameter_change import ParameterChange
from corpora.api.places.positional_changes import positional_changes
from corpora.api.signature import Parameter, Signature

_POSITIONAL: Final = frozenset({"positional only", "positional or keyword"})
_BY_NAME: Final = frozenset({"positional or keyword", "keyword only"})
_DOTTED: Final = re.compile(r"[A-Za-z_][\w.]{0,100}(?:\(\))?")
_MADE: Final = re.compile(r"[A-Za-z_][\w.]{0,100}[(\[]")
_ALIKE: Final = 0.5
"""Names of a parameter before and after: `fname` and `filename`, not `interpolation` and `weights`."""


@dataclass(frozen=True, slots=True)
class _Call:
    """All parameters of the ways to call an object.

    Attributes:
        named: by name, the first of each.
        places: of those that may be given by position.
        star, stars: the names of `*args` and `**kwargs`; empty without them.
    """

    named: dict[str, Parameter]
    places: dict[str, int]
    star: str
    stars: str

    @property
    def is_passed_on(self) -> bool:
        """Return whether anything goes: `(*args, **kwargs)` is what a decorator leaves."""
        return bool(self.star and self.stars) and not self.named


def _call(signatures: Sequence[Signature]) -> _Call:
    named: dict[str, Parameter] = {}
    places: dict[str, int] = {}
    star = stars = ""
    for signature in signatures:
        for place, parameter in enumerate(signature.parameters):
            match parameter.kind:
                case "variadic positional":
                    star = star or parameter.name
                case "variadic keyword":
                    stars = stars or parameter.name
                case kind:
                    known = named.get(parameter.name)
                    # Of overloads, the one that demands least is how it may be called.
                    if known is None or (known.is_required and not parameter.is_required):
                        named[parameter.name] = parameter
                    if kind in _POSITIONAL:
                        places.setdefault(parameter.name, place)
    return _Call(named, places, star, stars)


def parameter_changes(
    old: Sequence[Signature], new: Sequence[Signature], *, takes_more: bool = False
) -> list[ParameterChange]:
    """Return what changed from one way to call an object to another, each parameter once.

    Nothing is known where one of them has no signature, or passes all on to another function.

    Args:
        old: the ways to call it before.
        new: those after.
        takes_more: whether a decorator may take keywords that `new` does not name.
    """
    if old and new and all(way.by_position for way in (*old, *new)):
        return positional_changes(old, new)
    before, after = _call(old), _call(new)
    if not old or not new or before.is_passed_on or after.is_passed_on:
        return []
    renamed = dict(_renamed(before, after))
    changes: list[ParameterChange] = []
    for name, parameter in before.named.items():
        if name in after.named:
            changes += _changed(name, before, after, len(old) == len(new) == 1)
        elif name in renamed:
            new_name = renamed[name]
            is_breaking = parameter.kind in _BY_NAME and not name.startswith("_")
            shown = str(after.named[new_name])
            changes.append(
                ParameterChange(
                    "parameter renamed", name, str(parameter), shown, f"now {new_name}", is_breaking
                )
            )
        else:
            changes.append(_removed(parameter, before, after, takes_more=takes_more))
    for stars, left in ((before.star, after.star), (before.stars, after.stars)):
        if stars and not left:
            shown = f"{'*' if stars == before.star else '**'}{stars}"
            changes.append(ParameterChange("parameter removed", stars, shown))
    taken = set(renamed.values())
    added = [one for name, one in after.named.items() if name not in before.named]
    changes += _added(added, taken, before, new)
    if len(old) == len(new) == 1:
        changes += _reordered(before, after)
    return changes


def _removed(parameter: Parameter, before: _Call, after: _Call, *, takes_more: bool) -> ParameterChange:
    """Return the removal of a parameter, which `*args` or `**kwargs` that are new may still take."""
    name, kind, star = parameter.name, parameter.kind, after.star if not before.star else ""
    if kind == "positional or keyword" and star and before.places[name] >= len(after.places):
        # `validates(name)` is `validates(*names)` now.
        return ParameterChange("parameter kind changed", name, kind, f"*{star}", "no longer by name")
    detail = "a decorator may still take it" if takes_more else ""
    if kind in _BY_NAME and after.stars and not before.stars:
        detail = f"**{after.stars} may still take it"
    elif kind == "positional only" and star:
        detail = f"*{star} may still take it"
    elif name.startswith("_"):
        detail = detail or "its name is private"
    return ParameterChange("parameter removed", name, str(parameter), detail=detail, is_certain=not detail)


def _changed(name: str, before: _Call, after: _Call, is_plain: bool) -> Iterator[ParameterChange]:
    old, new = before.named[name], after.named[name]
    if old.kind != new.kind and (is_plain or old.kind == "positional or keyword"):
        lost = []
        if old.kind in _POSITIONAL and new.kind not in _POSITIONAL and not after.star:
            lost.append("position")
        if old.kind in _BY_NAME and new.kind not in _BY_NAME and not after.stars:
            lost.append("name")
        detail = f"no longer by {lost[0]}" if lost else ""
        yield ParameterChange(
            "parameter kind changed", name, old.kind, new.kind, detail, is_breaking=bool(lost)
        )
    if new.is_required and not old.is_required:
        yield ParameterChange("parameter made required", name, str(old), str(new))
    elif old.default is not None and new.default is not None and not _is_same(old.default, new.default):
        # `None` became a mark that tells whether the argument was given: nobody sees a difference.
        is_unseen = old.default == "None" and is_mark(new.default)
        yield ParameterChange(
            "default changed",
            name,
            old.default,
            new.default,
            is_breaking=not is_unseen,
            # What a call or a look-up gives cannot be told.
            is_certain=is_plain and not any(map(_MADE.match, (old.default, new.default))),
        )


def _is_same(old: str, new: str) -> bool:
    """Return whether two defaults are written alike, whatever quotes and module names they have."""
    if old == new or "..." in {old, new}:  # a stub does not say
        return True

    def plain(text: str) -> str:
        return text.rpartition(".")[2] if _DOTTED.fullmatch(text) else text.replace('"', "'")

    return plain(old) == plain(new) or _number(old) == _number(new) is not None


def _number(written: str) -> float | None:
    """Return the number that is written: `1` and `1.0` are one; None for anything else."""
    try:
        return float(written)
    except ValueError:
        return None


def _added(
    added: Sequence[Parameter], taken: set[str], before: _Call, ways: Sequence[Signature]
) -> Iterator[ParameterChange]:
    for parameter in added:
        if parameter.name not in taken:
            # What one of several overloads demands, other calls do without.
            is_breaking = all(
                any(one.name == parameter.name and one.is_required for one in way.parameters) for way in ways
            )
            # What `**kwargs` took before is only written out now.
            is_certain = not (before.stars and parameter.kind in _BY_NAME)
            yield ParameterChange(
                "parameter added",
                parameter.name,
                new=str(parameter),
                detail="required" if is_breaking else "",
                is_breaking=is_breaking,
                is_certain=is_certain,
            )


def _renamed(before: _Call, after: _Call) -> Iterator[tuple[str, str]]:
    """Yield the old and the new names of parameters that took each other's place."""
    left = [name for name in before.named if name not in after.named]
    new = [name for name in after.named if name not in before.named]
    taken: set[str] = set()
    for name in left:
        parameter = before.named[name]
        for other in new:
            if other in taken:
                continue
            candidate = after.named[other]
            if parameter.kind in _POSITIONAL and candidate.kind in _POSITIONAL:
                is_same = before.places[name] == after.places[other] and (
                    parameter.default == candidate.default
                    or bool(parameter.annotation and parameter.annotation == candidate.annotation)
                )
            else:
                is_same = (
                    parameter.kind == candidate.kind
                    and parameter.default == candidate.default
                    and _neighbours(before, name) == _neighbours(after, other)
                    and names_alike(name, other) >= _ALIKE
                )
            if is_same:
                taken.add(other)
                yield name, other
                break


def _neighbours(call: _Call, name: str) -> tuple[str, str]:
    names = ["", *call.named, ""]
    place = names.index(name, 1)
    return names[place - 1], names[place + 1]


def _reordered(before: _Call, after: _Call) -> Iterator[ParameterChange]:
    """Yield the parameters that an argument by position no longer reaches, though all are still there."""
    old = [name for name in before.places if name in after.places]
    new = [name for name in after.places if name in before.places]
    for name, other in zip(old, new, strict=True):
        if name != other:
            yield ParameterChange(
                "parameter moved",
                name,
                f"{before.places[name] + 1}",
                f"{after.places[name] + 1}",
                "another position",
            )
            return  # one says it
