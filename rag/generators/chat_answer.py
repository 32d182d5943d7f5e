"""What an endpoint of the chat completions protocol answers, and what can be read from it."""

import json
import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

from rag.generators.completion import mean_log_probability

MALFORMED: Final = (ValueError, KeyError, IndexError, TypeError, AttributeError)
"""The errors that reading an answer raises if it is not what the protocol says."""


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


def checked_text(content: object) -> str:
    """Return `content` if it is text. Raises `TypeError` for anything else."""
    if not isinstance(content, str):
        raise TypeError(f"the content is {type(content).__name__}, not text")
    return content


def encodable(text: str) -> str:
    """Return `text` with `?` for each half of a surrogate pair: JSON can hold one, no file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def number_of_tokens(reported: object) -> int | None:
    """Return a number of tokens that a server reports; None if it is none that can be."""
    is_number = isinstance(reported, int) and not isinstance(reported, bool)
    return reported if is_number and 0 <= reported < 2**53 else None  # type: ignore[operator,return-value]


def log_likelihood(choice: dict[str, Any]) -> float | None:
    """Return the mean log-probability of the tokens; None where the server gives none that can be read."""
    try:
        mean = mean_log_probability(choice)
    except (*MALFORMED, OverflowError):
        return None
    return mean if mean is not None and math.isfinite(mean) else None
