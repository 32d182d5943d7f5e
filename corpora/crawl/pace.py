"""Decide when the next request to a host may be sent."""

from threading import Event, Lock
from time import monotonic


class Pace:
    """A rate limit for several threads: their requests to one host are at least `interval` seconds apart.

    Setting `stop` ends all waiting at once; a thread that waited goes on then, and has to check `stop`.
    """

    def __init__(self, interval: float, stop: Event) -> None:
        self.interval = interval
        self._stop = stop
        self._lock = Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Wait for this thread's turn."""
        with self._lock:
            turn = max(monotonic(), self._next)
            self._next = turn + self.interval
        while (left := turn - monotonic()) > 0 and not self._stop.wait(left):
            pass

    def pause(self, seconds: float) -> None:
        """Give out no turn within `seconds` from now; threads that wait already keep theirs."""
        with self._lock:
            self._next = max(self._next, monotonic() + seconds)
