"""Look-ups in bulk whose answers are kept."""

from collections.abc import Callable, Collection, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """Looks up what was not asked for before, all at once. Threads may share it.

    Args:
        look_up: the values of some keys, of those that have one.
        limit: how many are kept; beyond it all are forgotten.
    """

    def __init__(self, look_up: Callable[[Collection[Key]], Mapping[Key, Value]], limit: int) -> None:
        self._look_up = look_up
        self._limit = limit
        self._known: dict[Key, Value] = {}

    def __call__(self, keys: Collection[Key]) -> dict[Key, Value]:
        """The value of each key that has one."""
        known = self._known
        found = {key: known[key] for key in keys if key in known}
        if len(found) < len(keys):
            new = self._look_up([key for key in keys if key not in found])
            if len(known) + len(new) > self._limit:
                self._known = known = {}  # another one: a thread may be reading from the old
            known.update(new)
            found |= new
        return found
