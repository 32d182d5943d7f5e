"""Whether packages may be fetched now: `rag status` and the like only look at what is here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from corpora.errors import CorpusError

_IS_ALLOWED: Final = ContextVar("fetching", default=True)


@contextmanager
def without_fetching() -> Iterator[None]:
    """Have what would fetch a package in this block raise `CorpusError` instead."""
    token = _IS_ALLOWED.set(False)
    try:
        yield
    finally:
        _IS_ALLOWED.reset(token)


def check_fetching(package: str) -> None:
    """Raise `CorpusError` within `without_fetching`."""
    if not _IS_ALLOWED.get():
        raise CorpusError(
            f"{package} is not here",
            why="it is neither installed nor in the cache, and is not fetched to be looked at",
            fix="bring the index up to date: rag index, or rag docs update",
        )
