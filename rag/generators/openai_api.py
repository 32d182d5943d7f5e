"""Any endpoint that speaks the chat completions protocol of OpenAI, hosted or on this machine."""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from corpora.errors import GeneratorError
from corpora.redaction.credentials import (
    credentials_in,
    without_credentials,
    without_known,
    without_known_in_stream,
)
from rag.generators.chat_answer import (
    MALFORMED,
    ChatAnswer,
    checked_text,
    encodable,
    log_likelihood,
    number_of_tokens,
)
from rag.generators.completion import (
    DEFAULT_SAMPLING,
    Completion,
    Sampling,
)
from rag.generators.event_stream import read_events
from rag.generators.extract_code import extract_code
from rag.prompting.prompt import Prompt

if TYPE_CHECKING:
    import httpx

OFFICIAL_URL = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"
URL_VARIABLE = "OPENAI_BASE_URL"
MAX_TRIES = 4
MAX_WAIT_SECONDS = 60.0  # a server that asks for a longer pause is not asked again
RETRIED = frozenset({408, 429, 500, 502, 503, 504})  # due to the state of the server, not to the request
REFUSALS = frozenset({400, 403, 422, 501})  # how servers answer a parameter that they do not offer
MAX_SHOWN_CHARS = 500  # of a server's own words in an error
MAX_FINISH_CHARS = 40
MAX_ANSWER_BYTES = 8_000_000  # of an unpacked answer: far more than a model writes


