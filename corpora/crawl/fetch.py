"""Fetch one page over HTTP: in its turn, within bounds of size and time, with retries where they may help."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Event

import httpx

from corpora.crawl.addresses import CheckedTransport
from corpora.crawl.answer import Answer, Validators
from corpora.crawl.pace import Pace
from corpora.crawl.scope import normal_url
from corpora.document import SkipReason
from corpora.network.exchange import Exchange, ExchangeCut, within
from corpora.network.http_client import BodyRefused, BodyTooLarge, read_body, retry_after_seconds

AGENT = "docprompting"
CONNECTIONS = 4
"""Connections to one host at once: no more than browsers used to open."""

PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/markdown", "text/x-markdown", "text/plain")

_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_STEP_BYTES = 65_536
_WIRE_FACTOR = 2  # bytes on the wire for each of the page: tiny HTTP chunks double the size of a body
_MAX_HEADER_CHARS = 500


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that one page may cost.

    Attributes:
        page_bytes: bytes of the body once it is decompressed.
        page_seconds: seconds of a whole exchange, from resolving the name to the last byte.
        attempts: how often to ask.
        backoff_seconds: seconds between the first two attempts; each further pause is twice as long.
        longest_wait: seconds; if the server asks for a longer pause (Retry-After), the page is given up.
    """

    page_bytes: int
    page_seconds: float = 60.0
    attempts: int = 4
    backoff_seconds: float = 0.5
    longest_wait: float = 60.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to accept of an answer.

    Attributes:
        types: content types; empty for any.
        first_bytes: how much to read of a body that may be longer; 0 to refuse a body above the bounds.
    """

    types: tuple[str, ...] = PAGE_TYPES
    first_bytes: int = 0


class _Refused(Exception):
    """A body cannot be accepted: `reason` is that of a `Skipped`, the message its detail."""

    def __init__(self, reason: SkipReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Fetcher:
    """An HTTP client for one site. Its methods may be called from several threads.

    Args:
        bounds: of each page.
        pace: when requests may be sent.
        stop: set it to end exchanges and pauses early.
        allow_private: whether to connect to addresses that are not public.
    """

    def __init__(self, bounds: Bounds, pace: Pace, stop: Event, *, allow_private: bool) -> None:
        self.pace = pace
        self._bounds, self._stop = bounds, stop
        self._client = httpx.Client(
            transport=CheckedTransport(allow_private=allow_private, connections=CONNECTIONS),
            headers={"User-Agent": AGENT, "Accept-Encoding": "gzip", "Accept": _accepted()},
            timeout=httpx.Timeout(15.0, pool=None),
            follow_redirects=False,
            trust_env=False,  # the transport reads proxies itself; passwords from ~/.netrc are never sent
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def fetch(self, url: str, validators: Validators, wanted: Wanted = Wanted()) -> Answer:
        """Ask for `url`, several times if it fails. Redirects are returned, not followed.

        Args:
            url: in normal form.
            validators: of the version that is known; `Validators()` asks for the page in any case.
            wanted: what to accept.

        Raises:
            AddressRefused: the host has an address that is not public.
        """
        bounds = self._bounds
        for attempt in range(1, bounds.attempts + 1):
            self.pace.wait()
            answer = self._attempt(url, validators, wanted)
            if not answer.is_passing or answer.is_cut or attempt == bounds.attempts or self._stop.is_set():
                break
            wait = bounds.backoff_seconds * 2 ** (attempt - 1)
            if answer.retry_after is not None:
                wait = answer.retry_after
                if wait > bounds.longest_wait:
                    detail = f"{answer.detail}; the server asks to wait {wait:.0f} s"
                    return replace(answer, detail=detail)
                self.pace.pause(wait)  # `Retry-After` is about the host, so other pages wait, too
            self._stop.wait(wait)
        return answer

    def _attempt(self, url: str, validators: Validators, wanted: "Wanted") -> Answer:
        bounds, now = self._bounds, datetime.now(UTC).isoformat(timespec="seconds")
        exchange = Exchange(
            seconds=bounds.page_seconds,
            max_bytes=_WIRE_FACTOR * bounds.page_bytes + _STEP_BYTES,
            stop=self._stop,
        )
        try:
            with (
                within(exchange),
                self._client.stream("GET", url, headers=validators.headers()) as response,
            ):
                return self._read(url, response, wanted, now)
        except _Refused as refused:
            return Answer(200, now, reason=refused.reason, detail=str(refused))
        except ExchangeCut as error:  # not tried again: a server that used up all the time would do so again
            return Answer(0, now, reason="unreadable", detail=str(error), is_passing=True, is_cut=True)
        except httpx.TimeoutException as error:
            detail = f"no answer in time ({type(error).__name__})"
            return Answer(0, now, reason="unreadable", detail=detail, is_passing=True)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # ValueError: escapes from h11
            detail = _short(str(error)) or type(error).__name__
            return Answer(0, now, reason="unreadable", detail=detail, is_passing=True)

    def _read(self, url: str, response: httpx.Response, wanted: "Wanted", now: str) -> Answer:
        status, headers = response.status_code, response.headers
        if status == 304:
            return Answer(status, now)
        if status != 200:
            _drain(response)
        if status in _REDIRECTS:
            target = normal_url(headers.get("location", ""), url)
            reason: SkipReason | None = None if target else "unreadable"
            return Answer(status, now, target=target, reason=reason, detail="a redirect to nowhere")
        if status != 200:
            return Answer(
                status,
                now,
                reason="unreadable",
                detail=_short(f"{status} {response.reason_phrase}".strip()),
                is_passing=status in _RETRIED,
                retry_after=retry_after_seconds(response),
            )
        content_type = _short(headers.get("content-type", "")) or "text/html"  # much as browsers guess
        media_type = content_type.partition(";")[0].strip().lower()
        if wanted.types and media_type not in wanted.types:
            raise _Refused("binary", f"served as {media_type}")
        return Answer(
            status,
            now,
            Validators.of(headers.get("etag", ""), headers.get("last-modified", "")),
            content_type,
            headers.get("x-robots-tag", "")[:_MAX_HEADER_CHARS],
            body=self._body(response, wanted),
        )

    def _body(self, response: httpx.Response, wanted: "Wanted") -> bytes:
        limit = self._bounds.page_bytes
        try:
            return read_body(response, min(limit, wanted.first_bytes or limit), cut=wanted.first_bytes > 0)
        except BodyTooLarge as error:
            raise _Refused("too large", str(error)) from error
        except BodyRefused as error:
            raise _Refused("unreadable", str(error)) from error


def _drain(response: httpx.Response) -> None:
    """Read an unwanted body if it is small, so that the connection can be used again."""
    size = 0
    for piece in response.iter_raw():
        size += len(piece)
        if size > _STEP_BYTES:
            return


def _short(text: str) -> str:
    """Return the beginning of a header or an error message, which a server may make as long as it likes."""
    return text[:_MAX_HEADER_CHARS]


def _accepted() -> str:
    return ", ".join(PAGE_TYPES) + ", */*;q=0.1"
