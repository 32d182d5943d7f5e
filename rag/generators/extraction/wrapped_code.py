"""Code in JSON: structured output such as `{"code": "def ..."}`, and calls of a tool that was to run it."""

import json
import re
from typing import Any, Final

_KEYS: Final = (
    "code",
    "solution",
    "completion",
    "program",
    "python",
    "function",
    "answer",
    "response",
    "content",
)
_WITHIN: Final = ("arguments", "parameters", "input", "function", "tool_calls")
_MOST_CHARS: Final = 200_000
_MOST_DEPTH: Final = 5
# [TOOL_CALLS][{...}], [TOOL_CALLS]python[ARGS]{...} (Mistral), <tool_call>{...}</tool_call> (Qwen, Hermes)
_CALL: Final = re.compile(
    r"^[ \t]*(?:\[TOOL_CALLS\]\s{0,8}(?:[\w.-]{1,80}(?:\[CALL_ID\]\w{1,40})?\[ARGS\])?|<\|?tool_call\|?>)"
    r"\s{0,8}(?=[\[{])",
    re.MULTILINE,
)


def wrapped_code(text: str) -> str | None:
    """Return the code in an answer that is JSON, or the call of a tool; None for any other answer.

    >>> wrapped_code('{"name": "python", "arguments": {"code": "print(1)"}}')
    'print(1)'
    """
    call = _CALL.search(text)
    text = (text[call.end() :] if call else text).strip()
    if len(text) > _MOST_CHARS or not (call or (text.startswith("{") and text.endswith("}"))):
        return None
    try:
        said, end = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return _code_in(said) if call or end == len(text) else None


def _code_in(said: Any, depth: int = 0) -> str | None:
    """Return the first text in parsed JSON that is code by its key and by its form."""
    if depth > _MOST_DEPTH:
        return None
    if isinstance(said, list):
        return next((code for one in said[:20] if (code := _code_in(one, depth + 1)) is not None), None)
    if not isinstance(said, dict):
        return None
    for value in map(said.get, _KEYS):
        if isinstance(value, str) and ("\n" in value or "(" in value):
            return value
    return next(
        (code for key in _WITHIN if (code := _code_in(_parsed(said.get(key)), depth + 1)) is not None), None
    )


def _parsed(value: Any) -> Any:
    """Return what a text holds that is JSON itself, as the arguments of a call are for some servers."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return None
