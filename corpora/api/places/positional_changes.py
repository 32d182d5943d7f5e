"""What changed in the ways to call an object in a language that has no arguments by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpora.api.counterparts import names_alike
from corpora.api.places.parameter_change import ParameterChange
from corpora.api.signature import Parameter, Signature

_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class _Places:
    """What may be given at each place, by all ways to call an object together.

    Attributes:
        given: the parameter at each place, of the way that goes furthest.
        least: how many arguments each call has.
        rest: the parameter that takes all others; None if there is none.
    """

    given: tuple[Parameter, ...]
    least: int
    rest: Parameter | None


def _places(ways: Sequence[Signature]) -> _Places:
    given: list[Parameter] = []
    least, rest = len(ways[0].parameters), None
    for way in ways:
        plain = [one for one in way.parameters if one.kind != "variadic positional"]
        rest = rest or next((one for one in way.parameters if one.kind == "variadic positional"), None)
        least = min(least, sum(one.is_required for one in plain))
        given += plain[len(given) :]
    return _Places(tuple(given), least, rest)


def positional_changes(old: Sequence[Signature], new: Sequence[Signature]) -> list[ParameterChange]:
    """Return what changed from one way to call an object to another, where only places count.

    Another name for a parameter breaks nothing, and of overloads all count together: what any of them takes
    may be given.

    Args:
        old: the ways to call it before, at least one.
        new: those after, at least one.
    """
    before, after = _places(old), _places(new)
    is_plain = len(old) == len(new) == 1 and after.least <= before.least
    return [
        *(_moved(before, after) if is_plain else ()),
        *_lost(before, after),
        *_demanded(before, after),
        *_gained(before, after),
        *(_renamed(before, after) if len(old) == len(new) == 1 else ()),
    ]


def _lost(before: _Places, after: _Places) -> Iterator[ParameterChange]:
    """Yield the parameters at places that are no longer there."""
    if after.rest is None:
        for one in before.given[len(after.given) :]:
            if one.name not in {other.name for other in after.given}:
                yield ParameterChange("parameter removed", one.name, one.in_place())
        if before.rest is not None:
            yield ParameterChange("parameter removed", before.rest.name, before.rest.in_place())


def _demanded(before: _Places, after: _Places) -> Iterator[ParameterChange]:
    """Yield the parameters without which a call fails now: as many as there are more than before."""
    known = {one.name for one in before.given[: before.least]}
    demanded = after.given[: after.least]
    # Those of new names first: in `(b)` and `(a, b)`, `a` is the one that is missing in calls.
    ordered = sorted(demanded, key=lambda one: (one.name in known, demanded.index(one) < before.least))
    chosen = ordered[: max(after.least - before.least, 0)]
    for place, one in enumerate(demanded):
        if one not in chosen:
            continue
        earlier = {other.name: other for other in before.given}.get(one.name)
        if earlier is None and before.least <= place < len(before.given):
            earlier = before.given[place]
        if earlier is None and before.rest is None:
            yield ParameterChange("parameter added", one.name, new=one.in_place(), detail="required")
        else:
            shown = earlier or before.rest
            text = shown.in_place() if shown is not None else ""
            yield ParameterChange("parameter made required", one.name, text, one.in_place())


def _gained(before: _Places, after: _Places) -> Iterator[ParameterChange]:
    """Yield the parameters that a call may have now."""
    names = {one.name for one in before.given}
    added = [*after.given[max(len(before.given), after.least) :]]
    if after.rest is not None and before.rest is None:
        added.append(after.rest)
    for one in added if before.rest is None else ():
        if one.name not in names:
            yield ParameterChange("parameter added", one.name, new=one.in_place(), is_breaking=False)


def _moved(before: _Places, after: _Places) -> Iterator[ParameterChange]:
    """Yield the first parameter that is at another place now, unless a demanded one shows it."""
    names = {one.name: place for place, one in enumerate(after.given)}
    for place, one in enumerate(before.given):
        now = names.get(one.name, place)
        if now != place and one.name[:1] not in "{[":
            yield ParameterChange(
                "parameter moved", one.name, f"{place + 1}", f"{now + 1}", "another position"
            )
            return


def _renamed(before: _Places, after: _Places) -> Iterator[ParameterChange]:
    """Yield the parameters of another name; what is of another type, too, may be another thing."""
    olds, news = ({one.name for one in side.given} for side in (before, after))
    for one, other in zip(before.given, after.given, strict=False):
        if one.name == other.name or one.name in news or other.name in olds:
            continue
        is_other = bool(one.annotation and other.annotation) and one.annotation != other.annotation
        is_other = is_other and names_alike(one.name, other.name) < _ALIKE
        yield ParameterChange(
            "parameter renamed",
            one.name,
            one.in_place(),
            other.in_place(),
            f"now {other.name}",
            is_breaking=is_other,
            is_certain=not is_other,
        )
