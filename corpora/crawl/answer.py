"""What came of asking a server for a page: the record that fetching makes and the store keeps."""

import re
from dataclasses import dataclass

from corpora.document import SkipReason

_SENDABLE = re.compile(r"[\x20-\x7e]{1,500}")
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said that tells one version of a page from another."""

    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, etag: str, last_modified: str) -> "Validators":
        """Those of two headers, of which only what can be sent again is taken."""
        return cls(*(value if _SENDABLE.fullmatch(value) else "" for value in (etag, last_modified)))

    def headers(self) -> dict[str, str]:
        """The headers that ask for the page only if it is another version."""
        wanted = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in wanted.items() if value}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking for a URL: one of a body, a redirect (`target`), "not modified", a reason.

    `status` is 0 where no server was asked or none answered; `is_passing` tells of a failure that may be
    over soon, `retry_after` after how many seconds, if the server said it;
    `is_cut`, that the exchange took more than it may.
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
        """Whether the version that is known is still that of the server."""
        return self.status == 304

    @property
    def is_gone(self) -> bool:
        """Whether the server says that there is no such page (any more)."""
        return self.status in _GONE

    @property
    def keeps_body(self) -> bool:
        """Whether what was fetched before still stands: for all that this answer says, it may."""
        return self.is_unchanged or (self.reason == "unreadable" and not self.is_gone)
