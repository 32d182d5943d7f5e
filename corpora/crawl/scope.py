"""Decide which URLs belong to a site: their normal form, and the origin and path that they must have."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_IN_PATH, _IN_QUERY = "/:@!$&'()*+,;=~%", "/:@!$&'()*+,;=~%?"

_FRONT = "index.html"  # the path given to the page at the scope's base, whose own path is empty

# A relative link on a page that answers under any path leads ever deeper: /a/b/b/b/b/...
_MAX_REPEATS = 4
MAX_URL_CHARS = 2_000


def normal_url(text: str, base: str = "") -> str:
    """Return the normal form of the link `text` on the page `base`; empty if it cannot be fetched.

    Scheme and host are in lower case, the host in its IDNA form; the fragment, the default port and
    dot segments are removed; characters are escaped only where they must be, in upper case. Only http
    and https are accepted, and no URL that carries a user name.

    >>> normal_url("../B/%7eann/?q=a%2fb#top", "HTTP://Example.org:80/x/y")
    'http://example.org/B/~ann/?q=a%2Fb'
    """
    if len(text) > MAX_URL_CHARS:  # never fetched, and too long for the cache of `_normal`
        return ""
    try:
        # The links of a site's navigation are on each of its pages; `_normal` remembers them.
        return _normal(urljoin(base, text.partition("#")[0].strip()))
    except ValueError:  # half an IPv6 address
        return ""


@lru_cache(maxsize=20_000)
def _normal(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = host if ":" in host or host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:  # a port that is no number, a label of 64 letters
        return ""
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or _is_odd(host):
        return ""
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port not in {None, _PORTS[parts.scheme]} else ""
    path = _without_dots(_escaped(parts.path, _IN_PATH)) or "/"
    return urlunsplit((parts.scheme, place, path, _escaped(parts.query, _IN_QUERY), ""))


def _is_odd(host: str) -> bool:
    return re.search(r"[^\w.:-]", host, re.ASCII) is not None


def _escaped(part: str, safe: str) -> str:
    # `%7E` is a plain `~`; `%2f` stays an escape, in upper case; a lone `%` becomes `%25`.
    def escape(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else found[0].upper()

    part = quote(_LONE_PERCENT.sub("%25", part), safe=safe, errors="replace")
    return _ESCAPE.sub(escape, part)


def _without_dots(path: str) -> str:
    """Return `path` with `.` and `..` resolved (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    is_folder = bool(segments) and segments[-1] in {".", ".."}
    return "/" + "/".join(kept) + ("/" if is_folder and kept else "")


@dataclass(frozen=True, slots=True)
class Scope:
    """The pages of one origin below one path. `base` ends with a slash: `https://example.org/en/`."""

    base: str

    @classmethod
    def of(cls, start: str) -> "Scope":
        """Return the scope of the folder that the URL `start`, in normal form, lies in."""
        return cls(urljoin(start, "."))

    @property
    def origin(self) -> str:
        """Scheme, host and port: `https://example.org`."""
        return origin_of(self.base)

    def contains(self, url: str) -> bool:
        """Return whether a URL, in normal form, is in scope."""
        return url.startswith(self.base)

    def path_of(self, url: str) -> str:
        """Return the path of a URL in scope, relative to `base`; that of `base` itself is `index.html`."""
        path = url.removeprefix(self.base)
        return f"{_FRONT}{path}" if not path or path.startswith("?") else path

    def urls_of(self, path: str) -> list[str]:
        """Return the URLs for which `path_of` returns `path`: for `index.html`, these are two."""
        is_front = path == _FRONT or path.startswith(f"{_FRONT}?")
        return [*([self.base + path.removeprefix(_FRONT)] if is_front else []), self.base + path]


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL: `https://example.org` of `https://example.org/en/`."""
    return urljoin(url, "/").removesuffix("/")


def is_same_place(start: str, target: str) -> bool:
    """Return whether a redirect only changes http to https, adds a final slash, or both."""
    ends = {target, target.removesuffix("/")}
    return start in ends or start.replace("http://", "https://", 1) in ends


def is_trap(url: str) -> bool:
    """Return whether a URL looks like one of endlessly many: very long, or with the same segment repeated."""
    segments = Counter(filter(None, urlsplit(url).path.split("/")))
    return len(url) > MAX_URL_CHARS or max(segments.values(), default=0) >= _MAX_REPEATS


def is_loopback(url: str) -> bool:
    """Return whether the host of a URL is `localhost` or a loopback address."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
