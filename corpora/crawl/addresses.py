"""Tell public internet addresses from others, and connect to exactly the address that was checked."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Lock
from typing import Any, Final

import httpx

from corpora.network.exchange import resolve_host
from corpora.network.http_client import BoundedTransport

# The blocks that IANA's registries of special-purpose addresses (RFC 6890, as of 2025) do not mark as
# globally reachable, or that lead to more than one host. A table of our own: `ipaddress` varies by Python.
# https://www.iana.org/assignments/iana-ipv4-special-registry
_SPECIAL_IPV4: Final = [
    ip_network(block)
    for block in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
        *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
    )
]
# https://www.iana.org/assignments/iana-ipv6-special-registry: global unicast is 2000::/3, which includes
# tunnels (Teredo, 6to4), documentation, benchmarks, identifiers and anycast.
_UNICAST_IPV6: Final = ip_network("2000::/3")
_SPECIAL_IPV6: Final = [
    ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
]
# IPv6 notations that reach the IPv4 host in their last 32 bits: ::ffff:10.0.0.1 is translated by this
# machine, 64:ff9b::10.0.0.1 (NAT64) by the network; on an IPv6-only one it is the only way to an IPv4 host.
_INNER_IPV4: Final = [ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96")]


class AddressRefused(Exception):
    """A host has an address that is not on the public internet; the message names host and address."""


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to a host on the public internet.

    An address with a zone (`fe80::1%eth0`) is local to a link, hence not public; neither is a text that is
    no IP address.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if any(ip in block for block in _INNER_IPV4):
            return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
        is_unicast = ip.scope_id is None and ip in _UNICAST_IPV6
        return is_unicast and not any(ip in block for block in _SPECIAL_IPV6)
    return not any(ip in block for block in _SPECIAL_IPV4)


class CheckedTransport(httpx.BaseTransport):
    """HTTP over addresses that are resolved and checked once, which rules out DNS rebinding.

    Behind a proxy (`HTTPS_PROXY` and the like) it is the proxy that resolves names: then a host is refused
    only if its name leads to a private address on this machine, too.

    Args:
        allow_private: whether to connect to any address.
        connections: maximum number of open connections.
    """

    def __init__(self, *, allow_private: bool, connections: int) -> None:
        self._allow_private = allow_private
        self._below = BoundedTransport(
            connections=connections, addresses=self._addresses, is_direct=_is_local
        )
        self._known: dict[tuple[str, int], list[tuple[Any, ...]]] = {}
        self._lock = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises:
            AddressRefused: the host has an address that is not public.
            ExchangeCut: the exchange went beyond its bounds.
            httpx.TransportError: the server cannot be reached, or does not speak HTTP.
        """
        url = request.url
        if not _is_local(url.host) and self._below.proxy_for(url):
            self._check_here(url.host, url.port or (443 if url.scheme == "https" else 80))
        return self._below.handle_request(request)

    def close(self) -> None:
        """Close all connections."""
        self._below.close()

    def _addresses(self, host: str, port: int) -> list[tuple[Any, ...]]:
        with self._lock:
            known = self._known.get((host, port))
        if known is None:
            known = resolve_host(host, port)
            for *_, place in known:
                if not self._allow_private and not is_public(place[0]):
                    raise AddressRefused(f"{host} has the address {place[0]}, which is not public")
            with self._lock:
                known = self._known.setdefault((host, port), known)
        return known

    def _check_here(self, host: str, port: int) -> None:
        try:
            self._addresses(host, port)
        except httpx.ConnectError:  # behind a proxy, this machine need not be able to resolve names
            return


def _is_local(host: str) -> bool:
    """Return whether a host is reached without a proxy: it is an IP address or `localhost`."""
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
