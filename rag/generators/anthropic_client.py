"""The client of Anthropic's API: its connections, and what its errors mean."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from corpora.errors import GeneratorError, GeneratorUnavailable, PromptRefused
from corpora.redaction.credentials import without_credentials
from rag.generators.endpoints.connections import Connections
from rag.generators.endpoints.openai_endpoint import MAX_ANSWER_BYTES, MAX_SHOWN_CHARS, OF_PROMPT, UNAVAILABLE

ANTHROPIC_KEY_VARIABLE: Final = "ANTHROPIC_API_KEY"
ANTHROPIC_URL_VARIABLE: Final = "ANTHROPIC_BASE_URL"


class AnswerExceeded(Exception):
    """An answer is longer than allowed, or in a form that was not asked for."""


class AnswerBrokenOff(Exception):
    """A stream ended before its answer did."""


@dataclass(frozen=True, slots=True)
class AnthropicClient:
    """What it takes to ask a model of Anthropic, without the key.

    Args:
        model: name of the model, for messages.
        base_url: address of the API; by default ANTHROPIC_BASE_URL, else Anthropic's.
        timeout_seconds: time for each step of an answer.
        max_concurrency: the most requests at a time, of all threads together.
        connections: what all requests share.
    """

    model: str
    base_url: str
    timeout_seconds: float
    max_concurrency: int
    connections: Connections

    @contextmanager
    def session(self) -> Iterator[Any]:
        """Wait for one's turn, and explain whatever fails meanwhile as a `GeneratorError`."""
        import anthropic  # optional
        import httpx2

        with self.connections.slots(self.base_url, self.max_concurrency).slot():
            shared = self.connections.client(self.max_concurrency, _bounded_http)
            try:
                # Made anew each time, so that the key is nowhere kept; the connections are.
                yield anthropic.Anthropic(
                    api_key=_sendable_key(),
                    base_url=self.base_url or None,
                    timeout=self.timeout_seconds,
                    max_retries=3,
                    http_client=shared,
                )
            except anthropic.APITimeoutError as error:
                raise self._too_slow() from error
            except AnswerExceeded as error:
                raise self._broke_off(str(error)) from error
            except (anthropic.APIStatusError, AnswerBrokenOff) as error:
                raise self._refusal(error) from None  # its text is the server's, which may repeat the key
            except anthropic.APIConnectionError as error:
                raise GeneratorUnavailable(
                    f"no answer from {self.address}",
                    why=_hidden(f"{type(error.__cause__ or error).__name__}: {error.__cause__ or error}"),
                    fix=f"check the network, and the address in base_url or {ANTHROPIC_URL_VARIABLE}",
                ) from error
            except httpx2.TimeoutException as error:
                raise self._too_slow() from error
            except httpx2.TransportError as error:
                raise self._broke_off(f"the connection was lost: {error}") from error
            except anthropic.CredentialsError as error:
                raise _no_key() from error
            except (
                anthropic.AnthropicError,
                httpx2.InvalidURL,
                TypeError,
                ValueError,
                AttributeError,
            ) as error:
                raise self.not_understood(error) from None

    @property
    def address(self) -> str:
        """Return the address of the server, without credentials."""
        return without_credentials(self.base_url or os.environ.get(ANTHROPIC_URL_VARIABLE) or "Anthropic")

    def _too_slow(self) -> GeneratorError:
        return GeneratorError(
            f"{self.address} took too long",
            why=f"its answer was not complete after {self.timeout_seconds:g} s",
            fix="try again, or give it more time with timeout_seconds",
        )

    def _broke_off(self, why: str) -> GeneratorError:
        return GeneratorError(f"{self.address} broke off its answer", why=_hidden(why), fix="try again later")

    def _refusal(self, error: Any) -> GeneratorError:
        """Explain an answer that is an error, before a stream or in the middle of one."""
        status = getattr(error, "status_code", 200)
        if status == 200:
            return self._broke_off(_said(error))
        fixes = {
            401: f"set {ANTHROPIC_KEY_VARIABLE} to a valid key",
            403: f"use a key that may use the model {self.model!r}",
            404: f"check the model's name, {self.model!r}",
            429: "wait, or check the limits of the account",
        }
        said = _said(error)
        is_unavailable = status in UNAVAILABLE or "credit balance" in said
        kind = GeneratorUnavailable if is_unavailable else GeneratorError
        return (PromptRefused if status in OF_PROMPT and not is_unavailable else kind)(
            f"{self.address} answered {status}",
            why=said,
            fix=fixes.get(status, "try again later" if status >= 500 else "see what the server says"),
        )

    def not_understood(self, error: Exception) -> GeneratorError:
        """Return the error for an answer that is not what the protocol says, or for a missing key."""
        if "authentication method" in str(error):
            return _no_key()
        return GeneratorError(
            f"the answer of {self.address} is not understood",
            why=_hidden(f"{type(error).__name__}: {error}"),
            fix="check that the address is that of the Messages API of Anthropic",
        )


