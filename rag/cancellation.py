"""Let a call that nobody waits for any more end at its next step.

A thread cannot be ended from outside. So what takes long asks, before each step that does, whether somebody
still wants it: see `rag.aio`, whose tasks can be cancelled while a thread works for them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock


class Cancelled(BaseException):
    """A call was cancelled. Like `KeyboardInterrupt`, it is no error that anybody handles."""


class Cancellation:
    """Whether a call was cancelled, and what is to be done at once if it is."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_set = False
        self._callbacks: list[Callable[[], object]] = []

    def cancel(self) -> None:
        """Have the call end at its next step."""
        with self._lock:
            self._is_set = True
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    @property
    def is_cancelled(self) -> bool:
        """Whether the call was cancelled."""
        return self._is_set

    @contextmanager
    def calling(self, callback: Callable[[], object]) -> Iterator[None]:
        """Call `callback` if the call is cancelled within the block, or was before."""
        with self._lock:
            self._callbacks.append(callback)
            is_late = self._is_set
        if is_late:
            callback()
        try:
            yield
        finally:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)


current_cancellation: ContextVar[Cancellation | None] = ContextVar("current_cancellation", default=None)
"""That of the call which this thread, or task, works for."""


def end_if_cancelled() -> None:
    """Raise `Cancelled` if nobody waits for the call any more."""
    cancellation = current_cancellation.get()
    if cancellation is not None and cancellation.is_cancelled:
        raise Cancelled
