"""An address that speaks the protocol of OpenAI: requests with retries, and what its refusals mean."""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from corpora.errors import GeneratorError, GeneratorUnavailable, PromptRefused
from corpora.redaction.credentials import credentials_in, without_credentials
from rag.generators.endpoints.chat_answer import ChatAnswer, encodable
from rag.generators.endpoints.server_refusal import refused_parameters, status_within, words_of

if TYPE_CHECKING:
    import httpx

OFFICIAL_URL = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"
URL_VARIABLE = "OPENAI_BASE_URL"
MAX_TRIES = 4
MAX_WAIT_SECONDS = 60.0  # a server that asks for a longer pause is not asked again
RETRIED = frozenset({408, 429, 500, 502, 503, 504})  # due to the state of the server, not to the request
UNAVAILABLE = frozenset({401, 402, 403, 404, 405})  # any other prompt would get the same answer
OF_PROMPT = frozenset({400, 413, 422})  # another prompt may get another one
MAX_SHOWN_CHARS = 500  # of a server's own words in an error
MAX_ANSWER_BYTES = 8_000_000  # of an unpacked answer: far more than a model writes


@dataclass(frozen=True, slots=True)
class OpenAIEndpoint:
    """One path of an OpenAI-compatible API.

    Args:
        model: name of the model, for messages.
        path: below the address of the API, such as `chat/completions`.
        base_url: address of the API; by default OPENAI_BASE_URL, else OpenAI's.
        timeout_seconds: time for each try, from the look-up of the server's name to the last byte.
        refused: parameters that the server has refused, which no request has any more.
    """

    model: str
    path: str
    base_url: str = ""
    timeout_seconds: float = 120.0
    refused: dict[str, None] = field(default_factory=dict, compare=False)

    @property
    def url(self) -> str:
        """Return the address that requests are sent to."""
        base = self.base_url or os.environ.get(URL_VARIABLE) or OFFICIAL_URL
        return f"{base.rstrip('/')}/{self.path}"

    @contextmanager
    def client(self) -> Iterator["httpx.Client"]:
        """Open a client; whatever fails while it is used is explained as a `GeneratorError`."""
        import httpx  # `import rag` stays light

        from corpora.network.exchange import ExchangeCut
        from corpora.network.http_client import BodyRefused, BoundedTransport

        headers = _headers() | {"Accept-Encoding": "gzip"}
        timeout = httpx.Timeout(None)  # of a single read: it is the whole exchange that has one
        try:
            with httpx.Client(transport=BoundedTransport(), headers=headers, timeout=timeout) as client:
                yield client
        except ExchangeCut as error:
            raise GeneratorError(
                f"{without_credentials(self.url)} took too long, or sent too much",
                why=f"its answer was {error}",
                fix="try again, or give it more time with timeout_seconds",
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, BodyRefused) as error:
            raise GeneratorUnavailable(
                f"no answer from {without_credentials(self.url)}",
                why=self.hidden(f"{type(error).__name__}: {error}")[:MAX_SHOWN_CHARS],
                fix=f"check that the server runs, and the address in base_url or {URL_VARIABLE}",
            ) from error

    def ask(self, client: "httpx.Client", body: dict[str, Any]) -> ChatAnswer:
        """Send the request, and again without each parameter that the server refuses."""
        answer = self._post(client, body)
        while refused := refused_parameters(body, answer):  # each round takes one away, so this ends
            for name in refused:
                leave_out(body, name)
                self.refused[name] = None
            answer = self._post(client, body)
        if answer.status != 200:
            raise self._refusal(answer)
        return answer

    def _post(self, client: "httpx.Client", body: dict[str, Any]) -> ChatAnswer:
        """Send the request; while the server is busy and tries are left, send it again after a pause."""
        for tried in range(1, MAX_TRIES + 1):
            answer = self._exchange(client, body)
            wait = 2.0 ** (tried - 1) if answer.retry_after is None else answer.retry_after
            if answer.status not in RETRIED or wait > MAX_WAIT_SECONDS or tried == MAX_TRIES:
                break
            time.sleep(wait)
        return answer

    def _exchange(self, client: "httpx.Client", body: dict[str, Any]) -> ChatAnswer:
        from corpora.network.exchange import Exchange, within
        from corpora.network.http_client import read_body, retry_after_seconds, stream_body

        exchange = Exchange(seconds=self.timeout_seconds, max_bytes=2 * MAX_ANSWER_BYTES)
        with within(exchange):
            response = client.send(client.build_request("POST", self.url, json=body), stream=True)
            head = response.status_code, response.reason_phrase, retry_after_seconds(response)
            is_stream = response.headers.get("content-type", "").lower().startswith("text/event-stream")
            if is_stream and response.status_code == 200 and "stream" in body:
                return ChatAnswer(*head, pieces=stream_body(response, exchange, MAX_ANSWER_BYTES))
            with closing(response):
                answer = ChatAnswer(*head, read_body(response, MAX_ANSWER_BYTES))
        return replace(answer, status=status_within(answer)) if answer.status == 200 else answer

    def broke_off(self, answer: ChatAnswer) -> GeneratorError:
        """Return the error for a stream that ended before its answer did."""
        return GeneratorError(
            f"{without_credentials(self.url)} broke off its answer",
            why=self._excerpt(answer),
            fix="try again later, or see what the server logs",
        )

    def not_understood(self, answer: ChatAnswer, error: Exception) -> GeneratorError:
        """Return the error for an answer that is not what the protocol says."""
        return GeneratorError(
            f"the answer of {without_credentials(self.url)} is not understood",
            why=self._malformation(answer, error),
            fix="check that the address is that of an OpenAI-compatible API (often it ends in /v1)",
        )

    def _malformation(self, answer: ChatAnswer, error: Exception) -> str:
        if not answer.body.strip():
            return "it is empty"
        if isinstance(error, JSONDecodeError):
            return f"it is no JSON: {self._excerpt(answer)}"
        return f"{type(error).__name__}: {str(error)[:MAX_SHOWN_CHARS]} in: {self._excerpt(answer)}"

    def _refusal(self, answer: ChatAnswer) -> GeneratorError:
        """Explain an answer whose status is not 200."""
        fixes = {
            401: f"set {KEY_VARIABLE} to a valid key for this server",
            403: f"use a key that may use the model {self.model!r} in {KEY_VARIABLE}",
            404: f"check the model's name, {self.model!r}, and that the address ends where the API starts",
            429: "wait, or check the quota of the account",
        }
        busy = "try again later" if answer.status >= 500 else "see what the server says"
        reason = answer.reason[:MAX_SHOWN_CHARS]
        kind = GeneratorUnavailable if answer.status in UNAVAILABLE else GeneratorError
        return (PromptRefused if answer.status in OF_PROMPT else kind)(
            f"{without_credentials(self.url)} answered {answer.status} {self.hidden(reason)}".rstrip(),
            why=self._excerpt(answer),
            fix=fixes.get(answer.status, busy),
        )

    def _excerpt(self, answer: ChatAnswer) -> str:
        """Quote what the server says, shortened, on one line and without credentials."""
        text = encodable(words_of(answer)[: 100 * MAX_SHOWN_CHARS])
        return self.hidden(text)[:MAX_SHOWN_CHARS] or "it gave no reason"

    def hidden(self, text: str) -> str:
        """Return a text of the server without credentials."""
        return without_credentials(text, self.known())

    def known(self) -> set[str]:
        """Return the credentials that a server may repeat: the key, and those in the address."""
        return {*filter(None, [_key()]), *credentials_in(self.url)}


def _key() -> str:
    return os.environ.get(KEY_VARIABLE, "").strip()


def _headers() -> dict[str, str]:
    key = _key()
    if not (key.isascii() and key.isprintable()):
        raise GeneratorUnavailable(  # raised here because the error of the transport would quote the key
            f"the key in {KEY_VARIABLE} cannot be sent",
            why="it holds characters that no key has, such as a line break or a typographic quote",
            fix=f"set {KEY_VARIABLE} to the key alone",
        )
    return {"Authorization": f"Bearer {key}"} if key else {}


def leave_out(body: dict[str, Any], name: str) -> None:
    """Remove a parameter from `body`; newer models take the limit of tokens under another name."""
    if name in body:
        value = body.pop(name)
        if name == "max_tokens":
            body["max_completion_tokens"] = value
