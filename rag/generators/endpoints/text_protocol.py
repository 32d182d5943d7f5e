"""The text completions protocol: a text is continued as it is, without roles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.generators.endpoints.chat_protocol import choices_in_order
from rag.generators.endpoints.choice_stream import ChoiceStream
from rag.generators.endpoints.log_probabilities import log_likelihood
from rag.generators.endpoints.protocol import (
    Request,
    Said,
    TokenUsage,
    sampling_parameters,
)
from rag.prompting.message import as_text


@dataclass(frozen=True, slots=True)
class TextProtocol:
    """`POST /completions`. It knows no tools and no images."""

    path: str = "completions"
    lacks: tuple[str, ...] = ()

    def body(self, request: Request) -> dict[str, Any]:
        """Return the body of a request."""
        body: dict[str, Any] = {"model": request.model, "prompt": as_text(request.messages)}
        body |= sampling_parameters(request)
        if request.sampling.log_likelihood:
            body["logprobs"] = 1  # so many of the likeliest tokens; 0 means none for llama.cpp
        return body

    def answers(self, said: dict[str, Any], body: Mapping[str, Any]) -> list[Said]:
        """Return the answers in the order of their numbers. Raises one of `MALFORMED` if there are none."""
        return [_answer(choice) for choice in choices_in_order(said["choices"])]

    def usage(self, said: dict[str, Any]) -> TokenUsage:
        """Return what the server counted."""
        return TokenUsage.read(said.get("usage"), "prompt_tokens", "completion_tokens")

    def stream(self) -> "TextStream":
        """Return what keeps the pieces of one answer."""
        return TextStream()


def _answer(choice: dict[str, Any]) -> Said:
    text, finish = choice["text"], str(choice.get("finish_reason") or "")
    if not isinstance(text, str):
        raise TypeError(f"the text is {type(text).__name__}")
    cut = "the limit of tokens was reached before any text" if finish == "length" else ""
    return Said(text, finish, missing="" if text.strip() else cut, log_likelihood=log_likelihood(choice))


@dataclass(slots=True)
class TextStream:
    """What a stream says of its answer beside the text: why it ended, and the numbers of tokens."""

    _choice: ChoiceStream = field(default_factory=ChoiceStream)

    @property
    def is_whole(self) -> bool:
        """Whether the server has said why the answer ended."""
        return self._choice.is_whole

    def take(self, event: dict[str, Any]) -> str:
        """Keep what an event says, and return its text. Raises one of `MALFORMED` if it is no event."""
        return self._choice.take(event, _text_of)

    def answer(self, text: str) -> dict[str, Any]:
        """Return the answer as it would be without a stream."""
        return self._choice.answer({"text": text})


def _text_of(choice: dict[str, Any]) -> str:
    text = choice.get("text") or ""
    if not isinstance(text, str):
        raise TypeError(f"the text is {type(text).__name__}")
    return text
