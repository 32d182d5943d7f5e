"""The Responses protocol of OpenAI, whole and streamed."""

import json
from typing import Any

import pytest

from corpora.errors import GeneratorError
from rag.generators.completion import Completion, Sampling, complete, stream
from rag.generators.endpoints.openai_api import OpenAIModel
from rag.generators.tool_call import ToolCall
from rag.prompting.message import Image, Message
from rag.prompting.prompt import make_prompt
from tests.loopback_endpoint import Answer, serving

PROMPT = make_prompt("count to three", [], template="chat")
USAGE = {"input_tokens": 9, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 5}}
EVENTS = {"Content-Type": "text/event-stream"}
TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}


def response(*output: dict[str, Any], status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"id": "r", "status": status, "error": None, "output": list(output), "usage": USAGE, **more}


def text(said: str, logprobs: list[Any] | None = None) -> dict[str, Any]:
    part = {"type": "output_text", "text": said, "logprobs": logprobs or []}
    return {"type": "message", "role": "assistant", "content": [part]}


def in_events(said: dict[str, Any], kind: str = "response.completed", text: str | None = None) -> Answer:
    found = "".join(
        part.get("text", "")
        for item in said["output"]
        if item["type"] == "message"
        for part in item["content"]
    )
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {"status": "in_progress", "error": None}},
        *(
            {"type": "response.output_text.delta", "delta": letter}
            for letter in (found if text is None else text)
        ),
        {"type": "response.output_text.done", "text": found},
        {"type": kind, "response": said},
    ]
    lines = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return 200, EVENTS, lines


def asked(said: dict[str, Any], is_stream: bool, **options: Any) -> tuple[str, Completion]:
    with serving(in_events(said) if is_stream else (200, {}, said)) as endpoint:
        model = OpenAIModel("m", endpoint.url, api="responses", **options)
        if not is_stream:
            completion = complete(model, PROMPT)
            return completion.text, completion
        came, running = "", stream(model, PROMPT)
        while True:
            try:
                came += next(running)
            except StopIteration as end:
                return came, end.value


both = pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "streamed"])


def test_a_server_is_sent_instructions_input_and_nothing_to_keep() -> None:
    with serving((200, {}, response(text("1 2 3")))) as endpoint:
        model = OpenAIModel(
            "m",
            endpoint.url,
            Sampling(0.5, 9, log_likelihood=True),
            api="responses",
            tools=(TOOL,),
            tool_choice={"type": "function", "function": {"name": "look_up"}},
            extra={"reasoning": {"effort": "low"}},
        )
        complete(model, PROMPT)
    assert model.url.endswith("/v1/responses")
    assert endpoint.sent == [
        {
            "model": "m",
            "store": False,
            "instructions": PROMPT.system,
            "input": [{"role": "user", "content": PROMPT.messages[-1].content}],
            "temperature": 0.5,
            "max_output_tokens": 9,
            "include": ["message.output_text.logprobs"],
            "top_logprobs": 1,
            "tools": [{"type": "function", "name": "look_up", "parameters": {"type": "object"}}],
            "tool_choice": {"type": "function", "name": "look_up"},
            "reasoning": {"effort": "low"},
        }
    ]


def test_an_image_is_a_part_of_the_input() -> None:
    prompt = make_prompt([Message("user", "what is it?", (Image("image/gif", b"GIF89a"),))], [])
    with serving((200, {}, response(text("a cat")))) as endpoint:
        complete(OpenAIModel("m", endpoint.url, api="responses"), prompt)
    image, said = endpoint.sent[0]["input"][-1]["content"]
    assert image == {"type": "input_image", "image_url": "data:image/gif;base64,R0lGODlh"}
    assert said["type"] == "input_text"


@both
def test_an_answer_has_its_text_tokens_and_probabilities(is_stream: bool) -> None:
    thoughts = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]}
    tokens = [{"token": "1", "logprob": -0.5}, {"token": "2", "logprob": -1.5}]
    came, completion = asked(response(thoughts, text("1 2", tokens)), is_stream)
    assert came == completion.text == "1 2" and completion.finish == "stop"
    assert (completion.prompt_tokens, completion.completion_tokens, completion.cached_tokens) == (9, 4, 5)
    assert completion.log_likelihood == -1.0 and completion.left_out == ("seed",)


@both
def test_the_reasons_of_an_end_are_those_of_chats(is_stream: bool) -> None:
    cut = response(text("1"), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    assert asked(cut, is_stream)[1].is_cut
    filtered = response(status="incomplete", incomplete_details={"reason": "content_filter"})
    assert asked(filtered, is_stream)[1].missing == "a content filter stopped it"
    refused = {"type": "message", "content": [{"type": "refusal", "refusal": "I cannot."}]}
    assert asked(response(refused), is_stream)[1].missing == "the model refused: I cannot."


def test_an_answer_that_llama_cpp_calls_completed_at_its_limit_is_cut() -> None:
    assert asked(response(text("1")), False, sampling=Sampling(max_tokens=4))[1].is_cut


@both
def test_calls_of_tools_are_read(is_stream: bool) -> None:
    call = {"type": "function_call", "id": "f", "call_id": "c1", "name": "look_up", "arguments": "{}"}
    _, completion = asked(response(call), is_stream)
    assert completion.tool_calls == (ToolCall("c1", "look_up", "{}"),)
    assert (completion.finish, completion.missing) == (
        "tool_calls",
        "the model asked to call a tool instead",
    )


@both
def test_a_string_ends_an_answer_although_the_protocol_has_none(is_stream: bool) -> None:
    came, completion = asked(response(text("1\n2\n\n3")), is_stream, sampling=Sampling(stop=("\n\n",)))
    assert came == completion.text == "1\n2" and completion.finish == "stop"


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (in_events(response(status="failed"), "response.failed"), "is not understood"),
        (in_events({**response(), "error": {"message": "overloaded"}}, "response.failed"), "broke off"),
        (in_events(response(status="cancelled"), "response.cancelled"), "is not understood"),
        (in_events(response(text("1")), "response.in_progress"), "broke off"),
        ((200, EVENTS, 'data: {"type": "error", "message": "overloaded"}\n\n'), "broke off"),
        ((200, {}, response(text("1"), status="in_progress")), "is not understood"),
        ((200, {}, {"status": "completed"}), "is not understood"),
        ((200, {}, response({"type": "message", "content": 3})), "is not understood"),
    ],
)
def test_an_answer_that_is_not_whole_is_an_error(said: Answer, what: str) -> None:
    with serving(said) as endpoint, pytest.raises(GeneratorError, match=what):
        list(stream(OpenAIModel("m", endpoint.url, api="responses"), PROMPT))


def test_llama_cpp_that_gives_no_probabilities_here_is_asked_without_them() -> None:
    refused: Answer = (
        400,
        {},
        {"error": {"code": 400, "message": "top_logprobs requires logprobs to be set to true"}},
    )
    with serving(refused, (200, {}, response(text("1")))) as endpoint:
        model = OpenAIModel("m", endpoint.url, Sampling(log_likelihood=True), api="responses")
        completion = complete(model, PROMPT)
    assert completion.left_out == ("logprobs", "seed") and completion.log_likelihood is None
    assert endpoint.sent[0].keys() - endpoint.sent[1].keys() == {"include", "top_logprobs"}
