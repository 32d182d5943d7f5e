"""Names that a model has and that a name which it has not may be meant as."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from corpora.api.model import ApiModel, FoundObject, Missing

_MAX_NAMES: Final = 3
_SIMILARITY: Final = 0.72


def whole_name(model: ApiModel, name: str) -> str:
    """Return a name with what is before it, if that is left out; as it is if several things may be meant.

    In pandas, `DataFrame.merge` is `pandas.DataFrame.merge`. Of a name that leads nowhere, the one that comes
    closest is returned: `pandas.DataFrame.append`.
    """
    if model.top_of(name):
        return name
    first, dot, rest = name.partition(".")
    ends = [known for known in model.names if known.rpartition(".")[2] == first]
    tried = [*(f"{top}.{name}" for top in model.tops), *(f"{known}{dot}{rest}" for known in ends)]
    found = {one: model.look_up(one) for one in tried}
    whole = {one.path: name for name, one in reversed(found.items()) if isinstance(one, FoundObject)}
    direct = next((one for one in tried[: len(model.tops)] if isinstance(found[one], FoundObject)), "")
    if direct or len(whole) == 1:
        return direct or next(iter(whole.values()))
    begun = [one for one in tried[len(model.tops) :] if isinstance(found[one], Missing)]
    return begun[0] if begun and not whole else name


def near_api_names(model: ApiModel, name: str) -> list[str]:
    """Return public names that `name` may be meant as, the likeliest first; at most three."""
    return [near for near, _ in zip(dict.fromkeys(_near(model, name)), range(_MAX_NAMES), strict=False)]


def _near(model: ApiModel, name: str) -> Iterator[str]:
    found = model.look_up(name)
    if isinstance(found, FoundObject):
        return
    last = name.rpartition(".")[2]
    if found.holder:
        holder = name[: len(name) - len(name.partition(found.part)[2]) - len(found.part)].rstrip(".")
        shown = model.public_name(found.holder) or holder
        members = [one for one in model.members_of(found.holder) if not one.startswith("_")]
        yield from (f"{shown}.{near}" for near in get_close_matches(found.part, members, 3, _SIMILARITY))
    yield from (known for known in model.names if known.rpartition(".")[2] == last)
    yield from _members_called(model, last)
    ends: dict[str, str] = {}
    for known in model.names:
        ends.setdefault(known.rpartition(".")[2], known)
    yield from (ends[near] for near in get_close_matches(last, ends, 3, _SIMILARITY))


def _members_called(model: ApiModel, last: str) -> Iterator[str]:
    """Yield the public names of members of classes that are called `last`."""
    paths = [path for path in model.objects if path.rpartition(".")[2] == last]
    names = [shown for path in paths if (shown := model.public_name(path))]
    yield from sorted(names, key=lambda one: (one.count("."), len(one), one))