def _bounded_http(connections: int) -> Any:
    """Return a client of HTTP that reads bounded answers, and follows nobody elsewhere with a key."""
    import anthropic  # optional
    import httpx2

    class Bounded(httpx2.SyncByteStream):
        def __init__(self, stream: Any, is_packed: bool, seconds: float | None) -> None:
            self._stream, self._is_packed, self._seconds = stream, is_packed, seconds
            self._end = monotonic() + seconds if seconds else None

        def __iter__(self) -> Iterator[bytes]:
            if self._is_packed:  # the client of the API would unpack it without a limit
                raise AnswerExceeded("it sent a compressed answer, which was not asked for")
            size = 0
            for piece in self._stream:
                size += len(piece)
                if self._end and monotonic() > self._end:  # of a single read there is a limit as well
                    raise AnswerExceeded(f"it was not complete after {self._seconds:g} s")
                if size > MAX_ANSWER_BYTES:
                    raise AnswerExceeded(f"it sent more than {MAX_ANSWER_BYTES} bytes")
                yield piece

        def close(self) -> None:
            self._stream.close()

    def bound(response: Any) -> None:
        is_packed = response.headers.get("content-encoding", "identity").lower() not in ("identity", "")
        seconds = response.request.extensions.get("timeout", {}).get("read")
        response.stream = Bounded(response.stream, is_packed, seconds)

    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    return anthropic.DefaultHttpxClient(
        limits=limits,
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"response": [bound]},
    )


def _no_key() -> GeneratorError:
    return GeneratorUnavailable(
        "there is no key for Anthropic",
        why=f"{ANTHROPIC_KEY_VARIABLE} is not set",
        fix=f"set {ANTHROPIC_KEY_VARIABLE}",
    )


def _sendable_key() -> str | None:
    key = os.environ.get(ANTHROPIC_KEY_VARIABLE, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise GeneratorUnavailable(
            f"the key in {ANTHROPIC_KEY_VARIABLE} cannot be sent",
            why="it holds characters that no key has, such as a line break or a typographic quote",
            fix=f"set {ANTHROPIC_KEY_VARIABLE} to the key alone",
        )
    return key or None


def anthropic_keys() -> set[str]:
    """Return the credentials that a server may repeat."""
    return set(filter(None, [os.environ.get(ANTHROPIC_KEY_VARIABLE, "").strip()]))


def _said(error: Any) -> str:
    """Return what the server says of an error, shortened and without credentials."""
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, Mapping) else None
    message = inner.get("message") if isinstance(inner, Mapping) else None
    return _hidden(message if isinstance(message, str) else str(error))


def _hidden(text: str) -> str:
    shown = " ".join(text[: 100 * MAX_SHOWN_CHARS].encode("utf-8", "replace").decode("utf-8").split())
    return without_credentials(shown, anthropic_keys())[:MAX_SHOWN_CHARS] or "it gave no reason"
