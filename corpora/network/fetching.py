"""Say whether packages may be fetched now: `rag status` and the like only look at what is here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from corpora.errors import CorpusError

_IS_ALLOWED: Final = ContextVar("fetching", default=True)


@contextmanager
def without_fetching() -> Iterator[None]:
    """Make fetching a package fail within this block, by `check_fetching`."""
    token = _IS_ALLOWED.set(False)
    try:
        yield
    finally:
        _IS_ALLOWED.reset(token)


def check_fetching(package: str) -> None:
    """Check that `package` may be fetched now.

    Args:
        package: its name, as the message shows it.

    Raises:
        CorpusError: the call is within `without_fetching`.
    """
    if not _IS_ALLOWED.get():
        raise CorpusError(
            f"{package} is not on this machine",
            why="it is neither installed nor in the cache, and this command fetches nothing",
            fix="bring the index up to date: rag index, or rag docs update",
        )
