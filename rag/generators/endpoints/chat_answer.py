"""What an endpoint of the chat completions protocol answers, and what can be read from it."""

import json
import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rag.generators.completion import mean_log_probability

MALFORMED: Final = (ValueError, KeyError, IndexError, TypeError, AttributeError)
"""The errors that reading an answer raises if it is not what the protocol says."""

_TEXT_PARTS: Final = ("text", "output_text", "")  # others are thoughts, images, calls of tools
_MAX_REASON_CHARS: Final = 300


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """An answer of the server: its status, and its body or, in a stream, the pieces still to come.

    `retry_after` is the number of seconds after which the server wants to be asked again, if it said so.
    """

    status: int
    reason: str
    retry_after: float | None
    body: bytes = b""
    pieces: Generator[bytes, None, None] | None = None

    def json(self) -> Any:
        """Return the body as JSON. Raises `ValueError` if it is not JSON, or is nested too deep to read."""
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("it is nested too deep") from error


def content_text(content: object) -> str:
    """Return the text of the content of a message: text, nothing, or a list of parts.

    Parts with the thoughts of the model are left out. Raises `TypeError` for anything else.
    """
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise TypeError(f"the content is {type(content).__name__}, not text")
    return "".join(map(_part_text, content))


def _part_text(part: object) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        raise TypeError(f"a part of the content is {type(part).__name__}")
    if part.get("type", "") not in _TEXT_PARTS:
        return ""
    text = part.get("text")
    return content_text(text.get("value") if isinstance(text, Mapping) else text)


def missing_reason(message: Mapping[str, Any], finish: str) -> str:
    """Return why a message without text has none, as far as it says; empty where it does not."""
    refusal = message.get("refusal")
    calls = message.get("tool_calls") or message.get("function_call")
    if isinstance(refusal, str) and refusal.strip():
        return f"the model refused: {' '.join(refusal.split())[:_MAX_REASON_CHARS]}"
    if finish == "content_filter":
        return "a content filter stopped it"
    if calls or finish in ("tool_calls", "function_call"):
        return "the model asked to call a tool instead"
    thoughts = any(message.get(key) for key in ("reasoning_content", "reasoning", "thinking"))
    if finish == "length":
        return f"the limit of tokens was reached {'in its thoughts' if thoughts else 'before any text'}"
    return "the model gave its thoughts only" if thoughts else ""


@dataclass(slots=True)
class StreamedAnswer:
    """What a stream says of its answer beside the text.

    Args:
        finish: why it ended, once it has.
        message: the refusal, the calls of tools and the thoughts, as in the message of a whole answer.
        usage: the numbers of tokens.
    """

    finish: str = ""
    message: dict[str, Any] = field(default_factory=dict)
    usage: Any = None

    def take(self, said: dict[str, Any]) -> str:
        """Keep what an event says, and return its text. Raises one of `MALFORMED` if it is no event."""
        self.usage = said.get("usage") or self.usage
        text = ""
        # The last event may have no choice: it tells how many tokens were used.
        for choice in (said.get("choices") or [] if "usage" in said else said["choices"])[:1]:
            self.finish = str(choice.get("finish_reason") or self.finish)
            delta = choice.get("delta") or {}
            text = content_text(delta.get("content"))
            for name in _BESIDE_TEXT:
                if value := delta.get(name):
                    before = self.message.get(name, "")
                    is_text = isinstance(value, str) and isinstance(before, str)
                    self.message[name] = (before + value)[:_MAX_REASON_CHARS] if is_text else value
        return text

    def as_answer(self, text: str) -> dict[str, Any]:
        """Return the answer as it would be without a stream."""
        choice = {"message": {**self.message, "content": text}, "finish_reason": self.finish}
        return {"choices": [choice], "usage": self.usage}


_BESIDE_TEXT: Final = ("refusal", "tool_calls", "function_call", "reasoning_content", "reasoning", "thinking")


def encodable(text: str) -> str:
    """Return `text` with `?` for each half of a surrogate pair: JSON can hold one, no file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def number_of_tokens(reported: object) -> int | None:
    """Return a number of tokens that a server reports; None if it is none that can be."""
    is_number = isinstance(reported, int) and not isinstance(reported, bool)
    return reported if is_number and 0 <= reported < 2**53 else None  # type: ignore[operator,return-value]


def usage_of(said: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the numbers of tokens of the prompt and of the answer; None for each that is not reported."""
    usage = said.get("usage")
    counts = usage if isinstance(usage, Mapping) else {}
    return number_of_tokens(counts.get("prompt_tokens")), number_of_tokens(counts.get("completion_tokens"))


def log_likelihood(choice: dict[str, Any]) -> float | None:
    """Return the mean log-probability of the tokens; None where the server gives none that can be read."""
    try:
        mean = mean_log_probability(choice)
    except (*MALFORMED, OverflowError):
        return None
    return mean if mean is not None and math.isfinite(mean) else None
