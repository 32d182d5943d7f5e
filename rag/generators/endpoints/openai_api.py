"""Any endpoint that speaks a protocol of OpenAI, hosted or on this machine."""

import json
from collections.abc import Generator as PythonGenerator
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any, Final, Literal, NoReturn

from corpora.errors import GeneratorError
from rag.generators.answer_cache.answer_key import address_without_login, deciding_fields
from rag.generators.completion import DEFAULT_SAMPLING, Completion, Sampling, refuse_images
from rag.generators.endpoints.chat_protocol import ChatProtocol
from rag.generators.endpoints.connections import Connections
from rag.generators.endpoints.openai_endpoint import OpenAIEndpoint
from rag.generators.endpoints.protocol import Request, WireProtocol
from rag.generators.endpoints.responses_protocol import ResponsesProtocol
from rag.generators.endpoints.sent_request import SentRequest
from rag.generators.endpoints.server_refusal import leave_out
from rag.generators.endpoints.text_protocol import TextProtocol
from rag.prompting.message import Message
from rag.prompting.prompt import Prompt

OpenAIApi = Literal["chat", "completions", "responses"]
"""A protocol of OpenAI, by the end of its path."""

MOST_AT_ONCE: Final = 128  # answers of one request, which is what OpenAI allows
_PROTOCOLS: Final[dict[OpenAIApi, WireProtocol]] = {
    "chat": ChatProtocol(),
    "completions": TextProtocol(),
    "responses": ResponsesProtocol(),
}
_RESERVED: Final = frozenset({"model", "messages", "prompt", "input", "stream", "n"})


