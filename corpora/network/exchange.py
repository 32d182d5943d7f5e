"""One exchange with a server: connection, request and answer together within seconds and bytes.

Time limits of HTTP clients are those of a single read: a server that sends a byte now and then, or
headers without end, is never late. Here each exchange has one deadline and one number of bytes, and
whatever a connection does (look up a name, connect, shake hands, read, write) is held to what is left.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

import httpx

HEAD_BYTES: Final = 262_144  # of status line and headers, with all interim answers (1xx) before them
_SLICE_SECONDS: Final = 0.1  # how long a thread takes to see that it shall stop
PIECE_BYTES: Final = 65_536

_current: ContextVar["Exchange"] = ContextVar("exchange")


class ExchangeCut(httpx.TransportError):
    """An exchange went beyond its bounds, or was stopped; the message says which."""


class Exchange:
    """What is left for one exchange.

    Args:
        seconds: for all of it.
        max_bytes: to take from the connection, after the head of the answer.
        stop: ends it when it is set.
    """

    def __init__(self, *, seconds: float, max_bytes: int, stop: Event | None = None) -> None:
        self.seconds, self.max_bytes = seconds, max_bytes
        self._deadline = monotonic() + seconds
        self._stop = stop or Event()
        self._left = HEAD_BYTES

    def has_head(self) -> None:
        """Note that the head of the answer has come: from here on it is the body that is counted."""
        self._left = self.max_bytes

    def left(self) -> float:
        """Seconds that are left. Raises `ExchangeCut` if there are none."""
        if self._stop.is_set():
            raise ExchangeCut("interrupted")
        left = self._deadline - monotonic()
        if left <= 0:
            raise ExchangeCut(f"not whole after {self.seconds:g} s")
        return left

    def wait(self) -> float:
        """Seconds to wait at a stretch. Raises `ExchangeCut` if there are none."""
        return min(self.left(), _SLICE_SECONDS)

    def take(self, size: int) -> None:
        """Count bytes that came. Raises `ExchangeCut` where they are more than allowed."""
        self._left -= size
        if self._left < -PIECE_BYTES:  # a piece may hold the end of the head and the start of the body
            raise ExchangeCut("larger than it may be")


@contextmanager
def within(exchange: Exchange) -> Iterator[Exchange]:
    """Hold all connections that this thread uses to the bounds of `exchange`."""
    token = _current.set(exchange)
    try:
        yield exchange
    finally:
        _current.reset(token)


def current() -> Exchange:
    """The exchange that this thread is in."""
    return _current.get()


def look_up(host: str, port: int) -> list[tuple[Any, ...]]:
    """The addresses of a host, as `socket.getaddrinfo` tells them, within the time of the exchange.

    Raises `httpx.ConnectError` where there is none.
    """
    exchange, done = current(), Event()
    found: list[tuple[Any, ...]] = []
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except BaseException as error:
            failed.append(error)
        done.set()

    # The system's resolver knows no time limit: who waits for it may leave, the thread ends some day.
    Thread(target=ask, name="look-up", daemon=True).start()
    while not done.wait(exchange.wait()):
        pass
    for error in failed:
        if isinstance(error, OSError):
            raise httpx.ConnectError(f"{host}: {error.strerror or error}") from error
        raise httpx.ConnectError(f"{host} is no name of a host") from error
    return found
