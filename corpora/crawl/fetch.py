"""One page over HTTP: in its turn, within bounds of size and time, tried again where that may help."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event
from time import monotonic

import httpx

from corpora.crawl.addresses import CheckedTransport
from corpora.crawl.answer import Answer, Validators
from corpora.crawl.pace import Pace
from corpora.crawl.scope import normal_url
from corpora.document import SkipReason

AGENT = "docprompting"
CONNECTIONS = 4  # at once to one host: what a browser of old opened

PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/markdown", "text/x-markdown", "text/plain")

_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_STEP_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one page may cost: bytes once decompressed, seconds, attempts, and seconds between them.

    An attempt is `backoff_seconds` after the first, then twice as long after each; a server that
    asks (Retry-After) for more than `longest_wait` is not waited for.
    """

    page_bytes: int
    page_seconds: float = 60.0
    attempts: int = 4
    backoff_seconds: float = 0.5
    longest_wait: float = 60.0


class _Refused(Exception):
    """A body that is not to be had: the reason of a `Skipped`, and its detail."""

    def __init__(self, reason: SkipReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Fetcher:
    """A client of one site. Its methods may be called from several threads."""

    def __init__(self, bounds: Bounds, pace: Pace, stop: Event, *, allow_private: bool) -> None:
        self.pace = pace
        self._bounds, self._stop = bounds, stop
        self._client = httpx.Client(
            transport=CheckedTransport(allow_private=allow_private, connections=CONNECTIONS),
            headers={"User-Agent": AGENT, "Accept-Encoding": "gzip", "Accept": _accepted()},
            timeout=httpx.Timeout(15.0, pool=None),
            follow_redirects=False,
            trust_env=False,  # the transport asks the environment for proxies; passwords stay where they are
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def fetch(self, url: str, validators: Validators, types: tuple[str, ...] = PAGE_TYPES) -> Answer:
        """Ask for `url`, a few times if need be. Redirects are told and not followed.

        Args:
            url: in normal form.
            validators: of the version that is known; `Validators()` asks for the page in any case.
            types: the content types to take; empty for any.

        Raises:
            AddressRefused: the host has an address that is not public.
        """
        bounds = self._bounds
        for attempt in range(1, bounds.attempts + 1):
            self.pace.wait()
            answer = self._attempt(url, validators, types)
            if not answer.is_passing or attempt == bounds.attempts or self._stop.is_set():
                break
            wait = bounds.backoff_seconds * 2 ** (attempt - 1)
            if answer.retry_after is not None:
                wait = answer.retry_after
                if wait > bounds.longest_wait:
                    detail = f"{answer.detail}; the server asks to wait {wait:.0f} s"
                    return replace(answer, detail=detail)
                self.pace.pause(wait)  # it is the host that is asked to be left alone, not the page
            self._stop.wait(wait)
        return answer

    def _attempt(self, url: str, validators: Validators, types: tuple[str, ...]) -> Answer:
        deadline = monotonic() + self._bounds.page_seconds
        now = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            with self._client.stream("GET", url, headers=validators.headers()) as response:
                return self._read(url, response, types, (deadline, now))
        except _Refused as refused:
            return Answer(200, now, reason=refused.reason, detail=str(refused))
        except httpx.TimeoutException as error:
            detail = f"no answer in time ({type(error).__name__})"
            return Answer(0, now, reason="unreadable", detail=detail, is_passing=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            detail = str(error) or type(error).__name__
            return Answer(0, now, reason="unreadable", detail=detail, is_passing=True)

    def _read(
        self, url: str, response: httpx.Response, types: tuple[str, ...], clock: tuple[float, str]
    ) -> Answer:
        deadline, now = clock
        status, headers = response.status_code, response.headers
        if status == 304:
            return Answer(status, now)
        if status != 200:
            _drain(response, deadline)
        if status in _REDIRECTS:
            target = normal_url(headers.get("location", ""), url)
            reason: SkipReason | None = None if target else "unreadable"
            return Answer(status, now, target=target, reason=reason, detail="a redirect to nowhere")
        if status != 200:
            detail = f"{status} {response.reason_phrase}".strip()
            wait = _seconds(headers.get("retry-after", ""))
            passing = status in _RETRIED
            return Answer(
                status, now, reason="unreadable", detail=detail, is_passing=passing, retry_after=wait
            )
        content_type = headers.get("content-type", "") or "text/html"  # as browsers take it, give or take
        media_type = content_type.partition(";")[0].strip().lower()
        if types and media_type not in types:
            raise _Refused("binary", f"the server calls it {media_type}")
        return Answer(
            status,
            now,
            Validators(headers.get("etag", ""), headers.get("last-modified", "")),
            content_type,
            headers.get("x-robots-tag", ""),
            body=self._body(response, deadline),
        )

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        """The decompressed body, of which no more is read or unpacked than is wanted."""
        limit = self._bounds.page_bytes
        too_large = _Refused("too large", f"more than {limit} bytes")
        length = response.headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            raise too_large
        body = bytearray()
        for piece in _decoded(response):
            body += piece
            if len(body) > limit:
                raise too_large
            if monotonic() > deadline:
                raise _Refused("unreadable", f"not whole after {self._bounds.page_seconds:.0f} s")
        return bytes(body)


def _drain(response: httpx.Response, deadline: float) -> None:
    """Read a body that nobody wants if it is small, so that the connection can be used again."""
    size = 0
    for piece in response.iter_raw():
        size += len(piece)
        if size > _STEP_BYTES or monotonic() > deadline:
            return


def _decoded(response: httpx.Response) -> Iterator[bytes]:
    """The body in pieces of bounded size: httpx would unpack all that a chunk holds at once."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        yield from response.iter_raw()
        return
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise _Refused("unreadable", f"in the content encoding {encoding!r}, which was not asked for")
    unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, by the first bytes
    try:
        for raw in response.iter_raw():
            while raw:
                yield unpacker.decompress(raw, _STEP_BYTES)
                raw = unpacker.unconsumed_tail  # noqa: PLW2901
                if unpacker.eof and unpacker.unused_data:
                    raw, unpacker = unpacker.unused_data, zlib.decompressobj(wbits=47)  # noqa: PLW2901
    except zlib.error as error:
        raise _Refused("unreadable", f"its compression is damaged ({error})") from error
    if not unpacker.eof:
        raise _Refused("unreadable", "its compression ends too early")


def _seconds(retry_after: str) -> float | None:
    """Seconds from now that a `Retry-After` names, as a number or a date; None if it says nothing."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        when = parsedate_to_datetime(retry_after)
    except (ValueError, IndexError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def _accepted() -> str:
    return ", ".join(PAGE_TYPES) + ", */*;q=0.1"
