"""Answers that come piece by piece: within the same bounds, without keys, and safe on a terminal."""

import gc
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from time import monotonic, sleep
from types import GeneratorType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import GeneratorError
from corpora.redaction.credentials import without_known, without_known_in_stream
from rag.generators import open_generator
from rag.generators.completion import Sampling, StreamingGenerator, complete, stream
from rag.generators.endpoints.event_stream import read_events
from rag.generators.endpoints.openai_api import OpenAIModel
from rag.generators.local import LocalModel
from rag.prompting.prompt import Prompt, make_prompt
from tests.dripping_server import Script, dripping, flood
from tests.loopback_endpoint import Answer, answer, refusal, serving
from tests.rag.generators.test_generators import needs_model

KEY = "sk-secret-0123456789"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
PROMPT = make_prompt("count to three", [], template="chat")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def event(text: str | None, finish: str | None = None) -> str:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]})}\n\n"


def streamed(*events: str) -> Answer:
    return 200, {"Content-Type": "text/event-stream"}, "".join(events)


DONE = "data: [DONE]\n\n"
USAGE = 'data: {"choices": [], "usage": {"prompt_tokens": 7}}\n\n'


def pieces_of(*answers: Answer) -> list[str]:
    with serving(*answers) as endpoint:
        return list(stream(OpenAIModel("m", base_url=endpoint.url), PROMPT))


def test_a_stream_gives_the_pieces_in_order_and_asks_for_them() -> None:
    events = [event(None), ": still here\n\n", event("one, "), event("two"), event(None, "stop"), USAGE, DONE]
    with serving(streamed(*events)) as endpoint:
        assert "".join(stream(OpenAIModel("m", base_url=endpoint.url), PROMPT)) == "one, two"
        assert endpoint.sent[0]["stream"] is True and endpoint.sent[0]["max_tokens"] == 512


def test_a_piece_is_there_before_the_next_one_is_sent() -> None:
    taken: list[str] = []

    def script() -> Iterator[bytes]:
        yield HEAD + event("first").encode()
        while not taken:
            yield b""
            sleep(0.01)
        yield (event("second") + DONE).encode()

    with dripping(script) as server:
        for piece in stream(OpenAIModel("m", base_url=server.origin, timeout_seconds=30), PROMPT):
            taken.append(piece)
    assert taken == ["first", "second"]


def test_a_busy_server_and_an_unknown_parameter_are_handled_as_in_a_plain_call() -> None:
    unknown: Answer = (400, {}, {"error": {"message": "use max_completion_tokens", "param": "max_tokens"}})
    busy = refusal(503, "slow", **{"Retry-After": "0"})
    assert pieces_of(busy, unknown, streamed(event("x"), DONE)) == ["x"]


def test_a_server_without_streams_gives_its_answer_at_once() -> None:
    assert pieces_of(answer("x = 1")) == ["x = 1"]


def test_a_refusal_is_explained_without_the_key() -> None:
    with pytest.raises(GeneratorError, match="answered 401") as caught:
        pieces_of(refusal(401, f"no: {KEY}"))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("events", "what"),
    [
        ([event("x")], "broke off its answer"),
        ([], "broke off its answer"),
        ([event("x"), f'data: {{"error": {{"message": "no: {KEY}"}}}}\n\n'], "broke off its answer"),
        ([event("x"), "data: {\n\n"], "is not understood"),
        ([event("x"), "data: 3\n\n"], "is not understood"),
        ([event("x"), 'data: {"choices": [{"delta": {"content": 3}}]}\n\n'], "is not understood"),
        ([event("x"), "data: " + "[" * 100_000 + "\n\n"], "is not understood"),
    ],
)
def test_a_stream_that_is_no_answer_is_reported_after_what_came(events: list[str], what: str) -> None:
    taken: list[str] = []
    with serving(streamed(*events)) as endpoint, pytest.raises(GeneratorError, match=what) as caught:
        for piece in stream(OpenAIModel("m", base_url=endpoint.url), PROMPT):
            taken.append(piece)
    assert taken == ["x"][: len(events)] and KEY not in str(caught.value)


def drops(data: str) -> Script:
    def script() -> Iterator[bytes]:
        yield HEAD
        while True:
            sleep(0.05)
            yield data.encode()

    return script


@pytest.mark.parametrize("data", [event("x"), ": still here\n\n", "data: x", ""])
def test_a_stream_that_drips_ends_in_its_time(data: str) -> None:
    with dripping(drops(data)) as server:
        start = monotonic()
        with pytest.raises(GeneratorError, match=r"not complete after 0\.4 s"):
            list(stream(OpenAIModel("m", base_url=server.origin, timeout_seconds=0.4), PROMPT))
        assert monotonic() - start < 10


