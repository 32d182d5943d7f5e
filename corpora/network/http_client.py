"""The HTTP client for everything that talks to a server, with bounds on exchanges and unpacked bodies."""

import math
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from corpora.network.bounded_connection import BoundedBackend
from corpora.network.exchange import Exchange, current_exchange, resolve_host, within

_STEP_BYTES: Final = 65_536
_MAX_MEMBERS: Final = 1_000  # of a gzip body: most have one; some servers make one for each piece they send
_CODINGS: Final = frozenset({"gzip", "x-gzip", "deflate"})


class BodyRefused(Exception):
    """A body cannot be read completely; the message says why."""


class BodyTooLarge(BodyRefused):
    """A body is larger than allowed."""


class BoundedTransport(httpx.BaseTransport):
    """HTTP over connections that keep the bounds of the exchange (`corpora.network.exchange.within`).

    Proxies are those of the environment (`HTTPS_PROXY` and the like).

    Args:
        connections: maximum number of open connections.
        addresses: returns the addresses of a host and a port, or raises an error to refuse them.
        is_direct: returns whether a host is reached without a proxy in any case.
    """

    def __init__(
        self,
        *,
        connections: int = 1,
        addresses: Callable[[str, int], list[tuple[Any, ...]]] = resolve_host,
        is_direct: Callable[[str], bool] = lambda host: False,
    ) -> None:
        self._addresses, self._is_direct = addresses, is_direct
        self._options: dict[str, Any] = {
            "max_connections": connections,
            "max_keepalive_connections": connections,
            "keepalive_expiry": 5.0,
        }
        self._pools: dict[tuple[str, str], httpcore.ConnectionPool] = {}  # by scheme, and proxy or ""
        self._lock = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises:
            ExchangeCut: the exchange went beyond its bounds.
            httpx.TransportError: the server cannot be reached, or does not speak HTTP.
            Exception: whatever `addresses` raises.
        """
        url = request.url
        pool = self._pool(url.scheme, "" if self._is_direct(url.host) else self.proxy_for(url))
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            answer = pool.handle_request(sent)
        current_exchange().start_body()
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.close()

    def proxy_for(self, url: httpx.URL) -> str:
        """Return the proxy that the environment sets for `url` (`HTTPS_PROXY`, `NO_PROXY`); empty if none."""
        proxies = getproxies()
        proxy = proxies.get(url.scheme) or proxies.get("all", "")
        # NO_PROXY may list a host with its port; an IPv6 address has colons of its own.
        place = f"{url.host}:{url.port}" if url.port and ":" not in url.host else url.host
        if not proxy or proxy_bypass(url.host) or proxy_bypass(place):
            return ""
        return proxy if "://" in proxy else f"http://{proxy}"

    def _pool(self, scheme: str, proxy: str) -> httpcore.ConnectionPool:
        with self._lock:
            if (scheme, proxy) not in self._pools:
                self._pools[scheme, proxy] = self._through(proxy) if proxy else self._direct(scheme)
            return self._pools[scheme, proxy]

    def _direct(self, scheme: str) -> httpcore.ConnectionPool:
        # Only for https: loading the certificates of authorities takes longer than most answers.
        context = None if scheme == "http" else httpx.create_ssl_context()
        backend = BoundedBackend(self._addresses)
        return httpcore.ConnectionPool(ssl_context=context, network_backend=backend, **self._options)

    def _through(self, proxy: str) -> httpcore.ConnectionPool:
        try:
            parts = urlsplit(proxy)
            place = httpcore.URL(scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target="/")
        except ValueError as error:
            raise httpx.ProxyError(f"the address of the proxy is malformed: {error}") from error
        names = (unquote(parts.username or ""), unquote(parts.password or ""))
        options = self._options | {
            "proxy_auth": names if any(names) else None,
            "ssl_context": httpx.create_ssl_context(),
            "network_backend": BoundedBackend(),
        }
        if parts.scheme in {"socks5", "socks5h"}:
            try:
                return httpcore.SOCKSProxy(place, **options)
            except RuntimeError as error:  # the package socksio is not installed
                raise httpx.ProxyError(str(error)) from error
        if parts.scheme not in {"http", "https"}:
            raise httpx.ProxyError(f"proxies of the scheme {parts.scheme!r} are not supported")
        return httpcore.HTTPProxy(place, **options)


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Turn the errors of httpcore into those of httpx, whose names are the same."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        kind = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise kind(str(error)) from error


def read_body(response: httpx.Response, max_bytes: int, *, cut: bool = False) -> bytes:
    """Return the decompressed body of a streamed response.

    Args:
        response: of `httpx.Client.stream`.
        max_bytes: the most to read and unpack, counted after decompression.
        cut: whether a longer body is cut at `max_bytes`; else it is refused.

    Raises:
        BodyTooLarge: it is longer than `max_bytes`, and `cut` is false.
        BodyRefused: its compression is damaged, or not one that was asked for.
        httpx.TransportError: the connection broke, or the exchange went beyond its bounds.
    """
    length = response.headers.get("content-length", "")
    too_large = f"more than {max_bytes} bytes"
    if not cut and length.isascii() and length.isdigit() and int(length[:20]) > max_bytes:
        raise BodyTooLarge(too_large)
    body = bytearray()
    for piece in _decoded(response):
        current_exchange().seconds_left()  # raises when time is up: unpacking takes time, too
        body += piece
        if len(body) > max_bytes:
            if not cut:
                raise BodyTooLarge(too_large)
            del body[max_bytes:]
            break
    return bytes(body)


def _decoded(response: httpx.Response) -> Iterator[bytes]:
    """Yield the decompressed body in pieces of bounded size; httpx would unpack a whole chunk at once."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding in {"identity", ""}:
        yield from response.iter_raw()
        return
    if coding not in _CODINGS:
        raise BodyRefused(f"its content encoding is {coding[:40]!r}, which was not asked for")
    unpacker, members = zlib.decompressobj(wbits=47), 1  # gzip or zlib, by the first bytes
    try:
        for raw in response.iter_raw():
            while raw:
                yield unpacker.decompress(raw, _STEP_BYTES)
                raw = unpacker.unconsumed_tail  # noqa: PLW2901 (what did not fit into the last piece)
                # Several gzip members in a row are one body (RFC 1952): each takes an unpacker of its own.
                if unpacker.eof and unpacker.unused_data:
                    raw, unpacker = unpacker.unused_data, zlib.decompressobj(wbits=47)  # noqa: PLW2901
                    members += 1
                if members > _MAX_MEMBERS:
                    raise BodyRefused(f"compressed in more than {_MAX_MEMBERS} members")
    except zlib.error as error:
        raise BodyRefused(f"its compression is damaged ({error})") from error
    if not unpacker.eof:
        raise BodyRefused("its compression ends too early")


