"""What the protocols of model servers have in common: a request, and what is read from an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from rag.generators.completion import DEFAULT_SAMPLING, Sampling
from rag.generators.endpoints.server_answer import number_of_tokens
from rag.generators.tool_call import ToolCall
from rag.prompting.message import Message


@dataclass(frozen=True, slots=True)
class Request:
    """What a server is asked, whatever its protocol.

    Args:
        model: name of the model.
        messages: the prompt; for a text to be continued, one message.
        sampling: how to generate.
        n: the number of answers.
        tools: what the model may call, in the form of the chat completions protocol.
        tool_choice: whether it must: `auto`, `none`, `required`, or an object that names a tool.
        is_stream: whether the answer is to come in pieces.
    """

    model: str
    messages: tuple[Message, ...]
    sampling: Sampling = DEFAULT_SAMPLING
    n: int = 1
    tools: Sequence[Mapping[str, Any]] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    is_stream: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One of the answers that a server gave, in its own words.

    Args:
        text: the answer.
        finish: why it ended; empty if the server does not say.
        missing: why there is no text, as far as the server says.
        tool_calls: the tools that the model asks to call.
        log_likelihood: mean log-probability of the tokens; None if it is not known.
    """

    text: str
    finish: str = ""
    missing: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    log_likelihood: float | None = None


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """The tokens that a server counted; None for each number that it does not report."""

    prompt: int | None = None
    completion: int | None = None
    cached: int | None = None

    @classmethod
    def read(cls, usage: object, prompt: str, completion: str) -> "TokenUsage":
        """Read the part `usage` of an answer, in which the numbers have these names."""
        counts = usage if isinstance(usage, Mapping) else {}
        details = counts.get(f"{prompt}_details")
        cached = details.get("cached_tokens") if isinstance(details, Mapping) else None
        return cls(*map(number_of_tokens, (counts.get(prompt), counts.get(completion), cached)))


class AnswerStream(Protocol):
    """What is kept of an answer while it comes in pieces."""

    @property
    def is_whole(self) -> bool:
        """Whether the server has said that the answer is at its end."""

    def take(self, event: dict[str, Any]) -> str:
        """Keep what an event says, and return its text. Raises one of `MALFORMED` if it is no event."""

    def answer(self, text: str) -> dict[str, Any]:
        """Return what the server would have answered without a stream; `text` is the whole text."""


class WireProtocol(Protocol):
    """One of the protocols in which servers are asked."""

    @property
    def path(self) -> str:
        """The path below the address of the API."""

    @property
    def lacks(self) -> tuple[str, ...]:
        """Names of what it cannot ask for: `seed`, `stop`, `n`."""

    def body(self, request: Request) -> dict[str, Any]:
        """Return the body of a request."""

    def answers(self, said: dict[str, Any], body: Mapping[str, Any]) -> list[Said]:
        """Return the answers to a request, at least one. Raises one of `MALFORMED` if there are none."""

    def usage(self, said: dict[str, Any]) -> TokenUsage:
        """Return what the server counted."""

    def stream(self) -> AnswerStream:
        """Return what keeps the pieces of one answer."""


def sampling_parameters(request: Request) -> dict[str, Any]:
    """Return how to generate, in the names that chats and text completions share."""
    sampling = request.sampling
    parameters: dict[str, Any] = {
        "temperature": sampling.temperature,
        "max_tokens": sampling.max_tokens,
        "seed": sampling.seed,
    }
    if sampling.stop:
        parameters["stop"] = list(sampling.stop)
    if request.n > 1:
        parameters["n"] = request.n
    if request.is_stream:
        parameters |= {"stream": True, "stream_options": {"include_usage": True}}
    return parameters


@dataclass(slots=True)
class LogProbabilities:
    """The log-probabilities that come with the pieces of a stream, as `mean_log_probability` reads them."""

    content: list[Any] = field(default_factory=list)
    token_logprobs: list[Any] = field(default_factory=list)

    def take(self, said: object) -> None:
        """Keep those of an event; what has another form is left out."""
        if isinstance(said, Mapping):
            for name, kept in (("content", self.content), ("token_logprobs", self.token_logprobs)):
                kept.extend(found if isinstance(found := said.get(name), list) else ())

    def as_said(self) -> dict[str, Any]:
        """Return them as one answer has them."""
        return {"content": self.content, "token_logprobs": self.token_logprobs}
