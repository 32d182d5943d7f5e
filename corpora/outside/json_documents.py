"""Parse JSON that somebody else wrote: its size in memory is bounded before any value is built."""

import json
import re
from typing import Any, Final

# The most memory that CPython takes for an object, a list or another value: a few bytes of JSON may become
# hundreds (`{"":0},` takes 240). `{`, `[` and separators are counted to know how many there are.
_OBJECT_BYTES, _LIST_BYTES, _VALUE_BYTES = 240, 90, 60
_MAX_BYTES: Final = 160_000_000

# Half of a surrogate pair (`\ud83d` alone) is no character and cannot be written to a file or a database. The
# first two alternatives skip other escapes (`\\ud83d` is a backslash and text) and whole pairs.
_HALF = re.compile(
    r"\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def parsed_json(text: str | bytes) -> Any:
    """Parse a JSON text; halves of surrogate pairs become U+FFFD.

    Raises:
        ValueError: with the reason: it is no JSON, it is nested too deeply, a number has more digits than
            Python reads, or the values would take more than 160 MB beside their text.
    """
    try:
        text = text if isinstance(text, str) else text.decode(json.detect_encoding(text), "replace")
        needed = len(text) * _OBJECT_BYTES  # an upper bound that spares short texts the exact count
        if needed > _MAX_BYTES and (needed := _needed_bytes(text)) > _MAX_BYTES:
            needed = _needed_bytes(_STRING.sub("", text))  # braces within strings make no objects
        if needed > _MAX_BYTES:
            raise ValueError(f"its values would take about {needed} bytes of memory, more than {_MAX_BYTES}")
        if "\\ud" in text or "\\uD" in text:
            text = _HALF.sub(lambda found: "\\ufffd" if found[1] else found[0], text)
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _needed_bytes(text: str) -> int:
    """Return the most memory that the values of a JSON text take; punctuation in strings is counted too."""
    values = text.count(",") + text.count(":")
    return _OBJECT_BYTES * text.count("{") + _LIST_BYTES * text.count("[") + _VALUE_BYTES * values
