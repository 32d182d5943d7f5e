"""Several answers of one request, and servers that give fewer or refuse the number."""

from typing import Any

import pytest

from rag.generators.completion import Sampling, samples
from rag.generators.endpoints.openai_api import OpenAIModel
from rag.prompting.prompt import make_prompt
from tests.loopback_endpoint import Answer, answer, serving

PROMPT = make_prompt("roll a die", [], template="chat")


def choices(*texts: str, **more: Any) -> Answer:
    said = [
        {"index": number, "message": {"content": text}, "finish_reason": "stop"}
        for number, text in enumerate(texts)
    ]
    return 200, {}, {"choices": said, "usage": {"prompt_tokens": 7, "completion_tokens": 12}, **more}


def test_several_answers_come_of_one_request_in_their_order() -> None:
    status, headers, body = choices("a", "b", "c")
    body["choices"].reverse()
    with serving((status, headers, body)) as endpoint:
        found = samples(OpenAIModel("m", endpoint.url), PROMPT, 3)
    assert [one.text for one in found] == ["a", "b", "c"] and endpoint.sent[0]["n"] == 3


def test_the_tokens_of_several_answers_add_up_to_what_the_server_counted() -> None:
    with serving(choices("a", "bbbbbbbb", "")) as endpoint:
        found = samples(OpenAIModel("m", endpoint.url), PROMPT, 3)
    assert [one.prompt_tokens for one in found] == [7, 0, 0]
    assert sum(one.completion_tokens or 0 for one in found) == 12
    assert (found[1].completion_tokens or 0) > (found[0].completion_tokens or 0)


def test_llama_cpp_counts_the_first_answer_only() -> None:
    with serving(choices("a", "b", timings={})) as endpoint:
        found = samples(OpenAIModel("m", endpoint.url), PROMPT, 2)
    assert [one.completion_tokens for one in found] == [12, None]


REFUSED = {
    "vLLM, greedy": (400, {"object": "error", "message": "n must be 1 when using greedy sampling, got 2."}),
    "llama.cpp": (400, {"error": {"message": "Field 'n': Value must be between 1 <= value <= 1, but got 2"}}),
    "llama.cpp, older": (400, {"error": {"message": "Only one completion choice is allowed"}}),
    "Groq": (400, {"error": {"message": "'n' : number must be at most 1", "code": None}}),
    "FastAPI": (422, {"detail": [{"loc": ["body", "n"], "msg": "Extra inputs are not permitted"}]}),
    "LiteLLM": (
        400,
        {
            "error": {
                "message": "UnsupportedParamsError: x does not support parameters: ['n'], for model=m",
                "code": "400",
            }
        },
    ),
    "Gemini": (400, [{"error": {"message": "candidateCount must be 1", "status": "INVALID_ARGUMENT"}}]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_number_of_answers_is_asked_for_one_by_one_and_not_named_as_left_out(name: str) -> None:
    status, body = REFUSED[name]
    with serving((status, {}, body), answer("x"), answer("y"), answer("z")) as endpoint:
        model = OpenAIModel("m", endpoint.url, Sampling(seed=4), max_concurrency=1)
        found = samples(model, PROMPT, 3)
    assert [one.text for one in found] == ["x", "y", "z"] and not any(one.left_out for one in found)
    asked = [(sent["seed"], sent.get("n")) for sent in endpoint.sent]
    assert asked == [(4, 3), (4, None), (5, None), (6, None)]


def test_many_answers_come_of_several_requests() -> None:
    with serving(choices(*["x"] * 128), choices(*["y"] * 72)) as endpoint:
        assert len(samples(OpenAIModel("m", endpoint.url), PROMPT, 200)) == 200
    assert [(sent["n"], sent["seed"]) for sent in endpoint.sent] == [(128, 0), (72, 128)]


def test_more_answers_than_were_asked_for_are_left_out() -> None:
    with serving(choices("a", "b", "c")) as endpoint:
        assert [one.text for one in samples(OpenAIModel("m", endpoint.url), PROMPT, 2)] == ["a", "b"]


def test_responses_have_no_number_of_answers() -> None:
    def said(text: str) -> Answer:
        content = [{"type": "output_text", "text": text}]
        return 200, {}, {"status": "completed", "output": [{"type": "message", "content": content}]}

    with serving(said("x"), said("y")) as endpoint:
        model = OpenAIModel("m", endpoint.url, api="responses", max_concurrency=1)
        assert [one.text for one in samples(model, PROMPT, 2)] == ["x", "y"]
    assert not any("n" in sent for sent in endpoint.sent)
