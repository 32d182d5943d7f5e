"""Hold each reader of a service to what they may ask: so many requests a minute, so many at a time."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Final

from rag.serving.http.readers import IndexReader

_SECONDS: Final = 60.0


class OverQuota(Exception):
    """A reader has asked too much; `seconds` later they may ask again."""

    def __init__(self, seconds: int, what: str) -> None:
        super().__init__(what)
        self.seconds = seconds


class Quotas:
    """Counts what readers ask, by token buckets: a minute's requests may come at once, and are earned again.

    Args:
        clock: returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        self._working: Counter[str] = Counter()

    @contextmanager
    def one_request(self, reader: IndexReader) -> Iterator[None]:
        """Count a request of a reader until the block ends. Raises `OverQuota`."""
        if reader.at_once is not None and self._working[reader.name] >= reader.at_once:
            raise OverQuota(1, f"{reader.at_once} requests of {reader.name} are being worked on")
        if reader.per_minute is not None:
            self._spend(reader.name, reader.per_minute)
        self._working[reader.name] += 1
        try:
            yield
        finally:
            self._working[reader.name] -= 1

    def _spend(self, name: str, per_minute: int) -> None:
        now = self._clock()
        left, since = self._left.get(name, (float(per_minute), now))
        left = min(left + (now - since) * per_minute / _SECONDS, float(per_minute))
        if left < 1:
            self._left[name] = left, now
            wait = ceil((1 - left) * _SECONDS / per_minute)
            raise OverQuota(wait, f"{name} may make {per_minute} requests a minute")
        self._left[name] = left - 1, now
