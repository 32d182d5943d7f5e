"""What `rag` does can be awaited, side by side, and be cancelled."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, TypeVar

import pytest

import rag
from corpora.errors import GeneratorError, RagError
from indexers.index import Index
from rag import aio
from rag.generators.completion import Completion
from rag.generators.echo import Echo
from rag.prompting.prompt import Prompt
from tests.small_corpora import write_tree

QUERIES = ["parse a date string", "save a value", "download a file", "how are holidays computed"]

_Result = TypeVar("_Result")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("aio")
    with Index.build(folder / "index", [write_tree(folder / "src")]) as opened:
        yield opened


def run(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    return asyncio.run(asyncio.wait_for(coroutine, 30))


def until(condition: Any) -> bool:
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(condition())


def test_every_name_is_one_of_rag_and_can_be_awaited() -> None:
    own = {"AsyncAnswerStream", "AsyncGenerator", "as_generator", "awaitable"}
    assert {*aio.__all__} - own <= {*rag.__all__}


def test_searches_side_by_side_find_what_each_finds_alone(index: Index) -> None:
    async def search() -> list[list[rag.Hit]]:
        return await asyncio.gather(*(aio.retrieve(index, query, k=3) for query in QUERIES * 8))

    assert run(search()) == [rag.retrieve(index, query, k=3) for query in QUERIES] * 8


def test_an_answer_is_awaited_and_its_prompt_too(index: Index) -> None:
    prompter = aio.DocPrompter(index, Echo(), k=2)
    assert run(prompter("a date")) == rag.DocPrompter(index, Echo(), k=2)("a date")
    assert run(prompter.prompt("a date")) == rag.DocPrompter(index, k=2).prompt("a date")


def test_the_loop_goes_on_while_an_answer_is_waited_for(index: Index) -> None:
    async def both() -> tuple[int, Completion]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.005)
                ticks += 1

        ticking = asyncio.create_task(tick())
        answer = await aio.DocPrompter(index, slow)("a date")
        ticking.cancel()
        return ticks, answer

    def slow(prompt: Prompt) -> str:
        time.sleep(0.2)
        return "done"

    ticks, answer = run(both())
    assert ticks > 5 and answer.text == "done"


def test_an_async_function_is_a_generator(index: Index) -> None:
    async def model(prompt: Prompt) -> str:
        await asyncio.sleep(0.01)
        return f"answer to {prompt.query}"

    found = run(aio.DocPrompter(index, aio.as_generator(model))("a date"))
    assert (found.text, found.generator) == ("answer to a date", "model")
    assert run(aio.DocPrompter(index, model)("a date")).text == "answer to a date"  # type: ignore[arg-type]
    assert rag.DocPrompter(index, aio.as_generator(model))("a date").text == "answer to a date"


def test_an_async_function_that_fails_is_named(index: Index) -> None:
    async def broken(prompt: Prompt) -> str:
        raise OSError("no power")

    with pytest.raises(GeneratorError, match="broken"):
        run(aio.DocPrompter(index, aio.as_generator(broken))("a date"))


class Pieces:
    """A generator whose pieces are counted, and which notes that it was closed."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause, self.given, self.is_closed = pause, 0, False

    def __call__(self, prompt: Prompt, /) -> str:
        return "".join(self.stream(prompt))

    def stream(self, prompt: Prompt, /) -> Iterator[str]:
        try:
            for number in range(50):
                time.sleep(self.pause)
                self.given += 1
                yield f"{number} "
        finally:
            self.is_closed = True


class AsyncPieces(Pieces):
    async def __call__(self, prompt: Prompt, /) -> str:  # type: ignore[override]
        return "whole"

    async def stream(self, prompt: Prompt, /) -> AsyncIterator[str]:  # type: ignore[override]
        try:
            for number in range(50):
                await asyncio.sleep(self.pause)
                self.given += 1
                yield f"{number} "
        finally:
            self.is_closed = True


@pytest.mark.parametrize("kind", [Pieces, AsyncPieces])
def test_an_answer_comes_piece_by_piece_and_whole_at_its_end(index: Index, kind: type[Pieces]) -> None:
    async def take() -> tuple[list[str], Completion | None]:
        stream = aio.DocPrompter(index, kind()).stream("a date")
        return [piece async for piece in stream], stream.completion

    pieces, completion = run(take())
    assert len(pieces) == 50 and completion is not None and completion.text == "".join(pieces)
    assert completion.confidence is not None


@pytest.mark.parametrize("kind", [Pieces, AsyncPieces])
def test_a_stream_that_is_left_closes_the_generator_at_once(index: Index, kind: type[Pieces]) -> None:
    generator = kind(0.01)

    async def leave() -> None:
        async with aio.DocPrompter(index, generator).stream("a date") as stream:
            async for _ in stream:
                break
        assert generator.is_closed

    run(leave())
    assert generator.given == 1


