"""A cache for values that are looked up in bulk."""

from collections.abc import Callable, Collection, Mapping
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class BulkCache(Generic[_Key, _Value]):
    """Keeps the values of keys; those that are missing are looked up all at once. Threads may share it.

    Args:
        look_up: returns the values of some keys; keys without a value are missing in its answer.
        limit: the number of values that are kept, or the sum of their sizes; beyond it the cache starts anew.
        size: returns the size of a value.
    """

    def __init__(
        self,
        look_up: Callable[[Collection[_Key]], Mapping[_Key, _Value]],
        limit: int,
        size: Callable[[_Value], int] = lambda _: 1,
    ) -> None:
        self._look_up, self._size = look_up, size
        self._limit, self._left = limit, limit
        self._known: dict[_Key, _Value] = {}

    def __call__(self, keys: Collection[_Key]) -> dict[_Key, _Value]:
        """Return the value of each key that has one, in the order of the keys."""
        known = self._known
        found = {key: known[key] for key in keys if key in known}
        if len(found) < len(keys):
            new = self._look_up([key for key in keys if key not in found])
            taken = sum(map(self._size, new.values()))
            if taken > self._left:
                # A new dictionary: another thread may be reading the old one.
                self._known, self._left = {}, self._limit
            if taken <= self._left:
                self._known.update(new)
                self._left -= taken
            found = {key: one[key] for key in keys for one in (found, new) if key in one}
        return found
