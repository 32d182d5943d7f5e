"""Models of Anthropic: the real client of its API against a forged server."""

import json
from importlib.util import find_spec
from typing import Any

import pytest

from corpora.document import Origin
from corpora.errors import GeneratorError, GeneratorUnavailable, PromptRefused
from indexers.chunking.chunk import Chunk
from rag.generators import open_generator
from rag.generators.completion import Completion, Sampling, complete, samples, stream
from rag.generators.tool_call import ToolCall
from rag.prompting.message import Image, Message
from rag.prompting.prompt import Prompt, make_prompt
from rag.retrieval.hit import Hit
from tests.dripping_server import drip, dripping, flood
from tests.loopback_endpoint import Answer, Endpoint, serving

pytestmark = pytest.mark.skipif(not find_spec("anthropic"), reason="needs the extra `anthropic`")

KEY = "sk-ant-secret-0123456789"
EVENTS = {"Content-Type": "text/event-stream"}
PROMPT = make_prompt("count to three", [], template="chat")
HIT = Hit(Chunk(Origin("c", "a.py", "python", "code"), "def f(): ...\n", 1, 1, 0, 13), 1.0, 1)
KEPT = {"type": "ephemeral"}
TEXT = {"type": "text", "text": ""}


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import the client before the first test, which takes seconds."""
    import anthropic  # noqa: F401


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def event(kind: str, **said: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **said})}\n\n"


def start(**usage: Any) -> str:
    counts = {"input_tokens": 7, "output_tokens": 1, **usage}
    return event("message_start", message={"id": "m", "role": "assistant", "content": [], "usage": counts})


def block(number: int, first: dict[str, Any], *deltas: dict[str, Any]) -> str:
    pieces = (event("content_block_delta", index=number, delta=delta) for delta in deltas)
    begun = event("content_block_start", index=number, content_block=first)
    return begun + "".join(pieces) + event("content_block_stop", index=number)


def said(*pieces: str) -> str:
    return block(0, TEXT, *({"type": "text_delta", "text": piece} for piece in pieces))


def end(reason: str = "end_turn", tokens: int = 5) -> str:
    delta = {"stop_reason": reason, "stop_sequence": None}
    return event("message_delta", delta=delta, usage={"output_tokens": tokens}) + event("message_stop")


def streamed(*events: str) -> Answer:
    return 200, EVENTS, "".join(events)


def refusal(status: int, message: str, **headers: str) -> Answer:
    return status, headers, {"type": "error", "error": {"type": "some_error", "message": message}}


def asked(*answers: Answer, prompt: Prompt = PROMPT, **options: Any) -> tuple[Completion, Endpoint]:
    with serving(*answers) as endpoint:
        url = endpoint.url.removesuffix("/v1")
        completion = complete(open_generator("anthropic", model="claude", base_url=url, **options), prompt)
    return completion, endpoint


def test_the_server_is_sent_the_prompt_and_answers_it() -> None:
    sampling = Sampling(0.1, 9, 3, stop=("END", "\n\n"))
    completion, endpoint = asked(streamed(start(), said("x = ", "1"), end()), sampling=sampling)
    assert completion == Completion(
        "x = 1", "x = 1", "anthropic:claude", 7, 5, "end_turn", left_out=("seed",)
    )
    (sent,), (headers,) = endpoint.sent, endpoint.headers
    assert KEY in (headers.get("x-api-key"), headers.get("authorization", "").removeprefix("Bearer "))
    last = PROMPT.messages[-1].content
    assert sent == {
        "model": "claude",
        "system": [{"type": "text", "text": PROMPT.system, "cache_control": KEPT}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": last}]}],
        "max_tokens": 9,
        "stop_sequences": ["END"],
        "temperature": 0.1,
        "stream": True,
    }


def test_pieces_come_as_they_are_sent() -> None:
    with serving(streamed(start(), event("ping"), said("one, ", "two"), end())) as endpoint:
        model = open_generator("anthropic", model="m", base_url=endpoint.url.removesuffix("/v1"))
        assert list(stream(model, PROMPT)) == ["one, ", "two"]


def test_the_passages_are_kept_by_the_server_and_the_request_is_not() -> None:
    prompt = make_prompt("parse a date", [HIT], template="docprompting")
    usage = {"cache_read_input_tokens": 100, "cache_creation_input_tokens": 20}
    completion, endpoint = asked(streamed(start(**usage), said("x"), end()), prompt=prompt)
    passages, request = endpoint.sent[0]["messages"][-1]["content"]
    assert passages["cache_control"] == KEPT and "cache_control" not in request
    assert passages["text"] + request["text"] == prompt.messages[-1].content
    assert request["text"].startswith("parse a date") and HIT.chunk.text in passages["text"]
    assert (completion.prompt_tokens, completion.cached_tokens, completion.cache_written_tokens) == (
        127,
        100,
        20,
    )
    _, endpoint = asked(streamed(start(), said("x"), end()), prompt=prompt, is_cached=False)
    assert "cache_control" not in json.dumps(endpoint.sent)


def test_turns_and_images_are_sent_in_their_order() -> None:
    turns = [
        Message("user", "sort a list"),
        Message("assistant", "sorted(x)"),
        Message("user", "this one", (Image("image/png", b"\x89PNG"),)),
    ]
    _, endpoint = asked(streamed(start(), said("x"), end()), prompt=make_prompt(turns, [], template="chat"))
    first, second, third = endpoint.sent[0]["messages"]
    assert (first["role"], second["role"], second["content"][0]["text"]) == ("user", "assistant", "sorted(x)")
    image, text = third["content"]
    assert image["source"] == {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}
    assert text["text"] == "this one"


def test_tools_are_translated_and_their_calls_read() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    tool = {"type": "function", "function": {"name": "tides", "description": "d", "parameters": schema}}
    call = {"type": "tool_use", "id": "t1", "name": "tides", "input": {}}
    pieces = [{"type": "input_json_delta", "partial_json": one} for one in ('{"city"', ': "Emden"}')]
    answered = streamed(start(), said("Let me see."), block(1, call, *pieces), end("tool_use"))
    completion, endpoint = asked(answered, tools=[tool], tool_choice="required", extra={"top_k": 3})
    assert completion.tool_calls == (ToolCall("t1", "tides", '{"city": "Emden"}'),)
    (sent,) = endpoint.sent
    assert sent["tools"] == [{"name": "tides", "description": "d", "input_schema": schema}]
    assert sent["tool_choice"] == {"type": "any"} and sent["top_k"] == 3


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ((start(), end("refusal")), "the model refused"),
        ((start(), end("max_tokens")), "the limit of tokens was reached before any text"),
        (
            (start(), block(0, {"type": "thinking", "thinking": ""}), end("max_tokens")),
            "the limit of tokens was reached in its thoughts",
        ),
        (
            (start(), block(0, {"type": "redacted_thinking", "data": "x"}), end()),
            "the model gave its thoughts only",
        ),
    ],
)
def test_an_answer_without_text_says_why(events: tuple[str, ...], reason: str) -> None:
    assert asked(streamed(*events))[0].missing == reason


def test_a_string_that_the_server_does_not_take_ends_the_answer_here() -> None:
    completion, _ = asked(streamed(start(), said("a\n", "\nb"), end()), sampling=Sampling(stop=("\n\n",)))
    assert (completion.text, completion.finish) == ("a", "stop_sequence")


def test_a_model_that_takes_no_temperature_is_asked_without_one_from_then_on() -> None:
    refused = refusal(400, "`temperature` is deprecated for this model")
    answered = streamed(start(), said("x"), end())
    with serving(refused, answered) as endpoint:
        model = open_generator("anthropic", model="m", base_url=endpoint.url.removesuffix("/v1"))
        assert [complete(model, PROMPT).left_out for _ in range(2)] == [("temperature", "seed")] * 2
    assert ["temperature" in sent for sent in endpoint.sent] == [True, False, False]


def test_several_answers_reuse_one_connection_and_what_was_kept() -> None:
    with serving(streamed(start(), said("x"), end())) as endpoint:
        model = open_generator("anthropic", model="m", base_url=endpoint.url.removesuffix("/v1"))
        assert [one.text for one in samples(model, PROMPT, 3)] == ["x", "x", "x"]
    assert len(endpoint.sent) == 3


# failures


def test_a_busy_server_is_asked_again_by_the_client() -> None:
    busy = refusal(529, "overloaded", **{"retry-after-ms": "1"})
    completion, endpoint = asked(busy, busy, streamed(start(), said("x"), end()))
    assert completion.text == "x" and len(endpoint.sent) == 3


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "prompt is too long", PromptRefused),
        (413, "too large", PromptRefused),
        (400, "Your credit balance is too low to access the API", GeneratorUnavailable),
        (401, "invalid x-api-key", GeneratorUnavailable),
        (404, "model: claude", GeneratorUnavailable),
        (302, "elsewhere", GeneratorError),
    ],
)
def test_a_refusal_is_explained_and_never_shows_the_key(status: int, message: str, kind: type) -> None:
    with pytest.raises(kind, match=f"answered {status}") as caught:
        asked(refusal(status, f"{message}: {KEY}"))
    assert message in str(caught.value) and KEY not in f"{caught.value} {caught.value.__cause__!r}"


@pytest.mark.parametrize(
    ("events", "what"),
    [
        ((start(), said("x")), "broke off its answer"),
        ((), "broke off its answer"),
        (
            (start(), said("x"), event("error", error={"type": "overloaded_error", "message": "Overloaded"})),
            "Overloaded",
        ),
        ((start(), block(0, {"type": "text", "text": 3})), "is not understood"),
        ((start(), block(0, TEXT, {"type": "text_delta", "text": ["x"]})), "is not understood"),
        ((start(), "event: message_delta\ndata: {\n\n"), "is not understood"),
        ((start(), block(0, {"type": "tool_use", "id": "x", "name": "a b"}), end()), "is not understood"),
    ],
)
def test_an_answer_that_is_not_whole_is_an_error(events: tuple[str, ...], what: str) -> None:
    with pytest.raises(GeneratorError, match=what):
        asked(streamed(*events))


def test_an_endless_answer_ends() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    piece = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "x" * 9_000}).encode()
    with (
        dripping(flood(piece, head)) as server,
        pytest.raises(GeneratorError, match="more than 8000000 bytes"),
    ):
        complete(open_generator("anthropic", model="m", base_url=server.origin), PROMPT)


def test_an_answer_of_pings_alone_ends_in_its_time() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    with dripping(drip(event("ping").encode(), head, seconds=0.005)) as server:
        model = open_generator("anthropic", model="m", base_url=server.origin, timeout_seconds=0.5)
        with pytest.raises(GeneratorError, match=r"not complete after 0\.5 s"):
            complete(model, PROMPT)


def test_a_compressed_answer_is_not_unpacked() -> None:
    packed: Answer = (200, {**EVENTS, "Content-Encoding": "gzip"}, "x")
    with pytest.raises(GeneratorError, match="broke off its answer"):
        asked(packed)


def test_a_key_that_a_server_repeats_is_hidden() -> None:
    completion, _ = asked(streamed(start(), said("my " + KEY[:9], KEY[9:] + " is"), end()))
    assert completion.text == "my *** is"


@pytest.mark.slow
def test_no_key_and_no_server_are_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    with pytest.raises(GeneratorUnavailable, match="no answer from"):
        complete(open_generator("anthropic", model="m", base_url="http://127.0.0.1:9"), PROMPT)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-\u201cquoted\u201d")
    with pytest.raises(GeneratorUnavailable, match="cannot be sent"):
        complete(open_generator("anthropic", model="m", base_url="http://127.0.0.1:9"), PROMPT)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path))
    with pytest.raises(GeneratorUnavailable, match="there is no key"):
        complete(open_generator("anthropic", model="m", base_url="http://127.0.0.1:9"), PROMPT)


@pytest.mark.parametrize(
    "options", [{"extra": {"messages": []}}, {"tools": [{"x": {1}}]}, {"max_concurrency": 0}]
)
def test_options_that_cannot_be_are_refused_at_once(options: dict[str, Any]) -> None:
    with pytest.raises(GeneratorError, match="cannot be opened"):
        open_generator("anthropic", model="m", **options)


def test_the_key_is_kept_nowhere() -> None:
    with serving(streamed(start(), said("x"), end())) as endpoint:
        model = open_generator("anthropic", model="m", base_url=endpoint.url.removesuffix("/v1"))
        complete(model, PROMPT)
    kept = model._connections  # type: ignore[attr-defined]
    assert KEY not in repr(model) and KEY not in str([client.headers for client in kept._clients.values()])
