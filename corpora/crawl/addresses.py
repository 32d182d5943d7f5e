"""Connections to public addresses only, to the very address that was checked."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Lock
from urllib.request import getproxies, proxy_bypass

import httpx

_NAT64 = ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """A host has an address that is not on the public internet; the message names both."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet: not private, loopback, link-local, multicast."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if ip in _NAT64:
            inner = IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


class CheckedTransport(httpx.BaseTransport):
    """HTTP over addresses that were looked up and checked once, so that a name cannot change its mind.

    Through a proxy (`HTTPS_PROXY` and its like) it is the proxy that looks names up: then only those
    are refused that lead to a private address here.

    Args:
        allow_private: take any address.
        connections: how many to keep open.
    """

    def __init__(self, *, allow_private: bool, connections: int) -> None:
        self._allow_private = allow_private
        self._limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._direct = httpx.HTTPTransport(limits=self._limits)
        self._proxied: dict[str, httpx.HTTPTransport] = {}
        self._known: dict[tuple[str, int], list[str]] = {}
        self._lock = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises `AddressRefused`, or what httpx raises."""
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        if proxy := _proxy_for(url):
            self._check_here(url.host, port)
            return self._through(proxy).handle_request(request)
        addresses = self._addresses(url.host, port)
        for address in addresses:
            pinned = httpx.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,  # `Host` is the name, put there from the first URL
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": url.host},
            )
            try:
                return self._direct.handle_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if address == addresses[-1]:
                    raise
        raise httpx.ConnectError(f"{url.host} has no address", request=request)

    def close(self) -> None:
        """Close all connections."""
        for transport in (self._direct, *self._proxied.values()):
            transport.close()

    def _addresses(self, host: str, port: int) -> list[str]:
        with self._lock:
            if (host, port) not in self._known:
                self._known[host, port] = self._look_up(host, port)
            return self._known[host, port]

    def _look_up(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpx.ConnectError(f"{host}: {error.strerror or error}") from error
        except UnicodeError as error:
            raise httpx.ConnectError(f"{host} is no name of a host") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for address in addresses:
            if not self._allow_private and not is_public(address):
                raise AddressRefused(f"{host} has the address {address}, which is not public")
        return addresses

    def _check_here(self, host: str, port: int) -> None:
        try:
            self._addresses(host, port)
        except httpx.ConnectError:  # behind a proxy, names of the internet need not be known here
            return

    def _through(self, proxy: str) -> httpx.HTTPTransport:
        with self._lock:
            if proxy not in self._proxied:
                self._proxied[proxy] = httpx.HTTPTransport(proxy=proxy, limits=self._limits)
            return self._proxied[proxy]


def _proxy_for(url: httpx.URL) -> str:
    """The proxy that the environment names for `url`, by the usual variables; empty for none."""
    proxy = getproxies().get(url.scheme, "")
    if not proxy or _is_literal(url.host) or url.host == "localhost" or proxy_bypass(url.host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
