"""The outcome of a request for a page, as the fetcher returns it and the store keeps it."""

import re
from dataclasses import dataclass

from corpora.document import SkipReason

_SENDABLE = re.compile(r"[\x20-\x7e]{1,500}")
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Validators:
    """The headers that identify the version of a page: `ETag` and `Last-Modified`; empty where not sent."""

    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, etag: str, last_modified: str) -> "Validators":
        """Make validators of two header values; one that cannot be sent back safely becomes empty."""
        return cls(*(value if _SENDABLE.fullmatch(value) else "" for value in (etag, last_modified)))

    def headers(self) -> dict[str, str]:
        """Return the headers of a conditional request, which asks for the page only if it has changed."""
        wanted = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in wanted.items() if value}


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a request: a body, a redirect (`target`), "not modified", or a reason for none of them.

    Attributes:
        status: the HTTP status; 0 if no server was asked, or none answered.
        fetched_at: when the request was sent, `2026-11-23T10:00:00+00:00`.
        validators: those of the body.
        content_type: the header, with its charset.
        robots_tag: the header `X-Robots-Tag`.
        target: the URL that a redirect leads to, in normal form.
        body: the decompressed body; None if there is none.
        reason: why there is no page; None if there is one.
        detail: the reason in words.
        is_passing: whether the failure may be over soon.
        retry_after: seconds after which to try again, if the server says so.
        is_cut: whether the exchange went beyond its bounds of time or bytes.
    """

    status: int
    fetched_at: str = ""
    validators: Validators = Validators()
    content_type: str = ""
    robots_tag: str = ""
    target: str = ""
    body: bytes | None = None
    reason: SkipReason | None = None
    detail: str = ""
    is_passing: bool = False
    retry_after: float | None = None
    is_cut: bool = False

    @property
    def is_unchanged(self) -> bool:
        """Whether the server still has the version that is known."""
        return self.status == 304

    @property
    def is_gone(self) -> bool:
        """Whether the server says that the page does not exist (any more)."""
        return self.status in _GONE

    @property
    def keeps_body(self) -> bool:
        """Whether a body fetched earlier stays valid: it has not changed, or the page failed for now."""
        return self.is_unchanged or (self.reason == "unreadable" and not self.is_gone)
