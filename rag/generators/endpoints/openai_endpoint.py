"""An address that speaks a protocol of OpenAI: requests with retries, and what its refusals mean."""

import os
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from json import JSONDecodeError
from threading import Event
from typing import TYPE_CHECKING, Any

from corpora.errors import GeneratorError, GeneratorUnavailable, PromptRefused
from corpora.redaction.credentials import credentials_in, without_credentials
from rag.cancellation import current_cancellation, end_if_cancelled
from rag.generators.endpoints.connections import Connections
from rag.generators.endpoints.protocol import AnswerStream
from rag.generators.endpoints.server_answer import MALFORMED, ServerAnswer, encodable
from rag.generators.endpoints.server_refusal import (
    is_final,
    leave_out,
    reads_no_images,
    refused_parameters,
    status_within,
    tells_error,
    words_of,
)

if TYPE_CHECKING:
    import httpx

OFFICIAL_URL = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"
URL_VARIABLE = "OPENAI_BASE_URL"
MAX_TRIES = 4
FIRST_PAUSE_SECONDS = 1.0  # before the second try; twice as long before each further one
MAX_WAIT_SECONDS = 60.0  # a server that asks for a longer pause is not asked again
# Due to the state of the server, not to the request; 520 to 524 are Cloudflare's, 529 is Anthropic's.
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
UNAVAILABLE = frozenset({401, 402, 403, 404, 405})  # any other prompt would get the same answer
OF_PROMPT = frozenset({400, 413, 422})  # another prompt may get another one
MAX_SHOWN_CHARS = 500  # of a server's own words in an error
MAX_ANSWER_BYTES = 8_000_000  # of an unpacked answer: far more than a model writes
_LOST = ("Server disconnected", "peer closed connection")  # and not: an answer that is no HTTP
_JITTER = 0.5  # the share of a pause that is left to chance, so that not all clients come back at once


