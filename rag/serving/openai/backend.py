"""The server of the model behind the proxy."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from corpora.errors import GeneratorError
from corpora.redaction.credentials import without_credentials

_CONNECT_SECONDS: Final = 10.0
_SENT_ON: Final = ("openai-organization", "openai-project", "openai-beta")
"""Headers of a client that the backend is sent; all others stay here."""


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """The server of a model.

    Args:
        base_url: its address, up to and with `/v1`.
        key: that it is sent; empty to send on what a client sends.
        model: used for requests that name none, or `rag/none`.
        answer_seconds: how long it may be silent.
    """

    base_url: str
    key: str = field(default="", repr=False)
    model: str = ""
    answer_seconds: float = 600.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise GeneratorError(
                f"{without_credentials(self.base_url)} is not the address of a server",
                why="it is not like http://HOST:PORT/v1",
                fix="give the address of an OpenAI-compatible server: --backend http://127.0.0.1:8080/v1",
            )


class BackendGone(GeneratorError):
    """The server of the model cannot be reached, or ended in the middle of an answer."""


class ModelBackend:
    """Sends requests on to the server of a model, over connections that are kept."""

    def __init__(self, settings: BackendSettings) -> None:
        self.settings = settings
        self._base = settings.base_url.rstrip("/")
        timeout = httpx.Timeout(settings.answer_seconds, connect=_CONNECT_SECONDS)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        self._client = httpx.AsyncClient(timeout=timeout, limits=limits, follow_redirects=False)

    @asynccontextmanager
    async def answering(
        self, method: str, path: str, headers: Mapping[str, str], body: Any = None
    ) -> AsyncIterator[httpx.Response]:
        """Send a request, and lend the answer, whose body has still to be read.

        Args:
            method: of HTTP.
            path: behind the address of the server, such as `/chat/completions`; what is asked of llama.cpp
                stands beside `/v1`: `/infill`.
            headers: of the client, of which few are sent on.
            body: sent as JSON; None for none.

        Raises:
            BackendGone: it cannot be reached, or takes too long.
        """
        base = self._base.removesuffix("/v1") if path == "/infill" else self._base
        request = self._client.build_request(
            method, f"{base}{path}", headers=self._headers(headers), json=body if body is not None else None
        )
        try:
            response = await self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise self.gone(error) from error
        try:
            yield response
        finally:
            await response.aclose()

    def gone(self, error: Exception) -> BackendGone:
        """Return the error that says that the server went away, or took too long."""
        why = without_credentials(str(error)) or type(error).__name__
        took_long = isinstance(error, httpx.TimeoutException)
        return BackendGone(
            f"the server of the model at {without_credentials(self._base)} "
            + ("took too long" if took_long else "cannot be reached, or went away"),
            why=why,
            fix="see whether it runs, and ask again",
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        kept = {name: headers[name] for name in _SENT_ON if name in headers}
        if self.settings.key:
            kept["authorization"] = f"Bearer {self.settings.key}"
        elif "authorization" in headers:
            kept["authorization"] = headers["authorization"]
        return kept
