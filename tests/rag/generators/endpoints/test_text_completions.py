"""Texts that are continued as they are, by an endpoint and by the local model."""

import json
from typing import Any

import pytest

from corpora.errors import GeneratorError
from rag.generators.completion import Sampling, complete, continue_text, stream
from rag.generators.echo import Echo
from rag.generators.endpoints.openai_api import OpenAIModel
from rag.generators.local import LocalModel
from rag.prompting.prompt import make_prompt
from tests.loopback_endpoint import Answer, refusal, serving


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def text_answer(text: str, finish: str = "stop") -> Answer:
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    return 200, {}, {"choices": [{"text": text, "finish_reason": finish}], "usage": usage}


def test_an_endpoint_is_sent_the_text_and_what_ends_it() -> None:
    with serving(text_answer("x + 1", "length")) as endpoint:
        model = OpenAIModel("m", endpoint.url, Sampling(temperature=0, max_tokens=9, seed=1, stop=("\n",)))
        completion = continue_text(model, "<|fim_prefix|>a = <|fim_suffix|>", ["<|endoftext|>"])
        assert (completion.text, completion.finish, completion.prompt_tokens) == ("x + 1", "length", 3)
        expected = {"temperature": 0, "max_tokens": 9, "seed": 1, "stop": ["<|endoftext|>", "\n"]}
        assert endpoint.sent == [{"model": "m", "prompt": "<|fim_prefix|>a = <|fim_suffix|>", **expected}]
        assert endpoint.keys == ["Bearer sk-secret-0123456789"]


def test_a_parameter_that_is_refused_is_left_out() -> None:
    with serving(refusal(400, "unknown parameter: seed"), text_answer("1")) as endpoint:
        completion = continue_text(OpenAIModel("m", endpoint.url), "x")
        assert completion.text == "1"
        assert "seed" in endpoint.sent[0] and "seed" not in endpoint.sent[1]


@pytest.mark.parametrize(
    "body", [{}, {"choices": []}, {"choices": [{"message": {"content": "x"}}]}, [1], "x"]
)
def test_an_answer_of_another_protocol_is_not_understood(body: Any) -> None:
    with serving((200, {}, body)) as endpoint, pytest.raises(GeneratorError, match="is not understood"):
        continue_text(OpenAIModel("m", endpoint.url), "x")


def test_a_server_without_text_completions_is_reported_with_its_address() -> None:
    missing = pytest.raises(GeneratorError, match="/v1/completions answered 404")
    with serving((404, {}, {"error": {"message": "no such route"}})) as endpoint, missing:
        continue_text(OpenAIModel("m", endpoint.url), "x")


def test_a_prompt_goes_as_one_text_to_a_model_without_roles() -> None:
    asked = make_prompt("count to three", [], template="chat")
    with serving(text_answer("```python\nx = 1\n```")) as endpoint:
        completion = complete(OpenAIModel("m", endpoint.url, api="completions"), asked)
    assert completion.code == "x = 1" and endpoint.sent[0]["prompt"] == asked.text


def test_a_text_comes_in_pieces_too() -> None:
    said: list[dict[str, Any]] = [
        {"choices": [{"text": "1 ", "logprobs": {"token_logprobs": [None, -1.0]}}]},
        {"choices": [{"text": "2", "finish_reason": "stop"}], "usage": {"prompt_tokens": 3}},
    ]
    lines = "".join(f"data: {json.dumps(one)}\n\n" for one in said)
    with serving((200, {"Content-Type": "text/event-stream"}, lines)) as endpoint:
        model = OpenAIModel("m", endpoint.url, Sampling(log_likelihood=True), api="completions")
        running = stream(model, make_prompt("count", [], template="chat"))
        assert [next(running), next(running)] == ["1 ", "2"]
        with pytest.raises(StopIteration) as end:
            next(running)
    assert end.value.value.prompt_tokens == 3 and end.value.value.log_likelihood == -1.0
    assert endpoint.sent[0]["logprobs"] == 1 and endpoint.sent[0]["stream"] is True


@pytest.mark.parametrize(
    "logprobs", [{"token_logprobs": [-0.5, -1.5]}, {"content": [{"logprob": -0.5}, {"logprob": -1.5}]}]
)
def test_probabilities_come_in_the_form_of_openai_or_of_llama_cpp(logprobs: Any) -> None:
    status, headers, body = text_answer("x")
    body["choices"][0]["logprobs"] = logprobs
    with serving((status, headers, body)) as endpoint:
        model = OpenAIModel("m", endpoint.url, Sampling(log_likelihood=True))
        assert continue_text(model, "1").log_likelihood == -1.0


def test_echo_repeats_the_text() -> None:
    assert continue_text(Echo(), "a<b>").text == "a<b>"


@pytest.mark.slow
def test_the_local_model_continues_a_text_up_to_a_stop(local_model: LocalModel) -> None:
    completion = continue_text(local_model, "one, two, three, four, five, six, seven,", [",", "\n"])
    assert completion.text.strip() == "eight"
    assert completion.finish == "stop" and completion.prompt_tokens
