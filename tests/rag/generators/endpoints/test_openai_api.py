"""The client of OpenAI-compatible endpoints: what it sends, when it tries again, how it fails."""

from typing import Any

import pytest

from corpora.errors import GeneratorError
from rag.generators import open_generator
from rag.generators.completion import Completion, Sampling, complete
from rag.prompting.prompt import Prompt, make_prompt
from tests.loopback_endpoint import Answer, answer, refusal, serving

KEY = "sk-secret-0123456789"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def prompt() -> Prompt:
    return make_prompt("write a function that parses a date string", [], template="chat")


def test_the_endpoint_is_sent_messages_and_sampling() -> None:
    with serving(answer("x = 1")) as endpoint:
        asked = prompt()
        sampling = Sampling(temperature=0.1, max_tokens=9, seed=3, stop=("\n\n",))
        completion = complete(
            open_generator("openai", model="m", base_url=endpoint.url + "/", sampling=sampling), asked
        )
        assert completion == Completion("x = 1", "x = 1", "openai:m", 7, 5, "stop")
        assert endpoint.keys == [f"Bearer {KEY}"]
        messages = [{"role": one.role, "content": one.content} for one in asked.messages]
        assert [one["role"] for one in messages] == ["system", "user"]
        expected = {"temperature": 0.1, "max_tokens": 9, "seed": 3, "stop": ["\n\n"]}
        assert endpoint.sent == [{"model": "m", "messages": messages, **expected}]


def test_address_and_key_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer()) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        monkeypatch.delenv("OPENAI_API_KEY")
        assert complete(open_generator("openai", model="m"), prompt()).code == "x = 1"
        assert endpoint.keys == [None]


def test_a_busy_server_is_asked_again() -> None:
    busy = {"Retry-After": "0"}
    with serving(refusal(429, "slow", **busy), refusal(503, "slow", **busy), answer()) as endpoint:
        assert complete(open_generator("openai", model="m", base_url=endpoint.url), prompt()).code == "x = 1"
        assert len(endpoint.sent) == 3


def test_patience_with_a_busy_server_ends() -> None:
    with serving(refusal(500, "broken", **{"Retry-After": "0"})) as endpoint:
        with pytest.raises(GeneratorError, match="500"):
            complete(open_generator("openai", model="m", base_url=endpoint.url), prompt())
        assert len(endpoint.sent) == 4


def test_a_server_that_asks_for_an_hour_is_not_waited_for() -> None:
    later = {"Retry-After": "Wed, 01 Jan 2200 00:00:00 GMT"}
    with serving(refusal(429, "quota exceeded", **later)) as endpoint:
        with pytest.raises(GeneratorError, match="quota exceeded"):
            complete(open_generator("openai", model="m", base_url=endpoint.url), prompt())
        assert len(endpoint.sent) == 1


def test_a_parameter_the_model_does_not_know_is_left_out() -> None:
    unknown: Answer = (400, {}, {"error": {"message": "use max_completion_tokens", "param": "max_tokens"}})
    with serving(unknown, answer()) as endpoint:
        complete(open_generator("openai", model="o", base_url=endpoint.url), prompt())
        assert "max_tokens" not in endpoint.sent[1]
        assert endpoint.sent[1]["max_completion_tokens"] == Sampling().max_tokens


LIKELY = Sampling(log_likelihood=True)


def test_probabilities_are_asked_for_only_on_demand_and_averaged() -> None:
    with serving(answer("x", [-0.5, -1.5])) as endpoint:
        asking = open_generator("openai", model="m", base_url=endpoint.url, sampling=LIKELY)
        assert complete(asking, prompt()).log_likelihood == -1.0
        complete(open_generator("openai", model="m", base_url=endpoint.url), prompt())
    assert endpoint.sent[0]["logprobs"] is True and "logprobs" not in endpoint.sent[1]