@dataclass(frozen=True, slots=True)
class OpenAIEndpoint:
    """One path of an OpenAI-compatible API.

    Args:
        model: name of the model, for messages.
        path: below the address of the API, such as `chat/completions`.
        base_url: address of the API; by default OPENAI_BASE_URL, else OpenAI's.
        timeout_seconds: time for each try, from the look-up of the server's name to the last byte.
        max_concurrency: the most requests at a time, of all threads.
        connections: what all requests share.
        stop: set it to end a request, or the pause before it, early.
    """

    model: str
    path: str
    base_url: str = ""
    timeout_seconds: float = 120.0
    max_concurrency: int = 8
    connections: Connections = field(default_factory=Connections, compare=False)
    stop: Event = field(default_factory=Event, compare=False)

    @property
    def api(self) -> str:
        """Return the address of the API."""
        return (self.base_url or os.environ.get(URL_VARIABLE) or OFFICIAL_URL).rstrip("/")

    @property
    def url(self) -> str:
        """Return the address that requests are sent to."""
        return f"{self.api}/{self.path}"

    @property
    def refused(self) -> dict[str, None]:
        """Return the parameters that the server has refused, which no request has any more."""
        return self.connections.refused(self.url, self.model)

    @contextmanager
    def session(self) -> Iterator["httpx.Client"]:
        """Wait for one's turn, and explain whatever fails meanwhile as a `GeneratorError`."""
        import httpx  # `import rag` stays light

        from corpora.network.exchange import ExchangeCut
        from corpora.network.http_client import BodyRefused

        with self.connections.slots(self.api, self.max_concurrency).slot(), self._ending_if_cancelled():
            try:
                yield self.connections.client(self.max_concurrency, http_client)
            except ExchangeCut as error:
                end_if_cancelled()
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

    @contextmanager
    def _ending_if_cancelled(self) -> Iterator[None]:
        """End what is under way within a tenth of a second, once nobody waits for the call any more."""
        end_if_cancelled()
        cancellation = current_cancellation.get()
        with cancellation.calling(self.stop.set) if cancellation else nullcontext():
            yield

    def ask(self, client: "httpx.Client", body: dict[str, Any]) -> ServerAnswer:
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

    def _post(self, client: "httpx.Client", body: dict[str, Any]) -> ServerAnswer:
        """Send the request; while the server is busy and tries are left, send it again after a pause."""
        for tried in range(1, MAX_TRIES + 1):
            answer = self._exchange_or_loss(client, body, is_last=tried == MAX_TRIES)
            wait = pause_seconds(tried, answer.retry_after)
            is_hopeless = wait > MAX_WAIT_SECONDS or tried == MAX_TRIES or is_final(answer)
            if answer.status not in RETRIED or is_hopeless:
                break
            if self.stop.wait(wait):
                end_if_cancelled()
                break
        return answer

    def _exchange_or_loss(
        self, client: "httpx.Client", body: dict[str, Any], *, is_last: bool
    ) -> ServerAnswer:
        """Send the request; an answer that is lost on its way is one of a server that is not there now."""
        import httpx

        try:
            return self._exchange(client, body)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as error:
            is_loss = not isinstance(error, httpx.RemoteProtocolError) or str(error).startswith(_LOST)
            if is_last or not is_loss:
                raise
            return ServerAnswer(503, "the connection was lost", None)

    def _exchange(self, client: "httpx.Client", body: dict[str, Any]) -> ServerAnswer:
        from corpora.network.exchange import Exchange, within
        from corpora.network.http_client import read_body, stream_body

        exchange = Exchange(seconds=self.timeout_seconds, max_bytes=2 * MAX_ANSWER_BYTES, stop=self.stop)
        with within(exchange):
            response = self._send(client, body)
            head = response.status_code, response.reason_phrase, _retry_after(response)
            is_stream = response.headers.get("content-type", "").lower().startswith("text/event-stream")
            if is_stream and response.status_code == 200 and "stream" in body:
                return ServerAnswer(*head, pieces=stream_body(response, exchange, MAX_ANSWER_BYTES))
            with closing(response):
                answer = ServerAnswer(*head, read_body(response, MAX_ANSWER_BYTES))
        return replace(answer, status=status_within(answer)) if answer.status == 200 else answer

    def _send(self, client: "httpx.Client", body: dict[str, Any]) -> "httpx.Response":
        """Send the request; once more if a kept connection turns out to be closed by the server."""
        import httpx

        opened: list[str] = []

        def note(event: str, _: dict[str, Any]) -> None:
            if event.startswith("connection.connect_tcp"):
                opened.append(event)

        headers = _headers() | {"Accept-Encoding": "gzip"}
        request = client.build_request(
            "POST", self.url, json=body, headers=headers, extensions={"trace": note}
        )
        try:
            return client.send(request, stream=True)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            if opened:
                raise
        return client.send(request, stream=True)

    def texts(self, events: Iterator[str], stream: AnswerStream) -> Iterator[str]:
        """Yield the text in each event of a stream, whose other parts `stream` keeps.

        Raises:
            GeneratorError: an event is not understood or tells of an error, the connection is lost, or the
                stream ends before the answer does.
        """
        import httpx

        from corpora.network.exchange import ExchangeCut

        answer = ServerAnswer(200, "", None, b"its stream ended before the answer did")
        try:
            for event in events:
                if event == "[DONE]":
                    return
                read = ServerAnswer(200, "", None, event.encode())
                try:
                    said = read.json()
                    if tells_error(said):
                        raise self.broke_off(read)
                    text = stream.take(said)
                except MALFORMED as error:
                    raise self.not_understood(read, error) from error
                yield text
        except ExchangeCut:
            raise
        except httpx.TransportError as error:
            why = self.hidden(f"the connection was lost: {error}")
            raise self.broke_off(replace(answer, body=why.encode())) from error
        if not stream.is_whole:
            raise self.broke_off(answer)

    def broke_off(self, answer: ServerAnswer) -> GeneratorError:
        """Return the error for an answer that ended before its end, as `answer` tells."""
        return GeneratorError(
            f"{without_credentials(self.url)} broke off its answer",
            why=self._excerpt(answer),
            fix="try again later, or see what the server logs",
        )

    def not_understood(self, answer: ServerAnswer, error: Exception) -> GeneratorError:
        """Return the error for an answer that is not what the protocol says."""
        return GeneratorError(
            f"the answer of {without_credentials(self.url)} is not understood",
            why=self._malformation(answer, error),
            fix="check that the address is that of an OpenAI-compatible API (often it ends in /v1)",
        )

    def _malformation(self, answer: ServerAnswer, error: Exception) -> str:
        if not answer.body.strip():
            return "it is empty"
        if isinstance(error, JSONDecodeError):
            return f"it is no JSON: {self._excerpt(answer)}"
        return f"{type(error).__name__}: {str(error)[:MAX_SHOWN_CHARS]} in: {self._excerpt(answer)}"

    def _refusal(self, answer: ServerAnswer) -> GeneratorError:
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
        is_of_prompt = answer.status in OF_PROMPT or reads_no_images(answer)
        return (PromptRefused if is_of_prompt else kind)(
            f"{without_credentials(self.url)} answered {answer.status} {self.hidden(reason)}".rstrip(),
            why=self._excerpt(answer),
            fix=fixes.get(answer.status, busy),
        )

    def _excerpt(self, answer: ServerAnswer) -> str:
        """Quote what the server says, shortened, on one line and without credentials."""
        text = encodable(words_of(answer)[: 100 * MAX_SHOWN_CHARS])
        return self.hidden(text)[:MAX_SHOWN_CHARS] or "it gave no reason"

    def hidden(self, text: str) -> str:
        """Return a text of the server without credentials."""
        return without_credentials(text, self.known())

    def known(self) -> set[str]:
        """Return the credentials that a server may repeat: the key, and those in the address."""
        return {*filter(None, [_key()]), *credentials_in(self.url)}


def http_client(connections: int) -> "httpx.Client":
    """Return a client that keeps so many connections, and the bounds of each exchange."""
    import httpx  # `import rag` stays light

    from corpora.network.http_client import BoundedTransport

    # Of a single read there is no timeout: it is the whole exchange that has one.
    return httpx.Client(transport=BoundedTransport(connections=connections), timeout=httpx.Timeout(None))


def pause_seconds(tried: int, asked: float | None) -> float:
    """Return the pause after so many tries: 1, 2, 4 s and so on, or what the server asked for.

    A part of it is left to chance, so that many clients do not come back at the same moment.
    """
    if asked is not None:
        return asked * (1 + 0.1 * random.random())
    return FIRST_PAUSE_SECONDS * 2.0 ** (tried - 1) * (1 - _JITTER * random.random())


def _retry_after(response: "httpx.Response") -> float | None:
    from corpora.network.http_client import retry_after_seconds

    exact = response.headers.get("retry-after-ms", "")[:20]  # OpenAI's and Azure's
    return int(exact) / 1000 if exact.isascii() and exact.isdigit() else retry_after_seconds(response)


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
