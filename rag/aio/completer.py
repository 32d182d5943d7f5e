"""Code at a cursor, for an async program."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from rag.aio.threads import answering_threads, in_thread, with_arguments_of
from rag.editing.complete import CodeCompleter, CodeCompletion
from rag.editing.context import Cursor
from rag.editing.similar_code import RecentFile


class AwaitedCompleter:
    """A `rag.CodeCompleter` to be awaited: it takes the same arguments.

    Attributes:
        completer: the `rag.CodeCompleter` that does the work, in a thread.
    """

    @with_arguments_of(CodeCompleter)
    def __init__(self, completer: CodeCompleter) -> None:
        self.completer: Final = completer

    async def __call__(self, cursor: Cursor, *, recent: Sequence[RecentFile] | None = None) -> CodeCompletion:
        """Return code for a place in a file. Raises what `rag.CodeCompleter` raises."""
        return await in_thread(partial(self.completer, cursor, recent=recent), answering_threads())