@dataclass(frozen=True, slots=True)
class OpenAIChat:
    """A chat model behind an OpenAI-compatible endpoint.

    A parameter that the endpoint refuses is left out, and the request sent again. Without `logprobs`, the
    log-likelihood of a completion is None.

    The key is read from OPENAI_API_KEY at each call, never kept and never shown; servers on this
    machine usually need none.

    Args:
        model: name of the model at the endpoint.
        base_url: address of the API, without `/chat/completions`; by default OPENAI_BASE_URL, else OpenAI's.
        sampling: how to generate.
        timeout_seconds: time for each try, from the look-up of the server's name to the last byte.

    """

    model: str
    base_url: str = ""
    sampling: Sampling = DEFAULT_SAMPLING
    timeout_seconds: float = 120.0

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt` in one request, tried again while the server is busy."""
        with self._client() as client:
            return self._completion(self._ask(client, self._body(prompt)))

    def stream(self, prompt: Prompt, /) -> Iterator[str]:
        """Yield the answer to `prompt` as it comes, within the same bounds of size and time."""
        with self._client() as client:
            answer = self._ask(client, self._body(prompt, stream=True))
            if answer.pieces is None:  # a server that knows no streams
                yield self._completion(answer).text
                return
            with closing(answer.pieces):
                yield from without_known_in_stream(map(encodable, self._texts(answer.pieces)), self._known())

    @property
    def url(self) -> str:
        """Return the address that requests are sent to."""
        base = self.base_url or os.environ.get(URL_VARIABLE) or OFFICIAL_URL
        return f"{base.rstrip('/')}/chat/completions"

    def _body(self, prompt: Prompt, *, stream: bool = False) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [asdict(message) for message in prompt.messages],
            "temperature": self.sampling.temperature,
            "max_tokens": self.sampling.max_tokens,
            "seed": self.sampling.seed,
        }
        if self.sampling.stop:
            body["stop"] = list(self.sampling.stop)
        if self.sampling.log_likelihood and not stream:
            body["logprobs"] = True
        return body | {"stream": True} if stream else body

    @contextmanager
    def _client(self) -> Iterator["httpx.Client"]:
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
            raise GeneratorError(
                f"no answer from {without_credentials(self.url)}",
                why=self._hidden(f"{type(error).__name__}: {error}")[:MAX_SHOWN_CHARS],
                fix=f"check that the server runs, and the address in base_url or {URL_VARIABLE}",
            ) from error

    def _ask(self, client: "httpx.Client", body: dict[str, Any]) -> ChatAnswer:
        """Send the request, and again without each parameter that the server refuses."""
        answer = self._post(client, body)
        # Each round takes a parameter away, so this ends.
        while answer.status in REFUSALS and _without_refused(body, answer):
            answer = self._post(client, body)
        if answer.status != 200:
            raise self._refused(answer)
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
                return ChatAnswer(*head, read_body(response, MAX_ANSWER_BYTES))

    def _texts(self, pieces: Iterator[bytes]) -> Iterator[str]:
        """Yield the text in each event of a stream. Raises `GeneratorError` if it breaks off."""
        is_ended = False
        for event in read_events(pieces):
            if event == "[DONE]":
                return
            answer = ChatAnswer(200, "", None, event.encode())
            try:
                said = answer.json()
                if said.get("error"):
                    break
                # (the last event may have no choice: it tells how many tokens were used)
                for choice in said["choices"][:1]:
                    is_ended = is_ended or bool(choice.get("finish_reason"))
                    yield checked_text(choice["delta"].get("content") or "")
            except MALFORMED as error:
                raise self._not_understood(answer, error) from error
        else:
            if is_ended:
                return
            answer = ChatAnswer(200, "", None, b"its stream ended before the answer did")
        raise GeneratorError(
            f"{without_credentials(self.url)} broke off its answer",
            why=self._excerpt(answer),
            fix="try again later, or see what the server logs",
        )

    def _completion(self, answer: ChatAnswer) -> Completion:
        try:
            said = answer.json()
            choice = said["choices"][0]
            text = checked_text(choice["message"]["content"])
            usage = dict(said.get("usage") or {})
            finish = str(choice.get("finish_reason") or "stop")[:MAX_FINISH_CHARS]
        except MALFORMED as error:
            raise self._not_understood(answer, error) from error
        text = without_known(encodable(text), self._known())
        return Completion(
            text=text,
            code=extract_code(text),
            generator=f"openai:{self.model}",
            prompt_tokens=number_of_tokens(usage.get("prompt_tokens")),
            completion_tokens=number_of_tokens(usage.get("completion_tokens")),
            finish=encodable(finish),
            log_likelihood=log_likelihood(choice),
        )

    def _not_understood(self, answer: ChatAnswer, error: Exception) -> GeneratorError:
        return GeneratorError(
            f"the answer of {without_credentials(self.url)} is not understood",
            why=f"{type(error).__name__}: {str(error)[:MAX_SHOWN_CHARS]} in: {self._excerpt(answer)}",
            fix="check that the address is that of an OpenAI-compatible API (often it ends in /v1)",
        )

    def _refused(self, answer: ChatAnswer) -> GeneratorError:
        """Explain an answer whose status is not 200."""
        fixes = {
            401: f"set {KEY_VARIABLE} to a valid key for this server",
            403: f"use a key that may use the model {self.model!r} in {KEY_VARIABLE}",
            404: f"check the model's name, {self.model!r}, and that the address ends where the API starts",
            429: "wait, or check the quota of the account",
        }
        busy = "try again later" if answer.status >= 500 else "see what the server says"
        reason = answer.reason[:MAX_SHOWN_CHARS]
        return GeneratorError(
            f"{without_credentials(self.url)} answered {answer.status} {self._hidden(reason)}".rstrip(),
            why=self._excerpt(answer),
            fix=fixes.get(answer.status, busy),
        )

    def _excerpt(self, answer: ChatAnswer) -> str:
        """Quote what the server says, shortened, on one line and without credentials."""
        try:
            said = answer.json()["error"]["message"]
        except (ValueError, KeyError, TypeError, IndexError):
            said = None
        if not isinstance(said, str):
            said = answer.body.decode("utf-8", "replace")
        text = encodable(said[: 100 * MAX_SHOWN_CHARS])
        return self._hidden(" ".join(text.split()))[:MAX_SHOWN_CHARS] or "it gave no reason"

    def _hidden(self, text: str) -> str:
        return without_credentials(text, self._known())

    def _known(self) -> set[str]:
        """Return the credentials that a server may repeat: the key, and those in the address."""
        return {*filter(None, [_key()]), *credentials_in(self.url)}


def _key() -> str:
    return os.environ.get(KEY_VARIABLE, "").strip()


def _headers() -> dict[str, str]:
    key = _key()
    if not (key.isascii() and key.isprintable()):
        raise GeneratorError(  # raised here because the error of the transport would quote the key
            f"the key in {KEY_VARIABLE} cannot be sent",
            why="it holds characters that no key has, such as a line break or a typographic quote",
            fix=f"set {KEY_VARIABLE} to the key alone",
        )
    return {"Authorization": f"Bearer {key}"} if key else {}


def _without_refused(body: dict[str, Any], answer: ChatAnswer) -> bool:
    """Remove from `body` a parameter that the server refuses; return False if it names none.

    Reasoning models refuse `temperature`, and want `max_tokens` under another name. Of `logprobs`, servers
    say in many ways that they have none; that they name it is enough.
    """
    if b"logprobs" in answer.body and body.pop("logprobs", None):
        return True
    try:
        refused = answer.json()["error"]["param"]
    except (ValueError, KeyError, TypeError, IndexError):
        return False
    if answer.status != 400:
        return False
    if refused == "max_tokens" and refused in body:
        body["max_completion_tokens"] = body.pop(refused)
        body.pop("temperature", None)  # models that require the new name refuse this one, too
        return True
    return refused in ("temperature", "seed", "stop") and body.pop(refused, None) is not None
