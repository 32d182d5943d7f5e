"""Calls of tools that a model asks for instead of an answer, or beside one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MAX_TOOL_CALLS: Final = 128  # what hosted models allow in one answer
_MAX_NAME_CHARS: Final = 200
_MAX_ARGUMENT_CHARS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool that a model asks for. Nothing is called here.

    Args:
        id: by which the result of the call is told to the model; empty where a server gives none.
        name: of the tool.
        arguments: as the model wrote them, usually JSON: they may be wrong, and are the text of a stranger.

    Raises:
        ValueError: it has no name, or one that no tool can have, or is too long.
    """

    id: str
    name: str
    arguments: str = ""

    def __post_init__(self) -> None:
        is_name = self.name.isprintable() and not any(map(str.isspace, self.name))
        if not self.name or not is_name or not self.id.isprintable():
            raise ValueError("a call of a tool has no name that a tool can have")
        if max(len(self.id), len(self.name)) > _MAX_NAME_CHARS or len(self.arguments) > _MAX_ARGUMENT_CHARS:
            raise ValueError("a call of a tool is too long")


def read_tool_calls(said: object) -> tuple[ToolCall, ...]:
    """Return the calls in `tool_calls` of a message of the chat completions protocol.

    Arguments that are an object instead of text become its JSON; some servers send one call without a list.

    Raises:
        ValueError: there are too many, or one is not valid.
        TypeError: they are something else.
    """
    if not said:
        return ()
    calls = [said] if isinstance(said, Mapping) else said
    if not isinstance(calls, list):
        raise TypeError(f"the calls of tools are {type(said).__name__}")
    if len(calls) > MAX_TOOL_CALLS:
        raise ValueError(f"there are more than {MAX_TOOL_CALLS} calls of tools")
    return tuple(map(_tool_call, calls))


def _tool_call(said: Any) -> ToolCall:
    if not isinstance(said, Mapping):
        raise TypeError(f"a call of a tool is {type(said).__name__}")
    function = said.get("function")
    parts = function if isinstance(function, Mapping) else said
    name, number, arguments = parts.get("name"), said.get("id"), parts.get("arguments")
    if not isinstance(name, str):
        raise TypeError("a call of a tool has no name")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""
    return ToolCall(_encodable("" if number is None else str(number)), _encodable(name), _encodable(text))


def _encodable(text: str) -> str:
    # Half of a surrogate pair can stand in JSON, and in no file.
    return text.encode("utf-8", "replace").decode("utf-8")
