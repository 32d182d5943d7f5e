"""What a server of models answers, before it is known what that means."""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final

MALFORMED: Final = (ValueError, KeyError, IndexError, TypeError, AttributeError)
"""The errors that reading an answer raises if it is not what the protocol says."""

_TEXT_PARTS: Final = ("text", "output_text", "")  # others are thoughts, images, calls of tools


@dataclass(frozen=True, slots=True)
class ServerAnswer:
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


def encodable(text: str) -> str:
    """Return `text` with `?` for each half of a surrogate pair: JSON can hold one, no file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def number_of_tokens(reported: object) -> int | None:
    """Return a number of tokens that a server reports; None if it is none that can be."""
    is_number = isinstance(reported, int) and not isinstance(reported, bool)
    return reported if is_number and 0 <= reported < 2**53 else None  # type: ignore[operator,return-value]
