"""Find the last turn of the user in a request, and put another text in its place."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Final

from corpora.errors import RagError

_TEXT_PARTS: Final = ("text", "input_text")
"""How a part of a turn says that it is text, in chat completions and in responses; images are left alone."""


@dataclass(frozen=True, slots=True)
class LastTurn:
    """The text that the user said last.

    Attributes:
        text: of its parts, joined by blank lines; empty if there is none.
        place: which of the messages it is; None if the request is one text.
    """

    text: str
    place: int | None = None


def last_turn(messages: Any) -> LastTurn:
    """Return the last turn of the user, which may stand before calls of tools and their results.

    Args:
        messages: those of a chat, the input of a response, or a text.

    Raises:
        RagError: they are neither.
    """
    if isinstance(messages, str):
        return LastTurn(messages)
    if not isinstance(messages, Sequence) or not all(isinstance(one, Mapping) for one in messages):
        raise RagError(
            "the messages of the request cannot be read",
            why="they are no list of objects",
            fix='send [{"role": "user", "content": "..."}]',
        )
    for place in range(len(messages) - 1, -1, -1):
        if messages[place].get("role") == "user":
            return LastTurn(_text_of(messages[place].get("content")), place)
    return LastTurn("")


def replaced_turn(messages: Any, turn: LastTurn, text: str) -> Any:
    """Return the messages with another text in that turn; what else is in it, such as images, stays."""
    if turn.place is None:
        return text if isinstance(messages, str) else messages
    changed = [*messages]
    message = dict(changed[turn.place])
    message["content"] = _with_text(message.get("content"), text)
    changed[turn.place] = message
    return changed


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n\n".join(part["text"] for part in _parts(content) if _is_text(part))


def _with_text(content: Any, text: str) -> Any:
    if isinstance(content, str):
        return text
    parts = [copy(part) for part in _parts(content)]
    first = next((number for number, part in enumerate(parts) if _is_text(part)), None)
    if first is None:
        return content
    kept = [part for number, part in enumerate(parts) if number == first or not _is_text(part)]
    parts[first]["text"] = text
    return kept


def _parts(content: Any) -> list[Any]:
    return list(content) if isinstance(content, Sequence) else []


def _is_text(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") in _TEXT_PARTS and isinstance(part.get("text"), str)
