"""A cache for values that are looked up in bulk."""

from collections.abc import Callable, Collection, Mapping
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class BulkCache(Generic[_Key, _Value]):
    """Keeps the values of keys; those that are missing are looked up all at once. Threads may share it.

    Args:
        look_up: returns the values of some keys; keys without a value are missing in its answer.
        limit: the number of values that are kept; beyond it the cache starts anew.
    """

    def __init__(self, look_up: Callable[[Collection[_Key]], Mapping[_Key, _Value]], limit: int) -> None:
        self._look_up = look_up
        self._limit = limit
        self._known: dict[_Key, _Value] = {}

    def __call__(self, keys: Collection[_Key]) -> dict[_Key, _Value]:
        """Return the value of each key that has one."""
        known = self._known
        found = {key: known[key] for key in keys if key in known}
        if len(found) < len(keys):
            new = self._look_up([key for key in keys if key not in found])
            if len(known) + len(new) > self._limit:
                self._known = known = {}  # a new dictionary: another thread may be reading the old one
            known.update(new)
            found |= new
        return found