@pytest.mark.parametrize("kind", [Pieces, AsyncPieces])
def test_a_stream_whose_task_is_cancelled_ends_with_the_piece_that_it_waits_for(
    index: Index, kind: type[Pieces]
) -> None:
    generator = kind(0.1)

    async def cancel() -> None:
        async def take() -> None:
            async for _ in aio.DocPrompter(index, generator).stream("a date"):
                pass

        task = asyncio.create_task(take())
        await asyncio.sleep(0.35)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.15)

    run(cancel())
    assert until(lambda: generator.is_closed) and generator.given < 8


def test_a_cancelled_task_asks_the_generator_no_more(index: Index) -> None:
    asked: list[str] = []

    def slow(prompt: Prompt) -> str:
        asked.append(prompt.query)
        time.sleep(0.1)
        return "import datetime\ndatetime.strptime(x, y)\ndownload(url)"

    async def cancel() -> None:
        task = asyncio.create_task(aio.DocPrompter(index, slow, rounds=3)("a date"))
        while not asked:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(cancel())
    time.sleep(0.3)
    assert len(asked) == 1


def test_a_cancelled_task_cancels_the_async_function_that_it_waits_for(index: Index) -> None:
    ended: list[str] = []

    async def endless(prompt: Prompt) -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return ""

    async def cancel() -> None:
        task = asyncio.create_task(aio.DocPrompter(index, aio.as_generator(endless))("a date"))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.05)

    run(cancel())
    assert ended == ["cancelled"]
    assert until(lambda: not [one for one in threading.enumerate() if one.name == "busy"])


def test_a_batch_keeps_its_order_and_loses_nothing_to_a_failure(index: Index) -> None:
    most, now = 0, 0

    async def model(prompt: Prompt) -> str:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05 if prompt.query == "q0" else 0.01)
        now -= 1
        if prompt.query == "q3":
            raise OSError("no power")
        return prompt.query

    async def asked() -> AsyncIterator[str]:
        for number in range(12):
            yield f"q{number}"

    async def answers() -> list[Completion | RagError]:
        prompter = aio.DocPrompter(index, aio.as_generator(model))
        return [one async for one in prompter.batch(asked(), concurrency=3)]

    found = run(answers())
    assert isinstance(found[3], GeneratorError) and 1 < most <= 3
    assert [one.text for one in found if isinstance(one, Completion)] == [
        f"q{number}" for number in range(12) if number != 3
    ]


def test_a_batch_that_is_left_cancels_what_has_begun(index: Index) -> None:
    ended = 0

    async def model(prompt: Prompt) -> str:
        nonlocal ended
        try:
            await asyncio.sleep(0 if prompt.query == "q0" else 60)
        finally:
            ended += 1
        return prompt.query

    async def leave() -> None:
        answers = aio.DocPrompter(index, aio.as_generator(model)).batch(
            [f"q{number}" for number in range(20)], concurrency=3
        )
        async for _ in answers:
            break
        await answers.aclose()

    run(leave())
    assert until(lambda: ended >= 1)


def test_prompts_come_in_order_with_progress(index: Index) -> None:
    told: list[tuple[int, int | None]] = []

    async def prompts() -> list[Prompt | RagError]:
        prompter = aio.DocPrompter(index, k=2)
        made = prompter.prompts([*QUERIES, " "], progress=lambda *numbers: told.append(numbers))
        return [one async for one in made]

    *found, error = run(prompts())
    assert found == [rag.DocPrompter(index, k=2).prompt(query) for query in QUERIES]
    assert isinstance(error, RagError) and told[-1] == (5, 5)


def test_code_at_a_cursor_is_awaited(index: Index) -> None:
    cursor = rag.Cursor("new.py", "from dates import parse_date\n\nday = parse_date(", 3, 18)

    async def both() -> tuple[rag.EditorContext, rag.CodeCompletion]:
        completer = aio.CodeCompleter(index, Echo(), max_tokens=500)
        return await aio.editor_context(index, cursor), await completer(cursor)

    context, completion = run(both())
    assert context == rag.editor_context(index, cursor)
    assert completion == rag.CodeCompleter(index, Echo(), max_tokens=500)(cursor)


def test_code_is_checked_and_documentation_listed_in_threads(index: Index) -> None:
    program = "import jinja2\njinja2.Templat('x')\n"

    async def both() -> tuple[rag.CheckReport, list[rag.DocumentedLibrary]]:
        checking = aio.check_code(text=program, types=False)
        report, documented = await asyncio.gather(checking, aio.list_docs(index))
        return report, documented

    report, documented = run(both())
    assert report == rag.check_code(text=program, types=False) and documented == []
