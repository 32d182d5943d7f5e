"""Any endpoint that speaks the chat completions protocol of OpenAI, hosted or on this machine."""

import os
import time
from collections.abc import Generator as PythonGenerator
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from corpora.errors import GeneratorError, GeneratorUnavailable, PromptRefused
from corpora.redaction.credentials import (
    credentials_in,
    without_credentials,
    without_known,
    without_known_in_stream,
)
from rag.generators.chat_answer import (
    MALFORMED,
    ChatAnswer,
    StreamedAnswer,
    content_text,
    encodable,
    log_likelihood,
    missing_reason,
    usage_of,
)
from rag.generators.completion import DEFAULT_SAMPLING, Completion, Sampling
from rag.generators.event_stream import read_events
from rag.generators.extract_code import extract_code
from rag.generators.server_refusal import refused_parameters, status_within, words_of
from rag.prompting.prompt import Prompt

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
MAX_FINISH_CHARS = 40
MAX_ANSWER_BYTES = 8_000_000  # of an unpacked answer: far more than a model writes


@dataclass(frozen=True, slots=True)
class OpenAIChat:
    """A chat model behind an OpenAI-compatible endpoint.

    A parameter that the endpoint refuses is left out, and the request sent again; `left_out` of a completion
    names it, and no later request has it. Without `logprobs`, the log-likelihood of a completion is None.

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
    _refused_by_server: dict[str, None] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt` in one request, tried again while the server is busy."""
        with self._client() as client:
            body = self._body(prompt)
            return self._completion(self._ask(client, body), body)

    def stream(self, prompt: Prompt, /) -> PythonGenerator[str, None, Completion]:
        """Yield the answer to `prompt` as it comes, within the same bounds, and return it as a whole."""
        with self._client() as client:
            body = self._body(prompt, stream=True)
            answer = self._ask(client, body)
            if answer.pieces is not None:
                return (yield from self._streamed(answer, body))
            completion = self._completion(answer, body)  # a server that knows no streams
            yield completion.text
            return completion

    @property
    def name(self) -> str:
        """Return how its completions name it."""
        return f"openai:{self.model}"

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
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        for name in self._refused_by_server:
            _leave_out(body, name)
        return body

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
            raise GeneratorUnavailable(
                f"no answer from {without_credentials(self.url)}",
                why=self._hidden(f"{type(error).__name__}: {error}")[:MAX_SHOWN_CHARS],
                fix=f"check that the server runs, and the address in base_url or {URL_VARIABLE}",
            ) from error

    def _ask(self, client: "httpx.Client", body: dict[str, Any]) -> ChatAnswer:
        """Send the request, and again without each parameter that the server refuses."""
        answer = self._post(client, body)
        while refused := refused_parameters(body, answer):  # each round takes one away, so this ends
            for name in refused:
                _leave_out(body, name)
                self._refused_by_server[name] = None
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
                answer = ChatAnswer(*head, read_body(response, MAX_ANSWER_BYTES))
        return replace(answer, status=status_within(answer)) if answer.status == 200 else answer

    def _streamed(
        self, answer: ChatAnswer, body: Mapping[str, Any]
    ) -> PythonGenerator[str, None, Completion]:
        """Yield the text of a stream, and return its answer. Raises `GeneratorError` if it breaks off."""
        assert answer.pieces is not None
        streamed = StreamedAnswer()
        yielded: list[str] = []
        with closing(answer.pieces):
            texts = map(encodable, self._texts(answer.pieces, streamed))
            for piece in without_known_in_stream(texts, self._known()):
                yielded.append(piece)
                yield piece
        said = streamed.as_answer("".join(yielded))
        return self._made(said["choices"][0], said, body)

    def _texts(self, pieces: Iterator[bytes], streamed: StreamedAnswer) -> Iterator[str]:
        """Yield the text in each event of a stream, whose other parts `streamed` keeps."""
        for event in read_events(pieces):
            if event == "[DONE]":
                return
            answer = ChatAnswer(200, "", None, event.encode())
            try:
                said = answer.json()
                if said.get("error"):
                    break
                yield streamed.take(said)
            except MALFORMED as error:
                raise self._not_understood(answer, error) from error
        else:
            if streamed.finish:
                return
            answer = ChatAnswer(200, "", None, b"its stream ended before the answer did")
        raise GeneratorError(
            f"{without_credentials(self.url)} broke off its answer",
            why=self._excerpt(answer),
            fix="try again later, or see what the server logs",
        )

    def _completion(self, answer: ChatAnswer, body: Mapping[str, Any]) -> Completion:
        try:
            said = answer.json()
            return self._made(said["choices"][0], said, body)
        except MALFORMED as error:
            raise self._not_understood(answer, error) from error

    def _made(self, choice: dict[str, Any], said: dict[str, Any], body: Mapping[str, Any]) -> Completion:
        """Return the completion in an answer. Raises one of `MALFORMED` if it is none."""
        message = choice["message"]
        text = without_known(encodable(content_text(message["content"])), self._known())
        finish = str(choice.get("finish_reason") or "stop")[:MAX_FINISH_CHARS]
        prompt_tokens, completion_tokens = usage_of(said)
        missing = "" if text.strip() else missing_reason(message, finish)
        return Completion(
            text=text,
            code=extract_code(text),
            generator=self.name,
            finish=encodable(finish),
            log_likelihood=log_likelihood(choice),
            missing=self._hidden(encodable(missing)),
            left_out=self._left_out(body),
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
        )

    def _left_out(self, body: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the sampling parameters that `body` lacks because the server refuses them."""
        kept = {*body, "stream_options"}
        if "max_completion_tokens" in body:
            kept.add("max_tokens")
        unwanted = {"stop": not self.sampling.stop, "logprobs": not self.sampling.log_likelihood}
        return tuple(name for name in self._refused_by_server if name not in kept and not unwanted.get(name))

    def _not_understood(self, answer: ChatAnswer, error: Exception) -> GeneratorError:
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
        kind = GeneratorUnavailable if answer.status in UNAVAILABLE else GeneratorError
        return (PromptRefused if answer.status in OF_PROMPT else kind)(
            f"{without_credentials(self.url)} answered {answer.status} {self._hidden(reason)}".rstrip(),
            why=self._excerpt(answer),
            fix=fixes.get(answer.status, busy),
        )

    def _excerpt(self, answer: ChatAnswer) -> str:
        """Quote what the server says, shortened, on one line and without credentials."""
        text = encodable(words_of(answer)[: 100 * MAX_SHOWN_CHARS])
        return self._hidden(text)[:MAX_SHOWN_CHARS] or "it gave no reason"

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
        raise GeneratorUnavailable(  # raised here because the error of the transport would quote the key
            f"the key in {KEY_VARIABLE} cannot be sent",
            why="it holds characters that no key has, such as a line break or a typographic quote",
            fix=f"set {KEY_VARIABLE} to the key alone",
        )
    return {"Authorization": f"Bearer {key}"} if key else {}


def _leave_out(body: dict[str, Any], name: str) -> None:
    """Remove a parameter from `body`; newer models take the limit of tokens under another name."""
    if name in body:
        value = body.pop(name)
        if name == "max_tokens":
            body["max_completion_tokens"] = value
