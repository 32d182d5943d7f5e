"""The order in which Python asks the bases of a class."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

_OBJECT: Final = "builtins.object"


class _Object(Protocol):
    """What is asked of an object of a model."""

    @property
    def path(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def bases(self) -> tuple[str, ...]: ...


def class_order(
    path: str, objects: Mapping[str, _Object], known: dict[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """Return a class and all its bases in the order in which Python asks them, `builtins.object` last.

    Args:
        path: of the class; for anything else, the order is the path alone.
        objects: by their paths.
        known: the orders that were found before, to which new ones are added.
    """
    if path in known:
        return known[path]
    known[path] = (path,)  # (a class that inherits from itself ends here)
    here = objects.get(path)
    if here is None or here.kind != "class":
        return known[path]
    found = [objects.get(base) for base in here.bases]
    named = [one.path if one is not None else base for base, one in zip(here.bases, found, strict=True)]
    bases = [base for base in named if base and base != _OBJECT]
    orders = [[one for one in class_order(base, objects, known) if one != _OBJECT] for base in bases]
    known[path] = (path, *merged_orders([*orders, bases]), _OBJECT)
    return known[path]


def merged_orders(orders: Sequence[Sequence[str]]) -> list[str]:
    """Return the C3 merge of the orders of bases; if they have none that fits, all in their own order."""
    left = [list(order) for order in orders if order]
    merged: list[str] = []
    while left:
        heads = (order[0] for order in left)
        head = next((one for one in heads if not any(one in order[1:] for order in left)), None)
        if head is None:
            return list(dict.fromkeys([*merged, *(one for order in left for one in order)]))
        merged.append(head)
        left = [rest for order in left if (rest := order[1:] if order[0] == head else order)]
    return merged
