"""Many requests to one server: over kept connections, so many at a time, none lost and none doubled."""

import copy
import gc
import json
import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import monotonic, sleep
from typing import Any

import pytest

from corpora.errors import GeneratorError
from rag.cancellation import Cancellation, Cancelled, current_cancellation
from rag.generators.completion import Sampling, complete, samples, stream
from rag.generators.endpoints.openai_api import OpenAIModel
from rag.generators.endpoints.openai_endpoint import FIRST_PAUSE_SECONDS, http_client, pause_seconds
from rag.prompting.prompt import Prompt, make_prompt
from tests.busy_endpoint import busy
from tests.dripping_server import dripping, silence
from tests.loopback_endpoint import Answer, answer, refusal, serving


def asking(number: int) -> Prompt:
    return make_prompt(f"number {number}", [], template="chat")


def repeating(sent: dict[str, Any]) -> dict[str, Any]:
    said = f"{sent['messages'][-1]['content']} seed {sent['seed']}"
    return {"choices": [{"message": {"content": said}, "finish_reason": "stop"}]}


def slowly(sent: dict[str, Any]) -> dict[str, Any]:
    sleep(0.02)
    return repeating(sent)


def test_a_hundred_requests_come_back_each_once_over_as_many_connections_as_are_allowed() -> None:
    with busy(slowly) as endpoint:
        model = OpenAIModel("m", endpoint.url, max_concurrency=8)
        with ThreadPoolExecutor(32) as threads:
            done = list(threads.map(lambda number: complete(model, asking(number)).text, range(100)))
        assert [f"number {number} seed" in text.replace("\n", " ") for number, text in enumerate(done)] == [
            True
        ] * 100
        assert endpoint.requests == 100
        assert endpoint.connections <= 8 and endpoint.most_open <= 8


def test_copies_with_other_sampling_share_connections() -> None:
    with busy(repeating) as endpoint:
        model = OpenAIModel("m", endpoint.url)
        for seed in range(5):
            complete(replace(model, sampling=Sampling(seed=seed)), asking(seed))
        assert endpoint.connections == 1


def test_a_kept_connection_that_the_server_closed_costs_a_further_try_and_no_answer() -> None:
    with busy(repeating, requests_each=1) as endpoint:
        model = OpenAIModel("m", endpoint.url)
        for number in range(4):
            assert f"number {number}" in complete(model, asking(number)).text