@dataclass(frozen=True, slots=True)
class OpenAIModel:
    """A model behind an OpenAI-compatible endpoint: OpenAI, vLLM, Ollama, llama.cpp, TGI, LiteLLM and others.

    A parameter that the endpoint refuses is left out, and the request sent again; `left_out` of a completion
    names it, and no later request has it. Strings that should stop an answer end it in any case. Without
    `logprobs`, the log-likelihood of a completion is None.

    The key is read from OPENAI_API_KEY at each call, never kept and never shown; servers on this
    machine usually need none. Connections are kept and used again; copies (`dataclasses.replace`) share them.

    Args:
        model: name of the model at the endpoint.
        base_url: address of the API, without `/chat/completions`; by default OPENAI_BASE_URL, else OpenAI's.
        sampling: how to generate.
        timeout_seconds: time for each try, from the look-up of the server's name to the last byte.
        api: the protocol: `chat`, `completions` for models that only continue text, or `responses`.
        tools: what the model may call, in the form of the chat completions protocol; see
            `Completion.tool_calls`.
        tool_choice: `auto`, `none`, `required`, or an object that names a tool; by default the
            server chooses.
        extra: more parameters of requests, such as `{"top_k": 40}` for vLLM or `{"reasoning_effort": "low"}`;
            they win over others, and None leaves a parameter out.
        max_concurrency: the most requests at a time, of all threads together.

    Raises:
        GeneratorError: one of these cannot be.
    """

    model: str
    base_url: str = ""
    sampling: Sampling = DEFAULT_SAMPLING
    timeout_seconds: float = 120.0
    api: OpenAIApi = "chat"
    tools: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    tool_choice: str | Mapping[str, Any] | None = field(default=None, hash=False)
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    max_concurrency: int = 8
    _connections: Connections = field(default_factory=Connections, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.api not in _PROTOCOLS:
            _refuse("the protocol", f"{self.api!r} is not known", f"choose one of: {', '.join(_PROTOCOLS)}")
        if not 1 <= self.max_concurrency <= 1_000:
            _refuse("the limit of requests", f"it is {self.max_concurrency}", "choose 1 to 1000")
        if self.api == "completions" and (self.tools or self.tool_choice is not None):
            _refuse("tools", "text completions know none", "use the protocol chat or responses")
        if reserved := sorted(_RESERVED & self.extra.keys()):
            _refuse("extra parameters", f"{', '.join(reserved)} are made from the prompt", "leave them out")
        try:
            json.dumps([dict(self.extra), [*map(dict, self.tools)], self.tool_choice])
        except (TypeError, ValueError, RecursionError) as error:
            _refuse("extra parameters or tools", f"they are no JSON: {error}", "use plain values")

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt` in one request, tried again while the server is busy."""
        return self._ask(self._protocol, self._request(prompt))[0]

    def samples(self, prompt: Prompt, n: int, /) -> list[Completion]:
        """Return `n` answers to `prompt`, of one request.

        From a server that gives one at a time, they come of as many requests with seeds one apart. Of several
        answers of one request, the first has the tokens of the prompt; those of the answers are shared
        by their lengths.
        """
        request, refused = self._request(prompt), self._endpoint(self._protocol).refused
        answers: list[Completion] = []
        while len(answers) < n and "n" not in (*refused, *self._protocol.lacks):
            wanted = min(n - len(answers), MOST_AT_ONCE)
            found = self._ask(self._protocol, _reseeded(request, len(answers), wanted))
            answers += found[:wanted]
            if len(found) < wanted:
                refused["n"] = None  # it took the number, and did not heed it
        return answers + self._one_by_one([_reseeded(request, number) for number in range(len(answers), n)])

    def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        """Return what the model writes after a text, by the protocol of text completions.

        It is for models that fill in the middle or only continue text; not every server offers it.
        """
        sampling = replace(self.sampling, stop=(*stop, *self.sampling.stop))
        request = Request(self.model, (Message("user", text),), sampling)
        completion = self._ask(_PROTOCOLS["completions"], request)[0]
        return replace(completion, code=completion.text)

    def stream(self, prompt: Prompt, /) -> PythonGenerator[str, None, Completion]:
        """Yield the answer to `prompt` as it comes, within the same bounds, and return it as a whole."""
        protocol, request = self._protocol, replace(self._request(prompt), is_stream=True)
        sent = self._sent(protocol, request)
        with sent.endpoint.session() as client:
            answer = sent.endpoint.ask(client, sent.body)
            if answer.pieces is not None:
                return (yield from sent.streamed(answer))
            completion = sent.completions(answer)[0]  # of a server that knows no streams
            yield completion.text
            return completion

    @property
    def name(self) -> str:
        """Return how its completions name it."""
        return f"openai:{self.model}"

    @property
    def url(self) -> str:
        """Return the address that requests are sent to."""
        return self._endpoint(self._protocol).url

    @property
    def cache_key(self) -> Mapping[str, Any]:
        """Return what decides its answers; see `KeyedGenerator`."""
        key = deciding_fields(self, but=("base_url", "timeout_seconds", "max_concurrency"))
        return {"generator": "openai", "url": address_without_login(self.url), **key}

    @property
    def _protocol(self) -> WireProtocol:
        return _PROTOCOLS[self.api]

    def _endpoint(self, protocol: WireProtocol, stop: Event | None = None) -> OpenAIEndpoint:
        return OpenAIEndpoint(
            self.model,
            protocol.path,
            self.base_url,
            self.timeout_seconds,
            self.max_concurrency,
            self._connections,
            stop or Event(),
        )

    def _request(self, prompt: Prompt) -> Request:
        if self.api == "completions":
            refuse_images(prompt, f"{self.name} with text completions")
        return Request(
            self.model, prompt.messages, self.sampling, tools=self.tools, tool_choice=self.tool_choice
        )

    def _sent(self, protocol: WireProtocol, request: Request, stop: Event | None = None) -> SentRequest:
        endpoint = self._endpoint(protocol, stop)
        body = {**protocol.body(request), **self.extra}
        for name in [name for name, value in self.extra.items() if value is None]:
            del body[name]
        for name in tuple(endpoint.refused):  # other threads may add to them
            leave_out(body, name)
        return SentRequest(endpoint, protocol, request, body, self.name)

    def _ask(self, protocol: WireProtocol, request: Request, stop: Event | None = None) -> list[Completion]:
        sent = self._sent(protocol, request, stop)
        with sent.endpoint.session() as client:
            answer = sent.endpoint.ask(client, sent.body)
        return sent.completions(answer)

    def _one_by_one(self, requests: Sequence[Request]) -> list[Completion]:
        """Send requests, as many at a time as are allowed; if one fails, the others end, too."""
        if not requests:
            return []
        stop = Event()
        with ThreadPoolExecutor(min(len(requests), self.max_concurrency)) as threads:
            # Each in a copy of the context: whoever cancels this call cancels all of them.
            sent = [
                threads.submit(copy_context().run, self._ask, self._protocol, request, stop)
                for request in requests
            ]
            try:
                return [one.result()[0] for one in sent]
            except BaseException:
                stop.set()
                threads.shutdown(wait=False, cancel_futures=True)
                raise


def _refuse(what: str, why: str, fix: str) -> NoReturn:
    raise GeneratorError(f"{what} of an OpenAI-compatible endpoint cannot be so", why=why, fix=fix)


def _reseeded(request: Request, number: int, n: int = 1) -> Request:
    sampling = replace(request.sampling, seed=request.sampling.seed + number)
    return replace(request, sampling=sampling, n=n)
