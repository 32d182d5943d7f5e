"""Where servers depart from the protocol that they speak: each departure that is known, by its server."""

import json
from typing import Any

import pytest

from corpora.errors import GeneratorError, PromptRefused
from rag.generators.completion import Completion, Sampling, complete, stream
from rag.generators.endpoints.openai_api import OpenAIModel
from rag.prompting.message import Image, Message
from rag.prompting.prompt import make_prompt
from tests.loopback_endpoint import Answer, answer, serving

PROMPT = make_prompt("count to three", [], template="chat")
SHOWN = make_prompt([Message("user", "what is it?", (Image("image/png", b"x"),))], [])
EVENTS = {"Content-Type": "text/event-stream"}
DONE = "data: [DONE]\n\n"


def event(text: str, finish: str | None = None) -> str:
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}, 'finish_reason': finish}]})}\n\n"


def whole(*answers: Answer, stop: tuple[str, ...] = (), is_stream: bool = True, **options: Any) -> Completion:
    with serving(*answers) as endpoint:
        model = OpenAIModel("m", endpoint.url, Sampling(stop=stop), **options)
        if not is_stream:
            return complete(model, PROMPT)
        running = stream(model, PROMPT)
        while True:
            try:
                next(running)
            except StopIteration as end:
                found: Completion = end.value
                return found


BROKEN = {
    "vLLM": event("x") + 'data: {"error": {"message": "out of memory", "code": 500}}\n\n' + DONE,
    "vLLM, older": event("x") + 'data: {"object": "error", "message": "out of memory"}\n\n' + DONE,
    "llama.cpp, older": event("x") + 'error: {"code": 500, "message": "out of memory"}\n\n',
    "TGI": event("x") + 'data:{"error": "out of memory", "error_type": "generation"}\n\n',
    "Ollama": event("x") + 'data: {"error": "out of memory"}\n\n',
    "LiteLLM": event("x") + 'data: {"error": {"message": "out of memory", "code": "500"}}\n\n',
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_error_in_mid_stream_is_quoted_and_no_answer_returned(name: str) -> None:
    taken: list[str] = []
    with serving((200, EVENTS, BROKEN[name])) as endpoint, pytest.raises(GeneratorError) as caught:
        for piece in stream(OpenAIModel("m", endpoint.url), PROMPT):
            taken.append(piece)
    assert taken == ["x"] and "broke off its answer" in caught.value.what
    assert "out of memory" in caught.value.why


def test_vllm_ends_an_answer_that_it_gave_up_with_abort() -> None:
    status, headers, body = answer("half of")
    body["choices"][0]["finish_reason"] = "abort"
    with pytest.raises(GeneratorError, match="broke off"):
        whole((status, headers, body), is_stream=False)
    with pytest.raises(GeneratorError, match="broke off"):
        whole((200, EVENTS, event("half of") + event("", "abort") + DONE))


def test_vllm_sends_usage_of_null_before_the_end() -> None:
    said: list[dict[str, Any]] = [
        {"choices": [{"delta": {"content": "x"}}], "usage": None},
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": None},
        {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 1}},
    ]
    lines = "".join(f"data: {json.dumps(one)}\n\n" for one in said) + DONE
    assert whole((200, EVENTS, lines)).prompt_tokens == 7


def test_vllm_may_end_a_stream_without_a_reason_and_ollama_gives_an_empty_one() -> None:
    assert whole((200, EVENTS, event("x") + event("y") + DONE)).finish == "stop"
    empty = (event("x", "") + event("y", "")).replace("null", '""')
    completion = whole((200, EVENTS, empty + event("", "length") + DONE))
    assert (completion.text, completion.finish) == ("xy", "length")
    with pytest.raises(GeneratorError, match="broke off"):
        whole((200, EVENTS, empty))


def test_tgi_sends_no_done_and_no_space_after_data() -> None:
    lines = (event("x") + event("", "eos_token")).replace("data: ", "data:")
    completion = whole((200, EVENTS, lines))
    assert (completion.text, completion.finish) == ("x", "eos_token")


def test_tgi_takes_no_temperature_of_zero_and_is_greedy_without_one() -> None:
    refused: Answer = (422, {}, {"error": "Input validation error: `temperature` must be strictly positive"})
    with serving(refused, answer("x")) as endpoint:
        completion = complete(OpenAIModel("m", endpoint.url, Sampling(temperature=0)), PROMPT)
    assert completion.left_out == ("temperature",) and "temperature" not in endpoint.sent[1]


def test_llama_cpp_says_that_it_is_busy_while_it_loads_a_model() -> None:
    loading = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
    assert whole((503, {"Retry-After": "0"}, loading), answer("x")).text == "x"


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (500, "image input is not supported - hint: you may need to provide the mmproj"),
        (400, "This model does not support images"),
        (404, "No endpoints found: image content is not supported"),
    ],
)
def test_a_model_without_eyes_refuses_the_prompt_and_is_asked_once(status: int, message: str) -> None:
    with serving((status, {}, {"error": {"message": message}})) as endpoint:
        with pytest.raises(PromptRefused):
            complete(OpenAIModel("m", endpoint.url), SHOWN)
        assert len(endpoint.sent) == 1


def test_text_completions_show_no_images() -> None:
    with pytest.raises(PromptRefused, match="does not look at images"):
        complete(OpenAIModel("m", "http://127.0.0.1:9/v1", api="completions"), SHOWN)


def test_litellm_sends_an_error_with_status_200_and_a_code_of_text() -> None:
    with pytest.raises(GeneratorError, match="answered 401"):
        whole((200, {}, {"error": {"message": "no such account", "code": "401"}}))


@pytest.mark.parametrize("is_stream", [False, True])
def test_openai_takes_no_stop_for_models_that_think_and_answers_end_there_all_the_same(
    is_stream: bool,
) -> None:
    message = "Unsupported parameter: 'stop' is not supported with this model."
    said = {"error": {"message": message, "param": "stop", "code": "unsupported_parameter"}}
    pieces = event("a E") + event("ND b", "length") + DONE
    later: Answer = (200, EVENTS, pieces) if is_stream else answer("a END b")
    completion = whole((400, {}, said), later, stop=("END",), is_stream=is_stream)
    assert (completion.text, completion.finish, completion.left_out) == ("a ", "stop", ())
