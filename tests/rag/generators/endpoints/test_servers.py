"""Servers of many makes: what they answer beside text, and how they refuse a parameter."""

import json
from typing import Any

import pytest

from corpora.errors import GeneratorError, GeneratorUnavailable, PromptRefused
from rag.generators.completion import Completion, Sampling, complete, stream
from rag.generators.endpoints.openai_api import OpenAIModel
from rag.prompting.prompt import make_prompt
from tests.loopback_endpoint import Answer, answer, serving

PROMPT = make_prompt("count to three", [], template="chat")
LIKELY = Sampling(log_likelihood=True, stop=("x",))
EVENTS = {"Content-Type": "text/event-stream"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def said(content: Any, finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content, **message}, "finish_reason": finish}]}


def in_events(body: dict[str, Any]) -> str:
    """Return an answer as a stream would bring it: first what it says, then its end and its usage."""
    (choice,) = body["choices"]
    events = [
        {"choices": [{"delta": {"role": "assistant", **choice["message"]}, "finish_reason": None}]},
        {"choices": [{"delta": {}, "finish_reason": choice["finish_reason"]}]},
        *([{"choices": [], "usage": body["usage"]}] if "usage" in body else []),
    ]
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"


def asked(body: dict[str, Any], is_stream: bool) -> tuple[str, Completion]:
    """Return what came in pieces and the whole answer, for an answer of a server."""
    reply: Answer = (200, EVENTS, in_events(body)) if is_stream else (200, {}, body)
    with serving(reply) as endpoint:
        model = OpenAIModel("m", base_url=endpoint.url)
        if not is_stream:
            completion = complete(model, PROMPT)
            return completion.text, completion
        pieces: list[str] = []
        running = stream(model, PROMPT)
        while True:
            try:
                pieces.append(next(running))
            except StopIteration as end:
                return "".join(pieces), end.value


ANSWERS = {
    "parts of text": (said([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), "ab", ""),
    "plain parts": (said(["a", {"text": "b"}]), "ab", ""),
    "thoughts among the parts": (
        said(
            [
                {"type": "thinking", "thinking": [{"type": "text", "text": "no"}]},
                {"type": "text", "text": "b"},
            ]
        ),
        "b",
        "",
    ),
    "a refusal": (said(None, refusal="I cannot."), "", "the model refused: I cannot."),
    "a call of a tool": (
        said(None, "tool_calls", tool_calls=[{"function": {"name": "python"}}]),
        "",
        "the model asked to call a tool instead",
    ),
    "a content filter": (said("", "content_filter"), "", "a content filter stopped it"),
    "thoughts up to the limit": (
        said("", "length", reasoning_content="Hm"),
        "",
        "the limit of tokens was reached in its thoughts",
    ),
    "thoughts and an answer": (said("b", reasoning="Hm"), "b", ""),
    "thoughts alone": (said("", reasoning="Hm"), "", "the model gave its thoughts only"),
    "nothing": (said(None), "", "it is empty"),
    "thoughts in the text, cut off": (
        said("<think>Hm", "length"),
        "<think>Hm",
        "it holds only thoughts, and was cut off in them",
    ),
}


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_without_text_says_why(name: str, is_stream: bool) -> None:
    body, text, reason = ANSWERS[name]
    came, completion = asked(body, is_stream)
    assert (came, completion.text, completion.no_code_reason) == (text, text, reason)


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 5}, (7, 5)),
        ({"prompt_tokens": 7}, (7, None)),
        (None, (None, None)),
        (3, (None, None)),
    ],
)
def test_tokens_and_the_reason_of_the_end_are_known(
    usage: Any, counts: tuple[Any, Any], is_stream: bool
) -> None:
    _, completion = asked({**said("x", "length"), "usage": usage}, is_stream)
    assert (completion.prompt_tokens, completion.completion_tokens) == counts
    assert completion.finish == "length" and completion.is_cut


