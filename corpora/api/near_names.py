"""Names that a model has and that a name which it has not may be meant as."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from corpora.api.model import ApiModel, FoundObject

_MAX_NAMES: Final = 5
_SIMILARITY: Final = 0.72


def whole_name(model: ApiModel, name: str) -> str:
    """Return a name with what is before it, if that is left out and only one thing is meant; else as it is.

    In pandas, `DataFrame.merge` is `pandas.DataFrame.merge`, and `MultiIndex` is `pandas.MultiIndex`.
    """
    if model.find(name) is not None:
        return name
    for top in model.tops:
        if model.find(f"{top}.{name}") is not None:
            return f"{top}.{name}"
    first, dot, rest = name.partition(".")
    ends = [known for known in model.names if known.rpartition(".")[2] == first]
    whole = {
        found.path: f"{known}{dot}{rest}"
        for known in reversed(ends)
        if (found := model.find(f"{known}{dot}{rest}")) is not None
    }
    return next(iter(whole.values())) if len(whole) == 1 else name


def near_api_names(model: ApiModel, name: str) -> list[str]:
    """Return public names that `name` may be meant as, the likeliest first; at most five."""
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
