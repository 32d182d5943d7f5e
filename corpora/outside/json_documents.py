"""JSON that somebody else wrote: what it takes in memory is bounded before any of it is built."""

import json
import re
from typing import Any, Final

# What CPython takes for a value at most, by what stands before or behind it in the text: a few bytes of JSON
# make a hundred of an object (`{"":0},` takes 240).
_OBJECT_BYTES, _LIST_BYTES, _VALUE_BYTES = 240, 90, 60
_MAX_BYTES: Final = 160_000_000

# Half of a pair of surrogates is no character, and no file and no database takes it. Pairs, and what stands
# behind a backslash that is itself escaped, are passed over.
_HALF = re.compile(
    r"\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def parsed_json(text: str | bytes) -> Any:
    """The value that a JSON text stands for. Raises `ValueError`, with a reason, for whatever is none.

    So it does for nesting and for numbers beyond what Python reads, and where the values would take more
    than 160 MB beside their text. Halves of surrogate pairs are replaced.
    """
    try:
        text = text if isinstance(text, str) else text.decode(json.detect_encoding(text), "replace")
        needed = len(text) * _OBJECT_BYTES  # (at most: most texts are short)
        if needed > _MAX_BYTES and (needed := _needed_bytes(text)) > _MAX_BYTES:
            needed = _needed_bytes(_STRING.sub("", text))
        if needed > _MAX_BYTES:
            raise ValueError(f"its values would take some {needed} bytes, more than {_MAX_BYTES}")
        if "\\ud" in text or "\\uD" in text:
            text = _HALF.sub(lambda found: "\\ufffd" if found[1] else found[0], text)
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _needed_bytes(text: str) -> int:
    """What the values take at most; what stands in strings is counted too."""
    values = text.count(",") + text.count(":")
    return _OBJECT_BYTES * text.count("{") + _LIST_BYTES * text.count("[") + _VALUE_BYTES * values