def openai(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


EXTRA = [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]
REFUSED = {
    "OpenAI": (400, openai("Unknown parameter: 'seed'.", param="seed", code="unknown_parameter"), ["seed"]),
    "OpenAI, reasoning": (
        400,
        openai(
            "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) "
            "value is supported.",
            param="temperature",
            code="unsupported_value",
        ),
        ["temperature"],
    ),
    "Azure": (400, openai("Unrecognized request argument supplied: stop", code=None), ["stop"]),
    "Groq": (400, openai("property 'logprobs' is unsupported"), ["logprobs"]),
    "vLLM": (400, {"object": "error", "message": str(EXTRA), "param": None, "code": 400}, ["seed"]),
    "FastAPI": (422, {"detail": EXTRA}, ["seed"]),
    "FastAPI, two": (422, {"detail": [*EXTRA, {**EXTRA[0], "loc": ["body", "stop"]}]}, ["seed", "stop"]),
    "Mistral": (422, {"object": "error", "message": {"detail": EXTRA}, "code": None}, ["seed"]),
    "TGI": (
        422,
        "Failed to deserialize the JSON body: unknown field `seed`, expected `model`",
        ["seed"],
    ),
    "llama.cpp": (400, openai("Unsupported param: logprobs", code=400), ["logprobs"]),
    "LM Studio": (400, {"error": "'seed' is not supported by this model"}, ["seed"]),
    "Ollama": (400, {"error": 'json: unknown field "seed"'}, ["seed"]),
    "Gemini": (400, [openai('Invalid JSON payload. Unknown name "seed": Cannot find field.')], ["seed"]),
    "Together": (400, openai("logprobs is not supported for this model"), ["logprobs"]),
    "Anthropic": (400, {"type": "error", **openai("seed: Extra inputs are not permitted")}, ["seed"]),
    "a page": (400, "<html><title>400</title><p>unknown field <b>seed</b></p></html>", ["seed"]),
    "with status 200": (200, openai("Unknown parameter: 'seed'.", code=400), ["seed"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_parameter_is_left_out_once_and_named(name: str) -> None:
    status, body, refused = REFUSED[name]
    with serving((status, {}, body), answer("x")) as endpoint:
        model = OpenAIModel("m", base_url=endpoint.url, sampling=LIKELY)
        left_out = tuple(name for name in refused if name != "stop")  # which ends answers all the same
        assert complete(model, PROMPT).left_out == left_out
        assert complete(model, PROMPT).left_out == left_out
    first, second, third = endpoint.sent
    assert first.keys() - second.keys() - {"top_logprobs"} == set(refused) and second == third


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ("max_tokens is too large: 9. This model supports at most 4 completion tokens", "max_tokens"),
        ("Input validation error: `temperature` must be strictly positive", None),
        ("seed must be an integer between 0 and 9", "seed"),
        ("This model's maximum context length is 8 tokens", "messages"),
        ("the prompt mentions seed and temperature", None),
        ("Unsupported image in message 2", None),
    ],
)
def test_nothing_is_left_out_of_a_request_that_is_wrong_in_another_way(
    message: str, param: str | None
) -> None:
    with serving((400, {}, openai(message, param=param)), answer("x")) as endpoint:
        with pytest.raises(PromptRefused, match="answered 400") as caught:
            complete(OpenAIModel("m", base_url=endpoint.url, sampling=LIKELY), PROMPT)
        assert message in caught.value.why and len(endpoint.sent) == 1


def test_a_limit_of_tokens_goes_on_under_its_new_name_and_nothing_else_is_guessed() -> None:
    refusal: Answer = (400, {}, openai("Use 'max_completion_tokens' instead.", param="max_tokens"))
    with serving(refusal, answer("x")) as endpoint:
        completion = complete(OpenAIModel("m", base_url=endpoint.url), PROMPT)
    first, second = endpoint.sent
    assert second == {**{k: v for k, v in first.items() if k != "max_tokens"}, "max_completion_tokens": 512}
    assert completion.left_out == ()


def test_a_stream_leaves_out_what_is_refused_too() -> None:
    refusal: Answer = (422, {}, {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs"}]})
    with serving(refusal, (200, EVENTS, in_events(said("x")))) as endpoint:
        assert list(stream(OpenAIModel("m", base_url=endpoint.url), PROMPT)) == ["x"]
    assert "stream_options" not in endpoint.sent[1]


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (500, {"error": "out of memory"}, "out of memory"),
        (503, "<html><head><title>503</title></head><body><h1>Busy</h1></body></html>", "503 Busy"),
        (502, "upstream failed", "upstream failed"),
        (500, {"errors": [{"message": "a"}, {"message": "b"}]}, "a; b"),
        (500, {"detail": "no model"}, "no model"),
        (500, {}, "{}"),
        (200, {"error": {"message": "overloaded", "code": 529}}, "overloaded"),
    ],
)
def test_an_error_is_quoted_in_any_form(status: int, body: Any, why: str) -> None:
    with serving((status, {"Retry-After": "0"}, body)) as endpoint:
        with pytest.raises(GeneratorError) as caught:
            complete(OpenAIModel("m", base_url=endpoint.url), PROMPT)
        assert caught.value.why == why and type(caught.value) is GeneratorError


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_server_that_answers_nobody_is_told_from_one_that_refuses_a_prompt(status: int) -> None:
    with serving((status, {}, openai("no"))) as endpoint, pytest.raises(GeneratorUnavailable):
        complete(OpenAIModel("m", base_url=endpoint.url), PROMPT)
