"""Tools that a model may call, in the forms of several servers, and parameters of the user's own."""

import json
from typing import Any

import pytest

from corpora.errors import GeneratorError
from rag.generators import open_generator
from rag.generators.completion import Completion, Sampling, complete, stream
from rag.generators.endpoints.openai_api import OpenAIModel
from rag.generators.tool_call import ToolCall
from rag.prompting.prompt import make_prompt
from tests.loopback_endpoint import Answer, answer, serving

PROMPT = make_prompt("what is the weather?", [], template="chat")
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
EVENTS = {"Content-Type": "text/event-stream"}


def test_tools_and_more_parameters_are_sent_as_they_are() -> None:
    more = {"top_k": 40, "chat_template_kwargs": {"enable_thinking": False}, "seed": None}
    with serving(answer("x")) as endpoint:
        model = open_generator(
            "openai", model="m", base_url=endpoint.url, tools=[TOOL], tool_choice="required", extra=more
        )
        assert complete(model, PROMPT).left_out == ()
    (sent,) = endpoint.sent
    assert (sent["tools"], sent["tool_choice"], sent["top_k"]) == ([TOOL], "required", 40)
    assert sent["chat_template_kwargs"] == {"enable_thinking": False} and "seed" not in sent


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"extra": {"messages": []}}, "messages are made from the prompt"),
        ({"extra": {"n": 3, "stream": True}}, "n, stream are made from the prompt"),
        ({"extra": {"x": object()}}, "they are no JSON"),
        ({"tools": [{"x": {1, 2}}]}, "they are no JSON"),
        ({"api": "chats"}, "'chats' is not known"),
        ({"api": "completions", "tools": [TOOL]}, "text completions know none"),
        ({"max_concurrency": 0}, "it is 0"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_is_sent(
    options: dict[str, Any], why: str
) -> None:
    with pytest.raises(GeneratorError) as caught:
        open_generator("openai", model="m", **options)
    assert why in caught.value.why


def pieces(*deltas: dict[str, Any]) -> Answer:
    events: list[dict[str, Any]] = [
        {"choices": [{"delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    events.append({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]})
    return 200, EVENTS, "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"


def call(id_: str | None, name: str | None, arguments: Any, **more: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": id_, "type": "function", "function": function, **more}


OF_SERVERS = {
    "OpenAI, vLLM, llama.cpp": (
        pieces(
            {"tool_calls": [call("a", "weather", "", index=0)]},
            {"tool_calls": [call(None, None, '{"x"', index=0)]},
            {"tool_calls": [call(None, None, ": 1}", index=0)]},
            {"tool_calls": [call("b", "tides", "{}", index=1)]},
        ),
        [("a", "weather", '{"x": 1}'), ("b", "tides", "{}")],
    ),
    "Ollama, whole calls that all have the number 0": (
        pieces(
            {"tool_calls": [call("a", "weather", "{}", index=0)]},
            {"tool_calls": [call("b", "tides", "{}", index=0)]},
        ),
        [("a", "weather", "{}"), ("b", "tides", "{}")],
    ),
    "Gemini, whole calls without a number": (
        pieces({"tool_calls": [call("", "weather", "{}"), call("", "tides", "{}")]}),
        [("", "weather", "{}"), ("", "tides", "{}")],
    ),
    "SGLang, pieces without a number": (
        pieces(
            {"tool_calls": [call("a", "weather", '{"x"')]},
            {"tool_calls": [call(None, None, ": 1}")]},
            {"tool_calls": [call("b", "tides", "{}")]},
        ),
        [("a", "weather", '{"x": 1}'), ("b", "tides", "{}")],
    ),
    "a name that comes after the first arguments": (
        pieces(
            {"tool_calls": [call("a", None, "{", index=0)]},
            {"tool_calls": [call(None, "weather", "}", index=0)]},
        ),
        [("a", "weather", "{}")],
    ),
    "TGI, one call without a list": (
        pieces({"tool_calls": call("a", "weather", {"x": 1}, index=0)}),
        [("a", "weather", '{"x": 1}')],
    ),
}


def whole(answered: Answer) -> Completion:
    with serving(answered) as endpoint:
        running = stream(OpenAIModel("m", base_url=endpoint.url), PROMPT)
        while True:
            try:
                next(running)
            except StopIteration as end:
                found: Completion = end.value
                return found


@pytest.mark.parametrize("name", OF_SERVERS)
def test_calls_are_put_together_from_the_pieces_of_each_server(name: str) -> None:
    answered, calls = OF_SERVERS[name]
    completion = whole(answered)
    assert completion.tool_calls == tuple(ToolCall(*one) for one in calls)
    assert completion.missing == "the model asked to call a tool instead"


def test_calls_of_a_whole_answer_are_read_and_wrong_ones_are_not_understood() -> None:
    status, headers, body = answer("")
    body["choices"][0]["message"]["tool_calls"] = [call("a", "weather", "{")]
    with serving((status, headers, body)) as endpoint:
        found = complete(OpenAIModel("m", endpoint.url), PROMPT)
    assert found.tool_calls == (ToolCall("a", "weather", "{"),)
    body["choices"][0]["message"]["tool_calls"] = [call("a", "we\x1b[2Jather", "{")]
    with serving((status, headers, body)) as endpoint, pytest.raises(GeneratorError, match="not understood"):
        complete(OpenAIModel("m", endpoint.url), PROMPT)


def test_a_key_that_a_server_puts_into_a_call_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    status, headers, body = answer("")
    body["choices"][0]["message"]["tool_calls"] = [call("a", "weather", {"key": "sk-secret-0123456789"})]
    with serving((status, headers, body)) as endpoint:
        found = complete(OpenAIModel("m", endpoint.url), PROMPT)
    assert found.tool_calls == (ToolCall("a", "weather", '{"key": "***"}'),)


def test_endless_calls_of_tools_are_not_kept() -> None:
    flood = pieces(*({"tool_calls": [call("a", "weather", "{}")]} for _ in range(200)))
    with pytest.raises(GeneratorError, match="is not understood"):
        whole(flood)


def test_a_stream_brings_probabilities_if_they_are_wanted() -> None:
    events = [
        {"choices": [{"delta": {"content": text}, "logprobs": {"content": [{"logprob": value}]}}]}
        for text, value in [("a", -1.0), ("b", -2.0)]
    ]
    text = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    with serving((200, EVENTS, text)) as endpoint:
        running = stream(OpenAIModel("m", endpoint.url, Sampling(log_likelihood=True)), PROMPT)
        assert [next(running), next(running)] == ["a", "b"]
        with pytest.raises(StopIteration) as end:
            next(running)
    assert end.value.value.log_likelihood == -1.5 and endpoint.sent[0]["logprobs"] is True
