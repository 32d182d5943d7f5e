"""Failures of the generator in a run: which of them are answers that are wrong, and which end the run."""

from collections.abc import Callable
from typing import Final

from corpora.errors import GeneratorError, GeneratorUnavailable, PromptRefused

MOST_FAILURES: Final = 5
"""So many failures in a row end a run: a server that is down must not make every answer wrong."""


class Backend:
    """Counts the failures of a generator, and keeps what they are only once it has answered again.

    A failure is a wrong answer if the generator answers other prompts. Failures that end a run are not kept,
    so that the same command asks again.

    Args:
        has_answered: whether it has ever answered in this run, also before it was resumed.
    """

    def __init__(self, *, has_answered: bool) -> None:
        self._has_answered = has_answered
        self._waiting: list[Callable[[], None]] = []
        self._last: GeneratorError | None = None

    def answered(self) -> None:
        """Note that the generator has answered: what failed before is kept."""
        self._has_answered = True
        self._keep_waiting()

    def failed(self, error: GeneratorError, keep: Callable[[], None]) -> None:
        """Note a failure; `keep` writes it down as a wrong answer.

        Raises:
            GeneratorError: no further prompt will be answered.
        """
        if isinstance(error, GeneratorUnavailable):
            raise error
        if isinstance(error, PromptRefused) and self._has_answered:
            keep()
            return
        self._last = error
        self._waiting.append(keep)
        if len(self._waiting) >= MOST_FAILURES:
            raise self._always_fails()

    def finish(self) -> None:
        """End a step. Raises `GeneratorError` if there were failures, and never an answer."""
        if self._waiting and not self._has_answered:
            raise self._always_fails()
        self._keep_waiting()

    def _keep_waiting(self) -> None:
        for keep in self._waiting:
            keep()
        self._waiting.clear()

    def _always_fails(self) -> GeneratorError:
        last = self._last
        assert last is not None
        count = len(self._waiting)
        error = GeneratorError(
            f"the generator failed {count} times in a row" if count > 1 else "the generator gave no answer",
            why=f"{last.what}: {last.why}",
            fix="run the same command again when it answers; results so far are kept",
        )
        error.__cause__ = last
        return error