@pytest.mark.parametrize(
    "refused",
    [
        (400, {}, {"error": {"message": "not for this model", "param": "logprobs"}}),
        (403, {}, {"error": {"message": "You are not allowed to request logprobs from this model"}}),
        (422, {}, {"detail": [{"type": "extra_forbidden", "loc": ["body", "logprobs"]}]}),
    ],
)
def test_an_endpoint_that_refuses_probabilities_is_asked_without_them(refused: Answer) -> None:
    with serving(refused, answer("x")) as endpoint:
        model = open_generator("openai", model="m", base_url=endpoint.url, sampling=LIKELY)
        completion = complete(model, prompt())
    assert (completion.text, completion.log_likelihood) == ("x", None)
    assert "logprobs" not in endpoint.sent[1]
    assert endpoint.sent[1] | {"logprobs": True, "top_logprobs": 1} == endpoint.sent[0]


def test_a_model_that_refuses_two_parameters_is_asked_without_both() -> None:
    hot: Answer = (400, {}, {"error": {"message": "no", "param": "temperature"}})
    unsure: Answer = (400, {}, {"error": {"message": "no", "param": "logprobs"}})
    with serving(hot, unsure, answer("x")) as endpoint:
        complete(open_generator("openai", model="m", base_url=endpoint.url, sampling=LIKELY), prompt())
    assert "temperature" not in endpoint.sent[2] and "logprobs" not in endpoint.sent[2]


def test_a_refusal_that_is_not_about_probabilities_stays_one() -> None:
    with serving(refusal(403, "no such account")) as endpoint, pytest.raises(GeneratorError, match="403"):
        complete(open_generator("openai", model="m", base_url=endpoint.url, sampling=LIKELY), prompt())
    assert len(endpoint.sent) == 1


@pytest.mark.parametrize(
    "said",
    [[], 3, {"content": 5}, {"content": [1]}, {"content": [{"logprob": "x"}]}, {"content": [{}]}],
)
def test_probabilities_that_cannot_be_read_are_unknown_and_lose_no_answer(said: Any) -> None:
    status, headers, body = answer("x")
    body["choices"][0]["logprobs"] = said
    with serving((status, headers, body)) as endpoint:
        model = open_generator("openai", model="m", base_url=endpoint.url, sampling=LIKELY)
        completion = complete(model, prompt())
    assert (completion.text, completion.log_likelihood) == ("x", None)


@pytest.mark.parametrize(
    ("status", "fix"),
    [(401, "OPENAI_API_KEY"), (404, "model's name, 'm'"), (400, "see what the server says")],
)
def test_a_refusal_is_explained_and_never_shows_the_key(status: int, fix: str) -> None:
    with serving(refusal(status, f"no: Bearer {KEY} is wrong")) as endpoint:
        with pytest.raises(GeneratorError) as caught:
            complete(open_generator("openai", model="m", base_url=endpoint.url), prompt())
        assert fix in caught.value.fix
        assert "no: Bearer *** is wrong" in caught.value.why
        assert KEY not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize(
    "body",
    [
        "<html>hello</html>",
        "[]",
        "3",
        "{}",
        {"choices": []},
        {"choices": [{"message": {"content": 3}}]},
        {"choices": [{"message": {"content": [3]}}]},
        {"choices": [{"text": "x"}]},
    ],
)
def test_an_answer_that_is_no_completion_is_reported(body: Any) -> None:
    with serving((200, {}, body)) as endpoint, pytest.raises(GeneratorError, match="is not understood"):
        complete(open_generator("openai", model="m", base_url=endpoint.url), prompt())


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:9/v1", "nonsense", "http://me:pass@127.0.0.1:9/v1"])
def test_a_server_that_is_not_there_is_reported(base_url: str) -> None:
    with pytest.raises(GeneratorError, match="no answer from") as caught:
        complete(open_generator("openai", model="m", base_url=base_url), prompt())
    assert "pass@" not in str(caught.value)


@pytest.mark.parametrize("key", [f"{KEY}\nX: y", f"\u201c{KEY}\u201d"])
def test_a_key_that_cannot_be_sent_is_reported_without_showing_it(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(GeneratorError, match="cannot be sent") as caught:
        complete(open_generator("openai", model="m", base_url="http://127.0.0.1:9/v1"), prompt())
    assert KEY not in str(caught.value)
