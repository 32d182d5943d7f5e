"""The Responses protocol: the newer one of OpenAI, which vLLM, llama.cpp's server and LiteLLM speak too."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rag.generators.endpoints.chat_messages import data_address
from rag.generators.endpoints.chat_protocol import missing_reason
from rag.generators.endpoints.log_probabilities import log_likelihood
from rag.generators.endpoints.protocol import Request, Said, TokenUsage
from rag.generators.endpoints.server_answer import content_text
from rag.generators.tool_call import read_tool_calls
from rag.prompting.message import Message

_TEXT_EVENTS: Final = ("response.output_text.delta",)
_ENDS: Final = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
_REASONS: Final = {"max_output_tokens": "length", "max_tokens": "length"}


@dataclass(frozen=True, slots=True)
class ResponsesProtocol:
    """`POST /responses`, without anything kept at the server. It takes no seed, no stop and no n."""

    path: str = "responses"
    lacks: tuple[str, ...] = ("seed", "stop", "n")

    def body(self, request: Request) -> dict[str, Any]:
        """Return the body of a request."""
        first, *rest = request.messages
        body: dict[str, Any] = {"model": request.model, "store": False}
        if first.role == "system" and rest:
            body["instructions"] = first.content
        else:
            rest = [first, *rest]
        body["input"] = [_item(message) for message in rest]
        body["temperature"] = request.sampling.temperature
        body["max_output_tokens"] = request.sampling.max_tokens
        if request.sampling.log_likelihood:
            body |= {"include": ["message.output_text.logprobs"], "top_logprobs": 1}
        if request.tools:
            body["tools"] = [_tool(tool) for tool in request.tools]
        if request.tool_choice is not None:
            body["tool_choice"] = _flat(request.tool_choice)
        if request.is_stream:
            body["stream"] = True
        return body

    def answers(self, said: dict[str, Any], body: Mapping[str, Any]) -> list[Said]:
        """Return the only answer. Raises one of `MALFORMED` if there is none, or not a whole one."""
        status = said.get("status", "completed")
        if status not in ("completed", "incomplete"):
            raise ValueError(f"the answer is {str(status)[:40]}, not completed")
        items = [item for item in said["output"] if isinstance(item, Mapping)]
        parts = [
            part
            for item in items
            if item.get("type") == "message"
            for part in item["content"]
            if isinstance(part, Mapping)
        ]
        text = content_text(parts)
        calls = [item for item in items if item.get("type") == "function_call"]
        thoughts = any(item.get("type") == "reasoning" for item in items)
        refusals = (part.get("refusal") for part in parts if part.get("type") == "refusal")
        message = {"refusal": next(refusals, None), "tool_calls": calls, "reasoning": thoughts}
        finish = _finish(said, bool(calls), self.usage(said).completion, body.get("max_output_tokens"))
        tokens = [one for part in parts for one in part.get("logprobs") or ()]
        return [
            Said(
                text=text,
                finish=finish,
                missing="" if text.strip() else missing_reason(message, finish),
                tool_calls=read_tool_calls([_call(call) for call in calls]),
                log_likelihood=log_likelihood({"logprobs": {"content": tokens}}),
            )
        ]

    def usage(self, said: dict[str, Any]) -> TokenUsage:
        """Return what the server counted."""
        return TokenUsage.read(said.get("usage"), "input_tokens", "output_tokens")

    def stream(self) -> "ResponsesStream":
        """Return what keeps the pieces of one answer."""
        return ResponsesStream()


def _item(message: Message) -> dict[str, Any]:
    if not message.images:
        return {"role": message.role, "content": message.content}
    parts: list[dict[str, Any]] = [
        {"type": "input_image", "image_url": data_address(image)} for image in message.images
    ]
    return {"role": message.role, "content": [*parts, {"type": "input_text", "text": message.content}]}


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tool of a chat, in which the function stands on a level of its own, as Responses have it."""
    function = tool.get("function")
    return {"type": "function", **function} if isinstance(function, Mapping) else dict(tool)


def _flat(choice: str | Mapping[str, Any]) -> str | dict[str, Any]:
    return choice if isinstance(choice, str) else _tool(choice)


def _call(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": item.get("call_id") or item.get("id"),
        "function": {"name": item.get("name"), "arguments": item.get("arguments")},
    }


def _finish(said: Mapping[str, Any], has_calls: bool, tokens: int | None, limit: int | None) -> str:
    if said.get("status") != "incomplete":
        # llama.cpp's server calls an answer completed that its limit has cut off.
        is_cut = tokens is not None and limit is not None and tokens >= limit
        return "length" if is_cut else "tool_calls" if has_calls else "stop"
    details = said.get("incomplete_details")
    reason = str(details.get("reason") if isinstance(details, Mapping) else "") or "incomplete"
    return _REASONS.get(reason, reason)


@dataclass(slots=True)
class ResponsesStream:
    """What a stream says of its answer: the whole of it, in its last event."""

    said: dict[str, Any] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether the last event has come."""
        return bool(self.said)

    def take(self, event: dict[str, Any]) -> str:
        """Keep what an event says, and return its text. Raises one of `MALFORMED` if it is no event."""
        kind = event["type"]
        if kind in _ENDS:
            self.said = dict(event["response"])
        if kind in _TEXT_EVENTS:
            return content_text(event["delta"])
        return ""

    def answer(self, text: str) -> dict[str, Any]:
        """Return the answer as it would be without a stream; the text is the one that came in pieces."""
        output = [item for item in self.said.get("output") or [] if isinstance(item, Mapping)]
        parts: list[dict[str, Any]] = [{"type": "output_text", "text": text}]
        for item in output:
            if item.get("type") == "message":
                beside = [part for part in item.get("content") or () if isinstance(part, Mapping)]
                parts += [{**part, "text": ""} for part in beside]  # its probabilities and its refusal
        others = [item for item in output if item.get("type") != "message"]
        return {**self.said, "output": [{"type": "message", "content": parts}, *others]}
