"""Connections of which every step is held to the bounds of an exchange: the backend of the HTTP client."""

import os
import selectors
import socket
import ssl
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic
from typing import Any, Final

import httpcore

from corpora.network.exchange import PIECE_BYTES, current, look_up

_CONNECT_SECONDS: Final = 15.0  # for each address of a host


class BoundedBackend(httpcore.NetworkBackend):
    """Connections that are held to the exchange which the thread that uses them is in.

    Args:
        addresses: those of a host and a port, as `look_up` tells them.
    """

    def __init__(self, addresses: Callable[[str, int], list[tuple[Any, ...]]] = look_up) -> None:
        self._addresses = addresses

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers."""
        problem: Exception = httpcore.ConnectError(f"{host} has no address")
        for family, kind, protocol, _, address in self._addresses(host, port):
            try:
                connection = socket.socket(family, kind, protocol)
            except OSError as error:  # a family that this machine lacks
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
    exchange, end = current(), monotonic() + _CONNECT_SECONDS
    connection.setblocking(False)
    try:
        connection.connect(address)
    except BlockingIOError:
        while not _is_ready(connection, selectors.EVENT_WRITE, exchange.wait()):
            if monotonic() > end:
                raise httpcore.ConnectError(f"no connection after {_CONNECT_SECONDS:g} s") from None
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    if code := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise httpcore.ConnectError(str(OSError(code, os.strerror(code))))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _is_ready(connection: socket.socket, event: int, seconds: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(connection, event)
        return bool(selector.select(seconds))


class _TcpStream(httpcore.NetworkStream):
    """A connection, read and written a short while at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        exchange = current()
        end = None if timeout is None else monotonic() + timeout
        while True:
            try:
                self._connection.settimeout(exchange.wait())
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
        exchange, rest = current(), memoryview(buffer)
        end = None if timeout is None else monotonic() + timeout
        while rest:
            try:
                self._connection.settimeout(exchange.wait())
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
        if info == "is_readable":
            return self._connection.fileno() < 0 or _is_ready(self._connection, selectors.EVENT_READ, 0)
        return self._connection if info == "socket" else None


class _TlsStream(httpcore.NetworkStream):
    """TLS over a stream that keeps the bounds: also over one that is TLS to a proxy."""

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
        except (ssl.SSLError, ValueError) as error:  # (a certificate, too, or a name that is none)
            below.close()
            raise httpcore.ConnectError(str(error)) from error
        except BaseException:
            below.close()
            raise

    def _run(self, act: Callable[[], Any], timeout: float | None) -> Any:
        """Do `act`, and pass on what it has to say and needs to hear, until it is done."""
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
            for start in range(0, len(buffer), PIECE_BYTES):  # a write of TLS takes all of a piece
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
