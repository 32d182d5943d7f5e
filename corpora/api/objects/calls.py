"""What changed in the ways to call an object: its parameters, and the keywords that `**kwargs` take."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Final

from corpora.api.calls.changes import lost_keywords, still_taken
from corpora.api.changes import ApiChange
from corpora.api.made_values import made_from
from corpora.api.model import ApiModel, ApiObject, Note
from corpora.api.objects.object_pair import ObjectPair
from corpora.api.parameter_changes import parameter_changes
from corpora.api.places.parameter_change import ParameterChange
from corpora.api.signature import Parameter, Signature

_CONSTRUCTORS: Final = frozenset({"__init__", "__new__", "__call__", "__init_subclass__"})
_CALLED: Final = frozenset({"function", "class"})
_TAKES_MORE: Final = "takes more keywords"


def call_changes(pair: ObjectPair) -> Iterator[ApiChange]:
    """Yield what changed in the ways to call an object."""
    before, after = pair.before, pair.after
    if before.kind in _CALLED or before.signatures or after.kind in _CALLED:
        # What is written below a decorator is compared, too: seldom does the decorator change another part.
        ways = ways_to_call(before, pair.old), ways_to_call(after, pair.new)
        changes = parameter_changes(*ways, takes_more=_TAKES_MORE in after.labels)
        is_less = any(one.kind == "parameter removed" for one in changes)
        taken = still_taken(after, pair.new) if is_less else {}
        for change in changes:
            for one in _as_taken(change, pair, taken):
                fields = asdict(one)
                yield pair.change(fields.pop("kind"), **fields)
        for lost, stars, is_certain in lost_keywords(before, after, pair.old, pair.new):
            yield pair.change(
                "parameter removed",
                parameter=lost.name,
                old=str(lost),
                detail=f"**{stars} no longer take it",
                is_breaking=True,
                is_certain=is_certain,
            )
        yield from _documented_defaults(pair, *ways)
    for note in _gone_keywords(pair):
        yield pair.change(
            "parameter removed",
            parameter=note.about,
            old=note.about,
            detail="it was deprecated",
            is_breaking=True,
            evidence=note.text,
        )


def _as_taken(
    change: ParameterChange, pair: ObjectPair, taken: Mapping[str, Parameter]
) -> Iterator[ParameterChange]:
    """Yield a change as the body of the newer function bears it out; nothing for a parameter still taken.

    Args:
        change: of what is written.
        pair: the object.
        taken: the keywords that it takes now, through `**kwargs` too.
    """
    name = change.parameter
    is_by_name = change.kind == "parameter renamed" or change.detail == "no longer by name"
    if is_by_name and _is_operator(pair.before.name):
        return
    if change.kind == "parameter removed" and name in taken and not change.old.startswith("*"):
        # `**kwargs` pass it on to a function that names it.
        if _by_position(pair.before, name):
            yield ParameterChange(
                "parameter kind changed",
                name,
                "positional or keyword",
                "keyword only",
                "no longer by position",
            )
    elif change.kind == "default changed" and change.new == "None" and name in _filled(pair):
        yield replace(change, detail="the function itself replaces None", is_certain=False)
    else:
        yield change


def _is_operator(name: str) -> bool:
    """Return whether Python calls a method itself, so that nobody gives its arguments by name: `__add__`."""
    return name.startswith("__") and name.endswith("__") and name not in _CONSTRUCTORS


def _by_position(found: ApiObject, name: str) -> bool:
    ways = found.written or found.signatures
    return any(one.name == name and one.kind != "keyword only" for way in ways for one in way.parameters)


def _filled(pair: ObjectPair) -> set[str]:
    return {name for one in _called(pair.after, pair.new) for name in one.filled}


def ways_to_call(found: ApiObject, model: ApiModel) -> tuple[Signature, ...]:
    """Return the ways to call an object; those of a class are its constructor's, whatever decorates that."""
    ways = found.written or found.signatures
    if not ways and found.kind == "attribute":
        made = made_from(found, model)
        return ways_to_call(made, model) if made is not None else ()
    if ways or found.kind != "class":
        return ways
    for name in ("__init__", "__new__"):
        place = model.find(f"{model.public_name(found.path) or found.path}.{name}")
        if place is not None and place.object is not None:
            # What `with_metaclass(Meta)` seems to inherit makes classes, and no objects of them.
            is_of_metaclass = place.is_inherited and "builtins.type" in model.order(place.through)
            return () if is_of_metaclass else place.object.written or place.object.signatures
    return ()


def _documented_defaults(
    pair: ObjectPair, old: tuple[Signature, ...], new: tuple[Signature, ...]
) -> Iterator[ApiChange]:
    """Yield the defaults that only docstrings tell, and tell otherwise now: both signatures have `None`."""
    written = [{one.name: one.default for way in ways for one in way.parameters} for ways in (old, new)]
    for name, before in pair.before.documented.items():
        after = pair.after.documented.get(name, "")
        is_as_written = written[0].get(name) == written[1].get(name) is not None
        if after and is_as_written and _plain(before) != _plain(after):
            yield pair.change(
                "default changed",
                parameter=name,
                old=before,
                new=after,
                detail="as its documentation says",
                is_breaking=True,
            )


def _plain(value: str) -> str:
    """Return a documented value without its module and capitals: `np.nan` is `NaN`."""
    return value.rpartition(".")[2].lower() if value[:1].isalpha() else value


def _gone_keywords(pair: ObjectPair) -> Iterator[Note]:
    """Yield the deprecated keywords that a decorator or `**kwargs` took before, and nothing names now."""
    callers, others = _called(pair.before, pair.old), _called(pair.after, pair.new)
    notes = [
        note for one in callers for note in one.notes if _TAKES_MORE in one.labels or note.about in one.reads
    ]
    named = {note.about for one in others for note in one.notes}
    named |= {name for one in others for name in one.reads}
    named |= {one.name for found in (*callers, *others) for way in _ways_of(found) for one in way.parameters}
    for note in notes:
        if note.kind == "deprecated" and note.about and note.about not in named:
            named.add(note.about)
            yield note


def _ways_of(found: ApiObject) -> tuple[Signature, ...]:
    return found.signatures or found.written


def _called(found: ApiObject, model: ApiModel) -> list[ApiObject]:
    """Return what a call of an object calls: itself, or the constructors of a class."""
    if found.kind != "class":
        return [found]
    members = model.members_of(found.path)
    made = (model.objects.get(members.get(name, "")) for name in ("__new__", "__init__"))
    return [one for one in made if one is not None]
