r"""What a server says when it refuses a request: in which words, and which parameter it means.

Servers that speak the protocol of OpenAI agree on answers, but not on errors:

    {"error": {"message": ..., "param": "seed"}}        OpenAI, Azure, Groq, Together, vLLM, llama.cpp
    {"error": "json: unknown field \"seed\""}           Ollama, LM Studio, text-generation-inference
    {"detail": [{"loc": ["body", "seed"], "msg": ...}]} FastAPI, older vLLM; in "message": Mistral
    [{"error": {"message": ...}}]                       Gemini
    <html>...</html>, plain text                        proxies
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, Final

from rag.generators.endpoints.server_answer import ServerAnswer

REFUSALS: Final = frozenset({400, 403, 422, 501})
"""How servers answer a parameter that they do not offer."""

OPTIONAL: Final[tuple[str, ...]] = (
    "temperature", "seed", "stop", "logprobs", "top_logprobs", "include", "stream_options", "max_tokens",
    "max_completion_tokens",
)  # fmt: skip
"""Parameters without which a request still asks for the same answer."""

_LOG_PROBABILITIES: Final[tuple[str, ...]] = ("logprobs", "include", "top_logprobs")

_MOST_SAID: Final = 100_000  # characters of a server's words that are looked at
_MOST_DEPTH: Final = 6
_FAILED: Final = 502
_UNSUPPORTED: Final = re.compile(
    r"unsupported|not (?:currently )?support|n't support|unknown|unrecogni[sz]ed|unexpected|deprecated|"
    r"extra[ _](?:inputs?|fields?|forbidden|param)|additional propert|not (?:\w+ )?(?:allowed|permitted)|"
    r"only the default|may only be|cannot find field|not (?:implemented|available|recogni[sz]ed)|removed",
    re.IGNORECASE,
)
# It takes the parameter, but not this value: to leave it out would change what the user asked for.
_OUT_OF_RANGE: Final = re.compile(
    r"maximum|minimum|greater|less than|too (?:large|small|long|high|low)|exceed|between|at (?:most|least)|"
    r"context|positive|out of range|must be (?:a|an|in|of)\b",
    re.IGNORECASE,
)
_RANGE_CODES: Final = re.compile(r"above_max|below_min|context_length|integer_|decimal_|invalid_type")
# vLLM: "n must be 1 when using greedy sampling"; llama.cpp: "Only one completion choice is allowed";
# Groq: "'n' : number must be at most 1"; Gemini: "candidateCount"; LiteLLM: "... parameters: ['n']"
_NO_SAMPLES: Final = re.compile(
    r"['\"`]n['\"`]|\bn must be|\bn ?[>=]+ ?1\b|one completion|multiple (?:choices|completions)|best_of|"
    r"candidate_?count",
    re.IGNORECASE,
)
_NO_IMAGES: Final = re.compile(
    r"image (?:input|content)s? (?:is|are) not supported|not support images?", re.IGNORECASE
)
_FINAL_CODES: Final = frozenset({"insufficient_quota"})
_TAG: Final = re.compile(r"<(?:script|style)[^<]{0,5000}</(?:script|style)>|<[^<>]{0,2000}>", re.IGNORECASE)


def status_within(answer: ServerAnswer) -> int:
    """Return the status that an answer means: some proxies send an error with status 200."""
    try:
        said = answer.json()
    except ValueError:
        return answer.status
    if not isinstance(said, dict) or not said.get("error") or said.get("choices"):
        return answer.status
    code = said["error"].get("code") if isinstance(said["error"], dict) else None
    said_so = re.fullmatch(r"[45][0-9]{2}", str(code))  # LiteLLM sends it as text
    return int(said_so[0]) if said_so else _FAILED


def is_final(answer: ServerAnswer) -> bool:
    """Return whether a server that seems busy will answer as little later.

    An account has no money left; or, with status 500, llama.cpp's server reads no images.
    """
    try:
        said = answer.json()
    except ValueError:
        return False
    return not _FINAL_CODES.isdisjoint(_code(said).split()) or reads_no_images(answer)


def reads_no_images(answer: ServerAnswer) -> bool:
    """Return whether a server says that its model does not look at images."""
    return answer.status >= 400 and bool(_NO_IMAGES.search(words_of(answer)))


def tells_error(said: Any) -> bool:
    """Return whether an event of a stream is an error: of each protocol, and of older vLLM."""
    response = said.get("response")
    is_error = "error" in (said.get("object"), said.get("type"))
    return bool(said.get("error") or is_error or (isinstance(response, dict) and response.get("error")))


def leave_out(body: dict[str, Any], name: str) -> None:
    """Remove a parameter from `body`; newer models take the limit of tokens under another name."""
    value = body.pop(name, None)
    if name == "max_tokens" and value is not None:
        body["max_completion_tokens"] = value
    if name in ("logprobs", "include"):
        body.pop("top_logprobs", None)  # which says how many there are to be


def words_of(answer: ServerAnswer) -> str:
    """Return what a server says, on one line; empty where it says nothing."""
    text = answer.body[:_MOST_SAID].decode("utf-8", "replace")
    try:
        said = list(_texts(answer.json()))
    except ValueError:
        is_page = text.lstrip()[:1] == "<"
        said = [unescape(_TAG.sub(" ", text)) if is_page else text]
    return " ".join("; ".join(dict.fromkeys(said)).split()) or " ".join(text.split())


def _texts(said: Any, depth: int = 0) -> Iterator[str]:
    """Yield the messages in an error, whatever its form."""
    if depth > _MOST_DEPTH:
        return
    if isinstance(said, str):
        yield said
    elif isinstance(said, list):
        for one in said[:20]:
            yield from _texts(one, depth + 1)
    elif isinstance(said, dict):
        where = said.get("loc")
        if isinstance(where, list) and isinstance(said.get("msg"), str):
            yield f"{'.'.join(map(str, where[:8]))}: {said['msg']}"
            return
        for key in ("error", "errors", "message", "msg", "detail", "title"):
            if said.get(key):
                yield from _texts(said[key], depth + 1)


def refused_parameters(body: dict[str, Any], answer: ServerAnswer) -> list[str]:
    """Return the parameters of the request `body` that the server does not take.

    None is guessed: the answer names it, in a field for that or in words that say that it is not supported.
    A parameter that is taken, but not with this value, is not among them.
    """
    if answer.status not in REFUSALS:
        return []
    words = words_of(answer)
    try:
        named = set(_named(answer.json()))
        code = _code(answer.json())
    except ValueError:
        named, code = set(), ""
    if value := _refused_value(body, words, named):
        return [value]
    if _RANGE_CODES.search(code):
        return []
    unsupported, is_range = _UNSUPPORTED.search(words), _OUT_OF_RANGE.search(words)
    if is_range and not unsupported:
        return []
    found = [name for name in OPTIONAL if name in body and name in named]
    if not found and unsupported:
        found = [name for name in OPTIONAL if name in body and re.search(rf"(?<!\w){name}(?!\w)", words)]
    if not found and "logprobs" in words:  # many say in other ways that they have none
        return [name for name in _LOG_PROBABILITIES if name in body][:1]
    return found


def _refused_value(body: dict[str, Any], words: str, named: set[str]) -> str:
    """Return which parameter the server takes with another value only, and does as well without."""
    if body.get("n", 1) > 1 and ("n" in named or _NO_SAMPLES.search(words)):
        return "n"  # it gives one answer at a time
    # text-generation-inference chooses the likeliest token if it gets no temperature
    is_greedy = body.get("temperature") == 0 and "temperature" in words and "strictly positive" in words
    return "temperature" if is_greedy else ""


def _named(said: Any, depth: int = 0) -> Iterator[str]:
    """Yield the names in the fields of an error that are for names of parameters."""
    if depth > _MOST_DEPTH:
        return
    if isinstance(said, list):
        for one in said[:50]:
            yield from _named(one, depth + 1)
    elif isinstance(said, dict):
        for value in (said.get("param"), *(said["loc"] if isinstance(said.get("loc"), list) else ())):
            if isinstance(value, str):
                yield value.removeprefix("body.")
        for key in ("error", "errors", "message", "detail"):
            yield from _named(said.get(key), depth + 1)


def _code(said: Any) -> str:
    error = said.get("error") if isinstance(said, dict) else None
    return f"{error.get('code')} {error.get('type')}" if isinstance(error, dict) else ""
