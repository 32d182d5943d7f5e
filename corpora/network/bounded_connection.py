"""Connections that keep the bounds of an exchange at every step: the network backend of the HTTP client."""

import os
import selectors
import socket
import ssl
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic
from typing import Any, Final

import httpcore

from corpora.network.exchange import PIECE_BYTES, current_exchange, resolve_host

_CONNECT_SECONDS: Final = 15.0  # for each address of a host


class BoundedBackend(httpcore.NetworkBackend):
    """A network backend whose connections keep the bounds of the exchange that their thread is in.

    Args:
        addresses: returns the addresses of a host and a port in the form of `resolve_host`.
    """

    def __init__(self, addresses: Callable[[str, int], list[tuple[Any, ...]]] = resolve_host) -> None:
        self._addresses = addresses

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers.

        Raises:
            httpcore.ConnectError: none of them answers.
            ExchangeCut: the exchange went beyond its bounds meanwhile.
        """
        problem: Exception = httpcore.ConnectError(f"{host} has no address")
        for family, kind, protocol, _, address in self._addresses(host, port):
            try:
                connection = socket.socket(family, kind, protocol)
            except OSError as error:  # an address family that this machine lacks (no IPv6)
                problem = httpcore.ConnectError(str(error))
                continue
            try:
                _connect(connection, address)
            except httpcore.ConnectError as error:
                connection.close()
                problem = error
            except BaseException:
                connection.close()
                raise
            else:
                return _TcpStream(connection)
        raise problem


def _connect(connection: socket.socket, address: Any) -> None:
    exchange, end = current_exchange(), monotonic() + _CONNECT_SECONDS
    connection.setblocking(False)
    try:
        connection.connect(address)
    except BlockingIOError:  # the usual case: wait until the socket can be written to
        while not _is_ready(connection, selectors.EVENT_WRITE, exchange.slice_seconds()):
            if monotonic() > end:
                raise httpcore.ConnectError(f"no connection after {_CONNECT_SECONDS:g} s") from None
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    # How an attempt ended that did not block is known by this option only: 0, or the number of an error.
    if code := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise httpcore.ConnectError(str(OSError(code, os.strerror(code))))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _is_ready(connection: socket.socket, event: int, seconds: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(connection, event)
        return bool(selector.select(seconds))


class _TcpStream(httpcore.NetworkStream):
    """A TCP connection that reads and writes in short waits, between which the bounds are checked."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        exchange = current_exchange()
        end = None if timeout is None else monotonic() + timeout
        while True:
            try:
                self._connection.settimeout(exchange.slice_seconds())
                data = self._connection.recv(min(max_bytes, PIECE_BYTES))
            except TimeoutError as error:
                if end is not None and monotonic() > end:
                    raise httpcore.ReadTimeout(f"nothing came for {timeout:g} s") from error
            except OSError as error:
                raise httpcore.ReadError(str(error)) from error
            else:
                exchange.take(len(data))
                return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        exchange, rest = current_exchange(), memoryview(buffer)
        end = None if timeout is None else monotonic() + timeout
        while rest:
            try:
                self._connection.settimeout(exchange.slice_seconds())
                rest = rest[self._connection.send(rest) :]
            except TimeoutError as error:
                if end is not None and monotonic() > end:
                    raise httpcore.WriteTimeout(f"nothing was taken for {timeout:g} s") from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._connection.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TlsStream(self, ssl_context, server_hostname, timeout)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # the pool asks before it uses a connection again: readable means closed
            return self._connection.fileno() < 0 or _is_ready(self._connection, selectors.EVENT_READ, 0)
        return self._connection if info == "socket" else None


class _TlsStream(httpcore.NetworkStream):
    """TLS over a stream that keeps the bounds; that stream may itself be TLS, to a proxy.

    httpcore's own TLS would read from the socket directly, past the bounds, so the TLS state machine works
    on buffers in memory here, and all bytes pass through the stream below.
    """

    def __init__(
        self,
        below: httpcore.NetworkStream,
        context: ssl.SSLContext,
        server_hostname: str | None,
        timeout: float | None,
    ) -> None:
        self._below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_hostname)
            self._run(self._tls.do_handshake, timeout)
        except (ssl.SSLError, ValueError) as error:  # SSLError: also for certificates; ValueError: bad name
            below.close()
            raise httpcore.ConnectError(str(error)) from error
        except BaseException:
            below.close()
            raise

    def _run(self, act: Callable[[], Any], timeout: float | None) -> Any:
        """Repeat a step of TLS until it succeeds; between attempts, send and receive what it needs."""
        while True:
            try:
                result = act()
            except ssl.SSLWantReadError:
                self._flush(timeout)
                if data := self._below.read(PIECE_BYTES, timeout):
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            except ssl.SSLWantWriteError:
                self._flush(timeout)
            else:
                self._flush(timeout)
                return result

    def _flush(self, timeout: float | None) -> None:
        if data := self._outgoing.read():
            self._below.write(data, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return bytes(self._run(lambda: self._tls.read(max_bytes), timeout))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        except ssl.SSLError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            for start in range(0, len(buffer), PIECE_BYTES):  # bounds the memory for the encrypted bytes
                self._run(partial(self._tls.write, buffer[start : start + PIECE_BYTES]), timeout)
        except ssl.SSLError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._below.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TlsStream(self, ssl_context, server_hostname, timeout)

    def get_extra_info(self, info: str) -> Any:
        return self._tls if info == "ssl_object" else self._below.get_extra_info(info)
