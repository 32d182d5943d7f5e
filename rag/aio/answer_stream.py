"""An answer as it comes, for an async program."""

import asyncio
from collections.abc import AsyncGenerator as AsyncPieces
from collections.abc import Generator as PythonGenerator
from typing import Self

from rag.aio.threads import answering_threads, begin, context_of
from rag.cancellation import Cancellation
from rag.generators.completion import Completion


class AsyncAnswerStream:
    """Yields the text of an answer piece by piece; `completion` is the whole answer once it has ended.

    Left early, by an exception or by `aclose`, it closes the connection of the generator: at once, or when
    the piece has come that a thread is waiting for. `async with` closes it in time in any case.
    """

    def __init__(self, pieces: PythonGenerator[str, None, Completion]) -> None:
        self.completion: Completion | None = None
        self._steps = self._step_by_step(pieces)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        return await anext(self._steps)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the answer, if it has not ended."""
        await self._steps.aclose()

    async def _step_by_step(self, pieces: PythonGenerator[str, None, Completion]) -> AsyncPieces[str, None]:
        def step() -> str | None:
            try:
                return next(pieces)
            except StopIteration as end:  # which no future can hold
                self.completion = end.value
                return None

        threads = answering_threads()
        cancellation = Cancellation()
        context = context_of(cancellation)
        running = begin(step, threads, context)
        try:
            while (piece := await asyncio.wrap_future(running)) is not None:
                yield piece
                running = begin(step, threads, context)
        except asyncio.CancelledError:
            cancellation.cancel()
            raise
        finally:
            if not running.done():  # the thread that waits for the next piece closes the generator after it
                running.add_done_callback(lambda _: context.run(pieces.close))
            elif self.completion is None:
                await asyncio.wrap_future(begin(pieces.close, threads, context))
