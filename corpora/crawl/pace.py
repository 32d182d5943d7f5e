"""When the next request to a host may be sent."""

from threading import Event, Lock
from time import monotonic


class Pace:
    """Requests of several threads to one host, at least `interval` seconds apart.

    `stop` ends all waiting at once; a thread that waited then goes on, and has to look at it.
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
        """No thread's turn comes within `seconds`, but for those that wait already."""
        with self._lock:
            self._next = max(self._next, monotonic() + seconds)
