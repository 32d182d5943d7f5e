"""The chat completions protocol: that of most servers, with the freedoms that they take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rag.generators.endpoints.chat_messages import chat_messages
from rag.generators.endpoints.choice_stream import ChoiceStream
from rag.generators.endpoints.log_probabilities import log_likelihood
from rag.generators.endpoints.protocol import (
    Request,
    Said,
    TokenUsage,
    sampling_parameters,
)
from rag.generators.endpoints.server_answer import content_text
from rag.generators.tool_call import MAX_TOOL_CALLS, read_tool_calls

_MAX_REASON_CHARS: Final = 300
_BESIDE_TEXT: Final = ("refusal", "function_call", "reasoning_content", "reasoning", "thinking")


@dataclass(frozen=True, slots=True)
class ChatProtocol:
    """`POST /chat/completions`."""

    path: str = "chat/completions"
    lacks: tuple[str, ...] = ()

    def body(self, request: Request) -> dict[str, Any]:
        """Return the body of a request."""
        body: dict[str, Any] = {"model": request.model, "messages": chat_messages(request.messages)}
        body |= sampling_parameters(request)
        if request.sampling.log_likelihood:
            # Unasked, llama.cpp sends 20 likely tokens in place of each; and asked for 0, nothing.
            body |= {"logprobs": True, "top_logprobs": 1}
        if request.tools:
            body["tools"] = [dict(tool) for tool in request.tools]
        if request.tool_choice is not None:
            body["tool_choice"] = request.tool_choice
        return body

    def answers(self, said: dict[str, Any], body: Mapping[str, Any]) -> list[Said]:
        """Return the answers in the order of their numbers. Raises one of `MALFORMED` if there are none."""
        choices = choices_in_order(said["choices"])
        return [_answer(choice) for choice in choices]

    def usage(self, said: dict[str, Any]) -> TokenUsage:
        """Return what the server counted."""
        return TokenUsage.read(said.get("usage"), "prompt_tokens", "completion_tokens")

    def stream(self) -> "ChatStream":
        """Return what keeps the pieces of one answer."""
        return ChatStream()


def choices_in_order(choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return choices by their `index`, or as they come without it. Raises `IndexError` for none."""
    if not choices:
        raise IndexError("there are no choices")
    numbers = [choice.get("index") for choice in choices]
    if all(type(number) is int for number in numbers):
        return sorted(choices, key=lambda choice: int(choice["index"]))
    return choices


def _answer(choice: dict[str, Any]) -> Said:
    message = choice["message"]
    text, finish = content_text(message["content"]), str(choice.get("finish_reason") or "")
    return Said(
        text=text,
        finish=finish,
        missing="" if text.strip() else missing_reason(message, finish),
        tool_calls=read_tool_calls(message.get("tool_calls")),
        log_likelihood=log_likelihood(choice),
    )


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
class _CallsInPieces:
    """Calls of tools whose arguments come in pieces, each with the number of its call.

    Some servers send whole calls instead: one without a list (TGI), all with the number 0 (Ollama); others
    send no numbers (Gemini, SGLang), so that a piece without a name belongs to the last call.
    """

    found: list[dict[str, Any]] = field(default_factory=list)
    _by_number: dict[object, dict[str, Any]] = field(default_factory=dict)

    def take(self, said: object) -> None:
        if not said:
            return
        for piece in [said] if isinstance(said, Mapping) else list(said):  # type: ignore[call-overload]
            function = piece.get("function") or {}
            call = self._call_of(piece.get("index"), piece.get("id"), function.get("name"))
            arguments, before = function.get("arguments"), call["function"]["arguments"]
            if arguments:
                is_text = isinstance(arguments, str) and isinstance(before, str)
                call["function"]["arguments"] = before + arguments if is_text else arguments

    def _call_of(self, number: object, id_: object, name: object) -> dict[str, Any]:
        """Return the call that a piece belongs to, which may be a new one."""
        if number is None:
            call = None if name or not self.found else self.found[-1]
        else:
            call = self._by_number.get(number)
        if call is None or (name and id_ and id_ != call["id"]):
            if len(self.found) >= MAX_TOOL_CALLS:
                raise ValueError(f"there are more than {MAX_TOOL_CALLS} calls of tools")
            call = {"id": id_, "function": {"name": name, "arguments": ""}}
            self._by_number[number] = call
            self.found.append(call)
        call["id"] = call["id"] or id_
        call["function"]["name"] = call["function"]["name"] or name
        return call


@dataclass(slots=True)
class ChatStream:
    """What a stream says of its answer beside the text.

    Args:
        message: the refusal, the calls of tools and the thoughts, as in the message of a whole answer.
    """

    message: dict[str, Any] = field(default_factory=dict)
    _calls: _CallsInPieces = field(default_factory=_CallsInPieces)
    _choice: ChoiceStream = field(default_factory=ChoiceStream)

    @property
    def is_whole(self) -> bool:
        """Whether the server has said why the answer ended."""
        return self._choice.is_whole

    def take(self, event: dict[str, Any]) -> str:
        """Keep what an event says, and return its text. Raises one of `MALFORMED` if it is no event."""
        return self._choice.take(event, self._text_of)

    def _text_of(self, choice: dict[str, Any]) -> str:
        delta = choice.get("delta") or {}
        self._calls.take(delta.get("tool_calls"))
        for name in _BESIDE_TEXT:
            if value := delta.get(name):
                before = self.message.get(name, "")
                is_text = isinstance(value, str) and isinstance(before, str)
                self.message[name] = (before + value)[:_MAX_REASON_CHARS] if is_text else value
        return content_text(delta.get("content"))

    def answer(self, text: str) -> dict[str, Any]:
        """Return the answer as it would be without a stream."""
        message = {**self.message, "content": text, "tool_calls": self._calls.found}
        return self._choice.answer({"message": message})
