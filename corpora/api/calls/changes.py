"""The keywords that `**kwargs` of one version take in the end, and those of another do not."""

from collections.abc import Iterator, Mapping
from typing import Final

from corpora.api.calls.accepted import AcceptedKeywords, ModelApis
from corpora.api.made_values import made_from
from corpora.api.model import ApiModel, ApiObject
from corpora.api.signature import Parameter

_BY_NAME: Final = frozenset({"positional or keyword", "keyword only"})
_MOST: Final = 20  # of one object; more say that all of it is another


def lost_keywords(
    before: ApiObject, after: ApiObject, old: ApiModel, new: ApiModel
) -> Iterator[tuple[Parameter, str, bool]]:
    """Yield the keywords that `**kwargs` no longer take, with the name of these, and whether it is certain.

    Nothing is said unless all that the newer version takes is known. What the older one took is certain as
    far as it passes all keywords on to one function that names them.

    Args:
        before: a function or class of the older version, or what a call makes of one.
        after: the same in the newer one.
        old: the older version.
        new: the newer version.
    """
    callers = made_from(before, old) or before, made_from(after, new) or after
    stars = _stars(callers[1])
    left = _accepted_keywords(callers[1], new) if stars and _stars(callers[0]) else None
    if left is None:
        return
    sure = AcceptedKeywords(ModelApis(old)).surely(callers[0], _receiver(callers[0], old))
    taken = {**sure, **(_accepted_keywords(callers[0], old) or {})}
    own = {one.name for way in callers[0].signatures for one in way.parameters}  # (compared as any parameter)
    lost = [one for name, one in taken.items() if name not in left and name not in own]
    for one in lost if len(lost) <= _MOST else ():
        yield one, stars, one.name in sure


def _stars(found: ApiObject) -> str:
    """Return the name of `**kwargs`; empty if there are none."""
    names = (one.name for way in found.signatures for one in way.parameters if one.kind == "variadic keyword")
    return next(names, "")


def _receiver(found: ApiObject, model: ApiModel) -> str:
    holder = model.objects.get(found.path.rpartition(".")[0])
    return holder.path if holder is not None and holder.kind == "class" else ""


def still_taken(found: ApiObject, model: ApiModel) -> Mapping[str, Parameter]:
    """Return the keywords that a call may have, as far as they are known."""
    sure = AcceptedKeywords(ModelApis(model)).surely(found, _receiver(found, model))
    return {**sure, **(_accepted_keywords(found, model) or {})}


def _accepted_keywords(found: ApiObject, model: ApiModel) -> Mapping[str, Parameter] | None:
    """Return all keywords that a call may have; None if they are not known."""
    ways = AcceptedKeywords(ModelApis(model)).signatures(found, _receiver(found, model))
    given = [one for way in ways for one in way.parameters]
    if any(one.kind == "variadic keyword" for one in given):
        return None
    return {one.name: one for one in given if one.kind in _BY_NAME}
