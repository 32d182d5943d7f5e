"""How a service by HTTP is set up."""

import hmac
import ipaddress
from dataclasses import dataclass, field
from typing import Final

from corpora.errors import RagError
from rag.serving.http.readers import IndexReader

DEFAULT_PORT: Final = 8642
DEFAULT_HOST: Final = "127.0.0.1"
MIB: Final = 1 << 20
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
_LEAST_TOKEN_CHARS: Final = 16


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where a service listens, whom it answers, and its limits.

    Args:
        host: the address to listen at.
        port: the port; 0 for a free one.
        token: that clients must send; empty for none, which only a loopback address may do without.
        allowed_hosts: names by which clients may call the service beside its address and those of loopback.
        allowed_origins: origins of other pages that may call it, such as `http://localhost:3000`.
        max_body_bytes: the largest request.
        body_seconds: how long a request may take to come in.
        most_at_once: requests that are worked on at a time.
        most_waiting: requests that wait for their turn; more are refused.
        answer_seconds: how long an answer may take.
        logs_questions: whether the log has the texts of questions.
        readers: who may ask beside whoever has the token, each what they may read; none for everybody.

    Raises:
        RagError: others could reach it, and there is no token, or a short one.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    token: str = field(default="", repr=False)
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    max_body_bytes: int = 32 * MIB
    body_seconds: float = 30.0
    most_at_once: int = 32
    most_waiting: int = 512
    answer_seconds: float = 600.0
    logs_questions: bool = False
    readers: tuple[IndexReader, ...] = ()

    def __post_init__(self) -> None:
        if self.token and len(self.token) < _LEAST_TOKEN_CHARS:
            raise RagError(
                "the token is too short",
                why=f"it has {len(self.token)} characters, and could be guessed",
                fix=f"use {_LEAST_TOKEN_CHARS} or more: RAG_TOKEN=$(openssl rand -hex 24)",
            )
        if not self.token and not self.readers and not is_loopback_address(self.host):
            raise RagError(
                f"the service does not listen at {self.host} without a token",
                why="other machines could read the indexes",
                fix="set one: RAG_TOKEN=$(openssl rand -hex 24); or listen at 127.0.0.1",
            )

    def may_be_called(self, host: str) -> bool:
        """Return whether the header `Host` names this service, and not a name that leads here by a trick."""
        name = host_name(host)
        return name in _LOOPBACK_NAMES or name == self.host.lower() or name in self.allowed_hosts

    def may_come_from(self, origin: str, host: str) -> bool:
        """Return whether a page of this origin may call the service, which it calls by `host`."""
        own = {f"http://{host.lower()}", f"https://{host.lower()}"}
        return origin.lower() in own or origin in self.allowed_origins

    @property
    def needs_token(self) -> bool:
        """Return whether clients must say who they are."""
        return bool(self.token or self.readers)

    def is_token(self, text: str) -> bool:
        """Return whether `text` is the token of whoever may read everything."""
        return bool(self.token) and hmac.compare_digest(text.encode(), self.token.encode())


def host_name(host: str) -> str:
    """Return the name in a header `Host`, without its port.

    >>> host_name("localhost:8642"), host_name("[::1]:8642"), host_name("::1")
    ('localhost', '[::1]', '::1')
    """
    text = host.strip().lower()
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    name, colon, port = text.rpartition(":")
    return name if colon and port.isdigit() and ":" not in name else text


def is_loopback_address(host: str) -> bool:
    """Return whether only programs on this machine can reach an address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
