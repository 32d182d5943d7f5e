"""From a question to code, for an async program."""

from collections.abc import AsyncGenerator as AsyncResults
from collections.abc import AsyncIterable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from corpora.errors import RagError
from rag.aio.answer_stream import AsyncAnswerStream
from rag.aio.async_generator import as_called
from rag.aio.in_turn import in_turn
from rag.aio.threads import (
    SEARCHES_AT_ONCE,
    answering_threads,
    in_thread,
    searching_threads,
    with_arguments_of,
)
from rag.batches.many import BatchProgress
from rag.doc_prompter import DEFAULT_CONCURRENCY, DocPrompter
from rag.generators.completion import Completion
from rag.prompting.message import Message
from rag.prompting.prompt import Prompt

Queries = Iterable[str | Sequence[Message]] | AsyncIterable[str | Sequence[Message]]


class AwaitedPrompter:
    """A `rag.DocPrompter` to be awaited: it takes the same arguments, and its generator may be async.

    Attributes:
        prompter: the `rag.DocPrompter` that does the work, in threads.
    """

    @with_arguments_of(DocPrompter)
    def __init__(self, prompter: DocPrompter) -> None:
        self.prompter: Final = replace(prompter, generator=as_called(prompter.generator))

    async def prompt(self, query: str | Sequence[Message]) -> Prompt:
        """Return the prompt for `query`. Raises what `rag.DocPrompter.prompt` raises."""
        return await in_thread(partial(self.prompter.prompt, query), searching_threads())

    async def __call__(self, query: str | Sequence[Message]) -> Completion:
        """Return what the generator answers to `query`. Raises what `rag.DocPrompter` raises."""
        return await in_thread(partial(self.prompter, query), answering_threads())

    def stream(self, query: str | Sequence[Message]) -> AsyncAnswerStream:
        """Return the answer to `query` as it comes, to be taken by `async for`."""
        return AsyncAnswerStream(self.prompter.stream(query))

    def prompts(
        self, queries: Queries, *, progress: BatchProgress | None = None
    ) -> AsyncResults[Prompt | RagError, None]:
        """Yield the prompt for each query, in order, or the error of one for which none can be made.

        Args:
            queries: are read as prompts are taken, a few ahead.
            progress: called with the number of prompts, and that of the queries, if it is known.
        """
        return in_turn(self.prompt, queries, SEARCHES_AT_ONCE, progress)

    def batch(
        self,
        queries: Queries,
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
        progress: BatchProgress | None = None,
    ) -> AsyncResults[Completion | RagError, None]:
        """Yield the answer to each query, in order, or the error of one that could not be answered.

        Args:
            queries: are read as answers are taken, a few ahead.
            concurrency: number of queries that are answered at a time.
            progress: called with the number of answers, and that of the queries, if it is known.
        """
        return in_turn(self, queries, concurrency, progress)
