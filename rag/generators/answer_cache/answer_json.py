"""Completions as JSON, and read back with every field checked: the file may be damaged, or a stranger's."""

from dataclasses import asdict
from functools import lru_cache
from typing import Any, Final

from rag.generators.completion import Completion
from rag.generators.extraction.extract_code import extract_code
from rag.generators.tool_call import MAX_TOOL_CALLS, ToolCall

_TEXTS: Final = ("text", "generator", "finish", "missing")
_COUNTS: Final = ("prompt_tokens", "completion_tokens", "cached_tokens", "cache_written_tokens")
_MAX_LEFT_OUT: Final = 100
_code_in = lru_cache(maxsize=16)(
    extract_code
)  # what is written is read back at once, to see that it is whole


def answer_to_json(answer: Completion) -> dict[str, Any]:
    """Return what is kept of a completion.

    The code is left out where it follows from the text: when it is taken from there in a better way, that of
    kept answers is better, too.
    """
    kept: dict[str, Any] = {name: getattr(answer, name) for name in (*_TEXTS, *_COUNTS, "log_likelihood")}
    if answer.code != _code_in(answer.text):
        kept["code"] = answer.code
    if answer.left_out:
        kept["left_out"] = list(answer.left_out)
    if answer.tool_calls:
        kept["tool_calls"] = [asdict(call) for call in answer.tool_calls]
    return kept


def answer_from_json(kept: Any) -> Completion:
    """Return the completion that `answer_to_json` wrote.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(kept, dict):
        raise ValueError("an answer is no object")
    read: dict[str, Any] = {name: _text(kept.get(name)) for name in _TEXTS}
    read |= {name: _count(kept.get(name)) for name in _COUNTS}
    likelihood = kept.get("log_likelihood")
    if likelihood is not None and not isinstance(likelihood, float):
        raise ValueError("a likelihood is no number")
    code = _text(kept["code"]) if "code" in kept else _code_in(read["text"])
    left_out = tuple(map(_text, _list(kept.get("left_out", []), _MAX_LEFT_OUT)))
    calls = tuple(map(_call, _list(kept.get("tool_calls", []), MAX_TOOL_CALLS)))
    return Completion(code=code, log_likelihood=likelihood, left_out=left_out, tool_calls=calls, **read)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is none")
    return value


def _count(value: Any) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise ValueError("a number of tokens is none")
    return value


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("a list is none, or too long")
    return value


def _call(value: Any) -> ToolCall:
    if not isinstance(value, dict):
        raise ValueError("a call of a tool is no object")
    return ToolCall(*(_text(value.get(name)) for name in ("id", "name", "arguments")))
