"""Which URLs are those of a site: their normal form, and the origin and path they have to have."""

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

_FRONT = "index.html"  # the name of the page of the scope's own folder

# A relative link on a page that answers under any path leads ever deeper: /a/b/b/b/b/...
_MAX_REPEATS = 4
MAX_URL_CHARS = 2_000


def normal_url(text: str, base: str = "") -> str:
    """The URL that `text` stands for on the page `base`, in normal form; empty if none can be fetched.

    Scheme and host are in lower case, the host in its IDNA form; the fragment, the default port and
    dot segments are gone; what need not be escaped is not, and escapes are in upper case. Only http
    and https are taken, and no URL that carries a user's name.
    """
    if len(text) > MAX_URL_CHARS:  # not fetched; and what was put in normal form is kept in memory
        return ""
    try:
        # What is the same on every page, its navigation, is put in normal form once.
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
    def escape(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else found[0].upper()

    part = quote(_LONE_PERCENT.sub("%25", part), safe=safe, errors="replace")
    return _ESCAPE.sub(escape, part)


def _without_dots(path: str) -> str:
    """`path` with `.` and `..` resolved (RFC 3986, 5.2.4)."""
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
        """The folder that the URL `start`, in normal form, lies in."""
        return cls(urljoin(start, "."))

    @property
    def origin(self) -> str:
        """Scheme, host and port: `https://example.org`."""
        return origin_of(self.base)

    def holds(self, url: str) -> bool:
        """Whether the URL, in normal form, is in scope."""
        return url.startswith(self.base)

    def path_of(self, url: str) -> str:
        """The path of a URL in scope, relative to `base`; the page of the folder itself is `index.html`."""
        path = url.removeprefix(self.base)
        return f"{_FRONT}{path}" if not path or path.startswith("?") else path

    def urls_of(self, path: str) -> list[str]:
        """The URLs whose path, as `path_of` tells it, is `path`."""
        is_front = path == _FRONT or path.startswith(f"{_FRONT}?")
        return [*([self.base + path.removeprefix(_FRONT)] if is_front else []), self.base + path]


def origin_of(url: str) -> str:
    """`https://example.org` of `https://example.org/en/`."""
    return urljoin(url, "/").removesuffix("/")


def is_same_place(start: str, target: str) -> bool:
    """Whether a redirect leads from `start` to the same page, over TLS or with the slash of a folder."""
    ends = {target, target.removesuffix("/")}
    return start in ends or start.replace("http://", "https://", 1) in ends


def is_trap(url: str) -> bool:
    """Whether a URL looks like one of an endless number: very long, or the same segment over and over."""
    segments = Counter(filter(None, urlsplit(url).path.split("/")))
    return len(url) > MAX_URL_CHARS or max(segments.values(), default=0) >= _MAX_REPEATS


def is_loopback(url: str) -> bool:
    """Whether the URL is one of this machine, by its name."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
