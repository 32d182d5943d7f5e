"""The keywords that `**kwargs` of one version take in the end, and those of another do not."""

from collections.abc import Iterator, Mapping
from typing import Final

from corpora.api.calls.accepted import AcceptedKeywords, ModelApis
from corpora.api.model import ApiModel, ApiObject
from corpora.api.signature import Parameter

_MOST: Final = 20  # of one object; more say that all of it is another


def lost_keywords(
    before: ApiObject, after: ApiObject, old: ApiModel, new: ApiModel
) -> Iterator[tuple[Parameter, str]]:
    """Yield the keywords that `**kwargs` no longer take, with the name of these; nothing in doubt.

    Args:
        before: a function or class of the older version.
        after: the same in the newer one.
        old: the older version.
        new: the newer version.
    """
    if not _stars(before) or not _stars(after):
        return
    taken, left = _accepted(before, old), _accepted(after, new)
    if taken is None or left is None:
        return
    own = {one.name for way in before.signatures for one in way.parameters}  # (compared as any parameter)
    lost = [one for name, one in taken.items() if name not in left and name not in own]
    for one in lost if len(lost) <= _MOST else ():
        yield one, _stars(after)


def _stars(found: ApiObject) -> str:
    """Return the name of `**kwargs`; empty if there are none."""
    names = (one.name for way in found.signatures for one in way.parameters if one.kind == "variadic keyword")
    return next(names, "")


def _accepted(found: ApiObject, model: ApiModel) -> Mapping[str, Parameter] | None:
    """Return all keywords that a call may have; None if they are not known."""
    holder = model.objects.get(found.path.rpartition(".")[0])
    receiver = holder.path if holder is not None and holder.kind == "class" else ""
    ways = AcceptedKeywords(ModelApis(model)).signatures(found, receiver)
    named = {one.name: one for way in ways for one in way.parameters}
    return None if any(one.kind == "variadic keyword" for one in named.values()) else named
