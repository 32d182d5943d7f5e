"""Remember what was counted, so that a piece of a prompt is counted once."""

from dataclasses import dataclass, field
from typing import Final

from rag.tokens.token_counter import TokenCounter, counter_name

_MAX_CHARS: Final = 20_000_000  # of all texts that are remembered


@dataclass(slots=True)
class RememberedCounts:
    """Counts tokens, each text once; for as long as one prompt is made.

    Args:
        counter: counts the tokens of a text.
    """

    counter: TokenCounter
    _known: dict[str, int] = field(default_factory=dict, repr=False)
    _chars: int = 0

    @property
    def name(self) -> str:
        """Return how what counts is called."""
        return counter_name(self.counter)

    def __call__(self, text: str, /) -> int:
        """Return the number of tokens of a text."""
        tokens = self._known.get(text)
        if tokens is None:
            tokens = self.counter(text)
            self._chars += len(text)
            if self._chars <= _MAX_CHARS:
                self._known[text] = tokens
        return tokens
