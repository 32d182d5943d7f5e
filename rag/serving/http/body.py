"""Read the JSON that a request holds."""

import json
from math import isfinite
from typing import Any, NoReturn

from corpora.errors import RagError
from corpora.outside.characters import LONE_SURROGATES


def json_body(content: bytes) -> dict[str, Any]:
    """Return the JSON object that a request holds, with U+FFFD for halves of characters.

    Such halves come from programs that cut texts in the middle of an emoji; no index and no model takes them.

    Raises:
        RagError: it is anything else, or holds a number that JSON does not have.
    """
    try:
        body = json.loads(content, parse_constant=_refuse, parse_float=_finite)
        if b"\\u" in content:
            body = _whole(body)
    except (ValueError, RecursionError) as error:
        raise RagError(
            "the request cannot be read", why=f"it is not JSON: {error}", fix="send JSON"
        ) from error
    if not isinstance(body, dict):
        raise RagError("the request cannot be read", why="it is no JSON object", fix="send {...}")
    return body


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refuse(text[:20])


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return LONE_SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(one) for name, one in value.items()}
    return value