@pytest.mark.parametrize("data", [event("x" * 10_000).encode(), b"x" * 10_000, b": " + b"x" * 10_000 + b"\n"])
def test_a_stream_that_floods_ends(data: bytes) -> None:
    size = 0
    with (
        dripping(flood(data, HEAD)) as server,
        pytest.raises(GeneratorError, match=r"no answer from|sent too much"),
    ):
        for piece in stream(OpenAIModel("m", base_url=server.origin, timeout_seconds=60), PROMPT):
            size += len(piece)
    assert size <= 8_000_000


def test_a_stream_may_be_left_and_others_asked_meanwhile() -> None:
    with serving(streamed(event("a"), event("b"), event("c"), DONE)) as endpoint:
        generator = OpenAIModel("m", base_url=endpoint.url)
        first, second = stream(generator, PROMPT), stream(generator, PROMPT)
        assert [next(first), next(second), next(first)] == ["a", "a", "b"]
        first.close()
        assert list(second) == ["b", "c"]


def test_a_stream_that_fails_or_is_left_is_closed_at_once() -> None:
    def unfinished() -> list[object]:
        found = (one for one in gc.get_objects() if type(one) is GeneratorType)
        return [one for one in found if one.__name__ == "stream_body" and one.gi_frame]

    with serving(streamed(event("a"), "data: {\n\n")) as endpoint:
        generator = OpenAIModel("m", base_url=endpoint.url)
        with pytest.raises(GeneratorError) as caught:  # which keeps the frames that it passed
            list(stream(generator, PROMPT))
        assert "understood" in str(caught.value) and not unfinished()
        left = stream(generator, PROMPT)
        assert next(left) == "a" and unfinished()
        left.close()
        assert not unfinished()


def test_a_key_that_a_server_repeats_in_two_pieces_is_hidden() -> None:
    text = "".join(pieces_of(streamed(event("my " + KEY[:9]), event(KEY[9:] + " is"), DONE)))
    assert text == "my *** is"


@given(
    st.lists(st.text("ab", max_size=9), max_size=8),
    st.sets(st.text("ab", min_size=6, max_size=8), max_size=3),
)
def test_no_credential_passes_wherever_a_stream_is_split(pieces: list[str], known: set[str]) -> None:
    assert "".join(without_known_in_stream(pieces, known)) == without_known("".join(pieces), known)


@given(st.lists(st.integers(1, 9)), st.sampled_from(["\n", "\r\n", "\r"]))
def test_events_are_the_same_wherever_their_bytes_are_split(sizes: list[int], end: str) -> None:
    data = iter(f"data: é{end}data:b{end}{end}: no{end}id: 3{end}{end}data: c{end}{end}".encode())
    pieces = [bytes(islice(data, size)) for size in sizes]
    assert list(read_events([*pieces, bytes(data)])) == ["é\nb", "c"]


# any generator


def test_a_generator_that_does_not_stream_gives_its_answer_at_once() -> None:
    assert list(stream(lambda prompt: prompt.query, PROMPT)) == ["count to three"]


class Counting:
    """A generator of somebody else, which streams and then fails."""

    def __call__(self, prompt: Prompt, /) -> str:
        return "one two"

    def stream(self, prompt: Prompt, /) -> Iterator[str]:
        yield "one "
        raise OSError("no power")


def test_a_stream_that_raises_is_named_after_what_came() -> None:
    pieces = stream(Counting(), PROMPT)
    assert next(pieces) == "one "
    with pytest.raises(GeneratorError, match="Counting failed"):
        next(pieces)


class Bytes(Counting):
    def stream(self, prompt: Prompt, /) -> Iterator[str]:
        yield b"one"  # type: ignore[misc]


def test_a_stream_of_something_else_than_text_is_reported() -> None:
    with pytest.raises(GeneratorError, match="it returned a bytes"):
        list(stream(Bytes(), PROMPT))


def test_what_can_stream_says_so() -> None:
    assert isinstance(Counting(), StreamingGenerator) and isinstance(OpenAIModel("m"), StreamingGenerator)
    assert not isinstance(open_generator("echo"), StreamingGenerator)


@needs_model
@pytest.mark.slow
def test_the_local_model_streams_what_it_would_answer(local_model: LocalModel) -> None:
    generator = replace(local_model, sampling=Sampling(max_tokens=16))
    pieces = list(stream(generator, PROMPT))
    assert len(pieces) > 3 and "".join(pieces) == complete(generator, PROMPT).text
    left = stream(generator, PROMPT)
    next(left)
    assert complete(generator, PROMPT).text == "".join(pieces)  # while another stream is not read to its end
    with pytest.raises(GeneratorError, match="the model reads 8192"):
        list(stream(generator, make_prompt("word " * 9000, [], max_tokens=20_000)))