def retry_after_seconds(response: httpx.Response) -> float | None:
    """Return the seconds to wait by the header `Retry-After`, a number or a date; None if there is none."""
    said = response.headers.get("retry-after", "").strip()[:40]
    try:
        seconds = float(said)
    except ValueError:
        try:
            when = parsedate_to_datetime(said)
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
            seconds = (when - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return None if math.isnan(seconds) else max(0.0, seconds)


def stream_body(response: httpx.Response, exchange: Exchange, max_bytes: int) -> Generator[bytes, None, None]:
    """Yield the decompressed body of a response as it comes, and close the response at the end.

    The bounds of `exchange` hold while a piece is waited for; between two pieces the caller's own apply.

    Args:
        response: of `httpx.Client.send` with `stream=True`.
        exchange: the one that the request was sent in.
        max_bytes: maximum size of the body once it is decompressed.

    Raises:
        BodyTooLarge: it is longer.
        BodyRefused: its compression is damaged, or none that was asked for.
        httpx.TransportError: it did not come whole, or not within the bounds of the exchange.
    """
    pieces, size = _decoded(response), 0
    try:
        while True:
            with within(exchange):
                exchange.seconds_left()  # what is unpacked takes time, too
                piece = next(pieces, None)
            if piece is None:
                return
            size += len(piece)
            if size > max_bytes:
                raise BodyTooLarge(f"more than {max_bytes} bytes")
            yield piece
    finally:
        # Not `within` the exchange, which closing does not need: this may run while memory is freed, and
        # Python 3.11 crashes if a context variable is set in the middle of setting another one.
        response.close()
