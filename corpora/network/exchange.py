"""Bound one exchange with a server as a whole: connection, request and answer, in seconds and bytes.

The time limits of HTTP clients apply to a single read: a server that sends a byte now and then, or endless
headers, never exceeds them. Here each exchange has one deadline and one number of bytes, and every step of a
connection (resolving a name, connecting, TLS handshake, reading, writing) may only use what is left.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

import httpx

HEAD_BYTES: Final = 262_144
"""The most that status line and headers may take, including all interim answers (1xx) before them."""
_SLICE_SECONDS: Final = 0.1  # the longest single wait, hence how soon a thread notices `stop`
PIECE_BYTES: Final = 65_536
"""The most that is read from a connection, or encrypted, at once."""

_current: ContextVar["Exchange"] = ContextVar("exchange")


class ExchangeCut(httpx.TransportError):
    """An exchange went beyond its bounds or was stopped; the message says which."""


class Exchange:
    """The bounds of one exchange, and what is left of them.

    Args:
        seconds: for the whole exchange, from now.
        max_bytes: to receive after the head of the answer.
        stop: set it to end the exchange early.
    """

    def __init__(self, *, seconds: float, max_bytes: int, stop: Event | None = None) -> None:
        self.seconds, self.max_bytes = seconds, max_bytes
        self._deadline = monotonic() + seconds
        self._stop = stop or Event()
        self._left = HEAD_BYTES

    def start_body(self) -> None:
        """Note that the head of the answer is complete: from here on, `max_bytes` applies."""
        self._left = self.max_bytes

    def seconds_left(self) -> float:
        """Return how many seconds are left.

        Raises:
            ExchangeCut: there are none, or the exchange was stopped.
        """
        if self._stop.is_set():
            raise ExchangeCut("interrupted")
        left = self._deadline - monotonic()
        if left <= 0:
            raise ExchangeCut(f"not complete after {self.seconds:g} s")
        return left

    def slice_seconds(self) -> float:
        """Return for how many seconds a single step may wait before it checks the bounds again.

        Raises:
            ExchangeCut: no time is left, or the exchange was stopped.
        """
        return min(self.seconds_left(), _SLICE_SECONDS)

    def take(self, size: int) -> None:
        """Count received bytes.

        Raises:
            ExchangeCut: they are more than allowed.
        """
        self._left -= size
        if self._left < -PIECE_BYTES:  # a piece may hold the end of the head and the start of the body
            raise ExchangeCut("larger than allowed")


@contextmanager
def within(exchange: Exchange) -> Iterator[Exchange]:
    """Apply the bounds of `exchange` to all connections that this thread uses in the block."""
    token = _current.set(exchange)
    try:
        yield exchange
    finally:
        _current.reset(token)


def current_exchange() -> Exchange:
    """Return the exchange that this thread is in.

    Raises:
        LookupError: there is none: a request was sent without `within`.
    """
    return _current.get()


def resolve_host(host: str, port: int) -> list[tuple[Any, ...]]:
    """Return the addresses of a host as `socket.getaddrinfo` does, within the time of the exchange.

    Raises:
        httpx.ConnectError: the host has no address.
        ExchangeCut: the time is up.
    """
    exchange, done = current_exchange(), Event()
    found: list[tuple[Any, ...]] = []
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except BaseException as error:
            failed.append(error)
        done.set()

    # The system's resolver takes no time limit. In a thread of its own it can be abandoned when time is up.
    Thread(target=ask, name="look-up", daemon=True).start()
    while not done.wait(exchange.slice_seconds()):
        pass
    for error in failed:
        if isinstance(error, OSError):
            raise httpx.ConnectError(f"{host}: {error.strerror or error}") from error
        raise httpx.ConnectError(f"{host} is not a valid host name") from error
    return found