@pytest.mark.parametrize(
    "before", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"], ids=["head", "body"]
)
def test_an_answer_that_is_lost_on_its_way_is_asked_for_again(
    before: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.generators.endpoints.openai_endpoint.FIRST_PAUSE_SECONDS", 0.0)
    body = json.dumps(answer("x")[2]).encode()
    whole = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    answers = [before, before, whole]
    with dripping(lambda: iter([answers.pop(0)])) as server:
        assert complete(OpenAIModel("m", server.origin), asking(1)).text == "x"
        assert server.connections == 3
    with dripping(lambda: iter([before])) as server, pytest.raises(GeneratorError, match="no answer from"):
        complete(OpenAIModel("m", server.origin), asking(1))


def test_connections_are_closed_with_the_last_of_its_generators() -> None:
    with busy(repeating) as endpoint:
        model = OpenAIModel("m", endpoint.url)
        copied = replace(model, timeout_seconds=5)
        complete(copied, asking(1))
        client = model._connections.client(8, http_client)
        del model
        assert not client.is_closed
        del copied
        gc.collect()
        assert client.is_closed


def test_a_generator_can_be_sent_to_another_process_and_copied() -> None:
    model = OpenAIModel("m", "http://127.0.0.1:9/v1", extra={"top_k": 4})
    model._connections.client(8, http_client)
    assert pickle.loads(pickle.dumps(model)) == model == copy.deepcopy(model)
    assert hash(model) == hash(replace(model))


def test_a_thread_that_holds_all_connections_is_told_instead_of_waiting_for_itself() -> None:
    event = 'data: {"choices": [{"delta": {"content": "x"}}]}\n\n'
    with serving((200, {"Content-Type": "text/event-stream"}, event * 3 + "data: [DONE]\n\n")) as endpoint:
        model = OpenAIModel("m", endpoint.url, max_concurrency=1)
        opened = stream(model, asking(1))
        next(opened)
        with pytest.raises(GeneratorError, match="would wait for ever"):
            complete(model, asking(2))
        opened.close()
        assert "".join(stream(model, asking(2))) == "xxx"


def test_a_request_waits_while_another_thread_holds_the_connection() -> None:
    with busy(slowly) as endpoint:
        model = OpenAIModel("m", endpoint.url, max_concurrency=1)
        done: list[str] = []
        threads = [
            threading.Thread(target=lambda: done.append(complete(model, asking(1)).text)) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == 4 and endpoint.most_open == 1


@pytest.fixture
def cancellation() -> Iterator[Cancellation]:
    made = Cancellation()
    token = current_cancellation.set(made)
    yield made
    current_cancellation.reset(token)


@pytest.mark.parametrize("n", [1, 4])
def test_a_call_that_is_cancelled_ends_with_its_connections(cancellation: Cancellation, n: int) -> None:
    with dripping(silence) as server:
        model = OpenAIModel("m", server.origin, api="responses")  # which gives one answer at a time
        later = threading.Timer(0.3, cancellation.cancel)
        later.start()
        start = monotonic()
        with pytest.raises(Cancelled):
            samples(model, asking(1), n)
        assert monotonic() - start < 5 and server.connections == n
        with pytest.raises(Cancelled):
            complete(model, asking(1))
        assert server.connections == n
        later.join()


def test_a_pause_that_is_cancelled_ends(cancellation: Cancellation) -> None:
    with serving(refusal(503, "busy", **{"Retry-After": "50"})) as endpoint:
        later = threading.Timer(0.2, cancellation.cancel)
        later.start()
        start = monotonic()
        with pytest.raises(Cancelled):
            complete(OpenAIModel("m", endpoint.url), asking(1))
        assert monotonic() - start < 10 and len(endpoint.sent) == 1
        later.join()


# pauses


def test_pauses_double_with_a_part_left_to_chance() -> None:
    for tried in (1, 2, 3):
        longest = FIRST_PAUSE_SECONDS * 2 ** (tried - 1)
        found = {pause_seconds(tried, None) for _ in range(50)}
        assert len(found) > 1 and longest / 2 <= min(found) <= max(found) <= longest


def test_a_server_is_never_asked_before_the_time_that_it_names() -> None:
    assert pause_seconds(1, 0.0) == 0.0
    assert all(3.0 <= pause_seconds(1, 3.0) <= 3.3 for _ in range(50))


def test_a_pause_in_milliseconds_is_kept_too() -> None:
    with serving(refusal(429, "slow", **{"retry-after-ms": "1"}), answer("x")) as endpoint:
        assert complete(OpenAIModel("m", endpoint.url), asking(1)).text == "x"


def test_an_account_without_money_is_not_asked_for_again() -> None:
    broke: Answer = (429, {}, {"error": {"message": "quota", "code": "insufficient_quota"}})
    with serving(broke, answer("x")) as endpoint, pytest.raises(GeneratorError, match="429"):
        complete(OpenAIModel("m", endpoint.url), asking(1))
    assert len(endpoint.sent) == 1


# several answers


def test_a_server_that_gives_one_answer_at_a_time_is_asked_with_other_seeds() -> None:
    with busy(slowly) as endpoint:
        model = OpenAIModel("m", endpoint.url, Sampling(seed=10), max_concurrency=4)
        for _ in range(2):
            found = [one.text.rpartition(" ")[2] for one in samples(model, asking(1), 6)]
            assert found == ["10", "11", "12", "13", "14", "15"]
        assert endpoint.requests == 12 and endpoint.most_open <= 4


def test_one_answer_that_fails_ends_the_others() -> None:
    def failing(sent: dict[str, Any]) -> dict[str, Any]:
        return {} if sent["seed"] == 3 else slowly(sent)

    with busy(failing) as endpoint, pytest.raises(GeneratorError, match="is not understood"):
        samples(OpenAIModel("m", endpoint.url, max_concurrency=2), asking(1), 50)
    assert endpoint.requests < 50
