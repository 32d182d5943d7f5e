"""Models of Anthropic, asked with its own client."""

import json
from collections.abc import Generator as PythonGenerator
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Final, NoReturn

from corpora.errors import GeneratorError, MissingExtra
from corpora.redaction.credentials import without_known_in_stream
from rag.cancellation import end_if_cancelled
from rag.generators.answer_cache.answer_key import address_without_login, deciding_fields
from rag.generators.anthropic_client import AnswerBrokenOff, AnthropicClient, anthropic_keys
from rag.generators.anthropic_messages import AnswerInPieces, request_body, tool_choice_of, tools_of
from rag.generators.completion import DEFAULT_SAMPLING, Completion, Sampling
from rag.generators.endpoints.connections import Connections
from rag.generators.extraction.extract_code import extract_code
from rag.generators.stop_strings import before_stop_in_stream
from rag.prompting.prompt import Prompt

ANTHROPIC_EXTRA: Final = "anthropic"
_RESERVED_ARGUMENTS: Final = frozenset({"model", "messages", "system", "stream"})


@dataclass(frozen=True, slots=True)
class AnthropicModel:
    """A model of Anthropic, or of a server that speaks its Messages API.

    Its client tries again while the server is busy. There is no seed and there are no log-probabilities:
    `left_out` of a completion says so, and names a temperature that the model does not take.

    The key is read from ANTHROPIC_API_KEY at each call, never kept and never shown.

    Args:
        model: name of the model.
        base_url: address of the API; by default ANTHROPIC_BASE_URL, else Anthropic's.
        sampling: how to generate.
        timeout_seconds: time for each answer, from the first byte sent to the last one received.
        is_cached: whether the instructions and the passages of a prompt are kept by the server, so that
            further requests with the same ones cost less.
        tools: what the model may call, in the form of the chat completions protocol or in its own.
        tool_choice: `auto`, `none`, `required`, or the name of a tool; by default the model chooses.
        extra: more parameters of requests, such as `{"top_k": 40}`.
        max_concurrency: the most requests at a time, of all threads together.

    Raises:
        MissingExtra: the package anthropic is not installed.
        GeneratorError: one of these cannot be.
    """

    model: str
    base_url: str = ""
    sampling: Sampling = DEFAULT_SAMPLING
    timeout_seconds: float = 120.0
    is_cached: bool = True
    tools: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    tool_choice: str | Mapping[str, Any] | None = field(default=None, hash=False)
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    max_concurrency: int = 8
    _connections: Connections = field(default_factory=Connections, repr=False, compare=False)

    def __post_init__(self) -> None:
        if find_spec("anthropic") is None:
            raise MissingExtra("anthropic", ANTHROPIC_EXTRA)
        reserved = sorted(_RESERVED_ARGUMENTS & self.extra.keys())
        try:
            json.dumps([dict(self.extra), [*map(dict, self.tools)], self.tool_choice])
        except (TypeError, ValueError, RecursionError) as error:
            _refuse("its extra parameters or tools", f"are no JSON: {error}")
        if reserved:
            _refuse("its extra parameters", f"hold {', '.join(reserved)}, which the prompt and options give")
        if not 1 <= self.max_concurrency <= 1_000:
            _refuse("max_concurrency", f"is {self.max_concurrency}, and not 1 to 1000")

    @property
    def name(self) -> str:
        """Return how its completions name it."""
        return f"anthropic:{self.model}"

    @property
    def cache_key(self) -> Mapping[str, Any]:
        """Return what decides its answers; see `KeyedGenerator`."""
        key = deciding_fields(self, but=("base_url", "timeout_seconds", "is_cached", "max_concurrency"))
        return {"generator": "anthropic", "url": address_without_login(self._client.address), **key}

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt` in one request."""
        running = self.stream(prompt)
        while True:
            try:
                next(running)
            except StopIteration as end:
                completion: Completion = end.value
                return completion

    def samples(self, prompt: Prompt, n: int, /) -> list[Completion]:
        """Return `n` answers to `prompt`: one, after which the server has kept the prompt, and the others."""
        first = self(prompt)
        if n == 1:
            return [first]
        with ThreadPoolExecutor(min(n - 1, self.max_concurrency)) as threads:
            sent = [threads.submit(copy_context().run, self, prompt) for _ in range(n - 1)]
            try:
                return [first, *(one.result() for one in sent)]
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                raise

    def stream(self, prompt: Prompt, /) -> PythonGenerator[str, None, Completion]:
        """Yield the answer to `prompt` as it comes, and return it as a whole.

        Every request is one for a stream: the client itself asks for that where answers may be long.
        """
        answer, yielded = AnswerInPieces(), list[str]()
        with self._client.session() as client:
            events = self._opened(client, prompt)
            try:
                texts = _texts(events, answer)
                texts = without_known_in_stream(texts, anthropic_keys())
                for piece in before_stop_in_stream(texts, self.sampling.stop):
                    yielded.append(piece)
                    yield piece
            finally:
                events.close()
            is_cut_here = not answer.is_whole
            try:
                calls = answer.tool_calls(anthropic_keys())
            except ValueError as error:
                raise self._client.not_understood(error) from error
        text = "".join(yielded)
        return Completion(
            text=text,
            code=extract_code(text),
            generator=self.name,
            finish="stop_sequence" if is_cut_here else answer.finish or "stop",
            missing="" if text.strip() else answer.missing,
            left_out=self._left_out(),
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.usage.get("output_tokens"),
            tool_calls=calls,
            cached_tokens=answer.usage.get("cache_read_input_tokens"),
            cache_written_tokens=answer.usage.get("cache_creation_input_tokens"),
        )

    def _opened(self, client: Any, prompt: Prompt) -> Any:
        """Send the request, and again without a temperature if the model takes none."""
        import anthropic  # optional

        body = request_body(prompt, self.sampling, is_cached=self.is_cached) | {"model": self.model}
        if self.tools:
            body["tools"] = tools_of(self.tools)
        if self.tool_choice is not None:
            body["tool_choice"] = tool_choice_of(self.tool_choice)
        beside = {"temperature": self.sampling.temperature, **self.extra}
        if "temperature" in self._refused:
            beside.pop("temperature")
        try:
            return client.messages.create(**body, stream=True, extra_body=beside)
        except anthropic.BadRequestError as error:
            if "temperature" not in beside or "temperature" not in str(error) or "range" in str(error):
                raise
        self._refused["temperature"] = None
        del beside["temperature"]
        return client.messages.create(**body, stream=True, extra_body=beside)

    @property
    def _client(self) -> AnthropicClient:
        return AnthropicClient(
            self.model, self.base_url, self.timeout_seconds, self.max_concurrency, self._connections
        )

    @property
    def _refused(self) -> dict[str, None]:
        return self._connections.refused(self.base_url, self.model)

    def _left_out(self) -> tuple[str, ...]:
        likelihood = ("logprobs",) if self.sampling.log_likelihood else ()
        return (*self._refused, "seed", *likelihood)


def _texts(events: Any, answer: AnswerInPieces) -> Iterator[str]:
    for event in events:
        end_if_cancelled()
        if text := answer.take(event):
            yield text
        if answer.is_whole:
            return
    raise AnswerBrokenOff("its stream ended before the answer did")


def _refuse(what: str, why: str) -> NoReturn:
    raise GeneratorError(
        f"a model of Anthropic cannot be opened: {what} cannot be so", why=f"{what} {why}", fix="correct them"
    )
