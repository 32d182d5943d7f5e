"""The Messages API of Anthropic: a prompt in its form, and what is read from an answer."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from corpora.redaction.credentials import without_known
from rag.generators.completion import Sampling
from rag.generators.endpoints.server_answer import encodable, number_of_tokens
from rag.generators.tool_call import MAX_TOOL_CALLS, ToolCall
from rag.prompting.message import Message
from rag.prompting.prompt import Prompt

_KEPT: Final = {"type": "ephemeral"}
"""Marks the end of a part of the request that is kept for the next one."""

_CHOICES: Final = {"auto": "auto", "none": "none", "required": "any", "any": "any"}


def request_body(prompt: Prompt, sampling: Sampling, *, is_cached: bool) -> dict[str, Any]:
    """Return the arguments of a request that a prompt gives, without the model.

    With `is_cached`, what stays the same in later requests is marked to be kept: the instructions, and the
    passages before the request itself.
    """
    first, *rest = prompt.messages
    body: dict[str, Any] = {"max_tokens": sampling.max_tokens}
    if first.role == "system" and rest:
        system: dict[str, Any] = {"type": "text", "text": first.content}
        body["system"] = [system | ({"cache_control": _KEPT} if is_cached else {})]
    else:
        rest = [first, *rest]
    *earlier, last = rest
    question = prompt.query if is_cached else ""
    body["messages"] = [*(_turn(one, "") for one in earlier), _turn(last, question)]
    # It takes no string that is white space alone; such a one ends the answer here.
    if stop := [one for one in sampling.stop if one.strip()]:
        body["stop_sequences"] = stop
    return body


def _turn(message: Message, question: str) -> dict[str, Any]:
    images = [
        {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": image.media_type,
                "data": b64encode(image.data).decode("ascii"),
            },
        }
        for image in message.images
    ]
    at = message.content.rfind(question) if question else 0
    before = message.content[: max(at, 0)]
    if not before.strip():
        parts = [{"type": "text", "text": message.content}]
    else:
        kept: dict[str, Any] = {"type": "text", "text": before, "cache_control": _KEPT}
        parts = [kept, {"type": "text", "text": message.content[at:]}]
    # Images belong to the request: before the passages they would change what is kept.
    return {"role": message.role, "content": [*parts[:-1], *images, parts[-1]]}


def tools_of(tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return tools of the chat completions protocol in the form of this one; others stay as they are."""
    return [_tool(tool) for tool in tools]


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = tool.get("function")
    if not isinstance(function, Mapping):
        return dict(tool)
    described = {"description": function["description"]} if function.get("description") else {}
    schema = function.get("parameters") or {"type": "object"}
    return {"name": function.get("name"), **described, "input_schema": schema}


def tool_choice_of(choice: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return whether a tool has to be called, in the form of this protocol."""
    if isinstance(choice, str):
        return {"type": _CHOICES[choice]} if choice in _CHOICES else {"type": "tool", "name": choice}
    function = choice.get("function")
    return {"type": "tool", "name": function.get("name")} if isinstance(function, Mapping) else dict(choice)


@dataclass(slots=True)
class AnswerInPieces:
    """An answer that comes in events, of which each is checked: the client of the API does not.

    Args:
        text: the text of all its blocks.
        finish: why it ended, once it has.
        calls: id, name and arguments of the tools that are called.
        usage: what was counted.
        has_thoughts: whether there was a block of thoughts.
        is_whole: whether the last event has come.
    """

    text: list[str] = field(default_factory=list)
    finish: str = ""
    calls: list[list[str]] = field(default_factory=list)
    usage: dict[str, int | None] = field(default_factory=dict)
    has_thoughts: bool = False
    is_whole: bool = False

    def take(self, event: Any) -> str:
        """Keep an event, and return the text in it. Raises `TypeError` or `AttributeError` for none."""
        match event.type:
            case "message_start":
                self._count(event.message.usage)
            case "content_block_start":
                return self._start(event.content_block)
            case "content_block_delta":
                return self._continue(event.delta)
            case "message_delta":
                self.finish = str(event.delta.stop_reason or "")
                self._count(event.usage)
            case "message_stop":
                self.is_whole = True
        return ""

    def tool_calls(self, known: Iterable[str] = ()) -> tuple[ToolCall, ...]:
        """Return the calls of tools, without `known` credentials. Raises `ValueError` if one is not valid."""
        said = ([without_known(encodable(text), known) for text in call] for call in self.calls)
        return tuple(ToolCall(*call) for call in said)

    @property
    def missing(self) -> str:
        """Why there is no text, as far as the server says."""
        if self.finish == "refusal":
            return "the model refused"
        if self.calls:
            return "the model asked to call a tool instead"
        if self.finish in ("max_tokens", "model_context_window_exceeded"):
            where = "in its thoughts" if self.has_thoughts else "before any text"
            return f"the limit of tokens was reached {where}"
        return "the model gave its thoughts only" if self.has_thoughts else ""

    @property
    def prompt_tokens(self) -> int | None:
        """All tokens of the prompt; the API counts those that it had kept, or keeps, for themselves."""
        parts = [self.usage.get(f"{name}input_tokens") for name in ("", "cache_read_", "cache_creation_")]
        return None if parts[0] is None else sum(part or 0 for part in parts)

    def _start(self, block: Any) -> str:
        if block.type == "tool_use":
            if len(self.calls) >= MAX_TOOL_CALLS:
                raise TypeError(f"there are more than {MAX_TOOL_CALLS} calls of tools")
            self.calls.append([_text(block.id), _text(block.name), ""])
        self.has_thoughts |= block.type in ("thinking", "redacted_thinking")
        return self._said(block.text) if block.type == "text" else ""

    def _continue(self, delta: Any) -> str:
        if delta.type == "text_delta":
            return self._said(delta.text)
        if delta.type == "input_json_delta" and self.calls:
            self.calls[-1][2] += _text(delta.partial_json)
        return ""

    def _said(self, text: object) -> str:
        said = encodable(_text(text))
        self.text.append(said)
        return said

    def _count(self, usage: Any) -> None:
        names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        for name in names:
            value = number_of_tokens(getattr(usage, name, None))
            if value is not None:
                self.usage[name] = value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is {type(value).__name__}")
    return value
