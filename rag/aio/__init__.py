"""The same as `rag`, to be awaited: for servers. The names and their arguments are those of `rag`.

The work is done in threads, of which there are only so many. A task that is cancelled ends at once, and the
thread that worked for it at its next step: after the search, the answer of the model or the piece of it that
it waits for. Each name is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.aio.answer_stream import AsyncAnswerStream
    from rag.aio.async_generator import AsyncGenerator, as_generator
    from rag.aio.completer import AwaitedCompleter as CodeCompleter
    from rag.aio.functions import (
        awaited_add_docs as add_docs,
    )
    from rag.aio.functions import (
        awaited_check_code as check_code,
    )
    from rag.aio.functions import (
        awaited_describe_object as describe_object,
    )
    from rag.aio.functions import (
        awaited_editor_context as editor_context,
    )
    from rag.aio.functions import (
        awaited_list_docs as list_docs,
    )
    from rag.aio.functions import (
        awaited_remove_docs as remove_docs,
    )
    from rag.aio.functions import (
        awaited_rerank as rerank,
    )
    from rag.aio.functions import (
        awaited_retrieve as retrieve,
    )
    from rag.aio.functions import (
        awaited_sync_docs as sync_docs,
    )
    from rag.aio.functions import (
        awaited_update_docs as update_docs,
    )
    from rag.aio.prompter import AwaitedPrompter as DocPrompter
    from rag.aio.threads import awaitable

_HOMES = {
    "AsyncAnswerStream": "rag.aio.answer_stream:AsyncAnswerStream",
    "AsyncGenerator": "rag.aio.async_generator:AsyncGenerator",
    "CodeCompleter": "rag.aio.completer:AwaitedCompleter",
    "DocPrompter": "rag.aio.prompter:AwaitedPrompter",
    "add_docs": "rag.aio.functions:awaited_add_docs",
    "check_code": "rag.aio.functions:awaited_check_code",
    "describe_object": "rag.aio.functions:awaited_describe_object",
    "editor_context": "rag.aio.functions:awaited_editor_context",
    "list_docs": "rag.aio.functions:awaited_list_docs",
    "remove_docs": "rag.aio.functions:awaited_remove_docs",
    "rerank": "rag.aio.functions:awaited_rerank",
    "retrieve": "rag.aio.functions:awaited_retrieve",
    "sync_docs": "rag.aio.functions:awaited_sync_docs",
    "update_docs": "rag.aio.functions:awaited_update_docs",
    "as_generator": "rag.aio.async_generator:as_generator",
    "awaitable": "rag.aio.threads:awaitable",
}

__all__ = [
    "AsyncAnswerStream",
    "AsyncGenerator",
    "CodeCompleter",
    "DocPrompter",
    "add_docs",
    "as_generator",
    "awaitable",
    "check_code",
    "describe_object",
    "editor_context",
    "list_docs",
    "remove_docs",
    "rerank",
    "retrieve",
    "sync_docs",
    "update_docs",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, home = _HOMES[name].partition(":")
    value = getattr(import_module(module), home)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
