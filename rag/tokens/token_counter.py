"""Counters of tokens, and the function that opens one by what it counts with."""

from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.errors import PromptError, RagError, reason_of
from corpora.outside.files import read_outside
from rag.tokens.estimate import estimate_tokens, estimate_with_control_tokens

TokenCounter = Callable[[str], int]
"""Anything that counts the tokens of a text. If it has a `name`, that says in a prompt who counted; if its
`is_costly` is true, it is asked about whole prompts only, and parts of them are estimated."""

ESTIMATE: Final = "estimate"
"""The name of what counts without a vocabulary."""

MAX_VOCABULARY_BYTES: Final = 128_000_000  # the largest known file has 33 MB


class TokenizerError(PromptError):
    """A tokenizer cannot be read, or cannot count the tokens of a text."""


@dataclass(frozen=True, slots=True)
class VocabularyCounter:
    """Counts tokens with a vocabulary.

    Args:
        name: of the vocabulary, as it was asked for.
        encode: returns the tokens of a text.
    """

    name: str
    encode: Callable[[str], Sized]

    def __call__(self, text: str, /) -> int:
        """Return the number of tokens. Raises `TokenizerError` if the vocabulary has none for the text."""
        with tokenizer_errors_explained(self.name, "cannot count the tokens of a text"):
            return len(self.encode(text))


def counter_name(counter: TokenCounter | None) -> str:
    """Return how a counter is called: its `name`, else that of its function; `estimate` for none."""
    if counter is None or counter in (estimate_tokens, estimate_with_control_tokens):
        return ESTIMATE
    named = getattr(counter, "name", "") or getattr(counter, "__name__", "")
    return named if isinstance(named, str) and named else type(counter).__name__


def is_costly(counter: TokenCounter) -> bool:
    """Return whether a counter is to be asked about whole prompts only."""
    return bool(getattr(counter, "is_costly", False))


def vocabulary_bytes(path: str | Path, name: str) -> bytes:
    """Return the content of a file with a vocabulary. Raises `TokenizerError` if it cannot be read."""
    try:
        return read_outside(path, max_bytes=MAX_VOCABULARY_BYTES)
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise TokenizerError(
            f"the tokenizer {name} cannot be read", why=reason, fix="give the path of its file"
        ) from error


@contextmanager
def tokenizer_errors_explained(name: str, failed: str) -> Iterator[None]:
    """Raise a `TokenizerError` for whatever a tokenizer's library raises."""
    try:
        yield
    except (RagError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic in Rust is no Exception
        raise TokenizerError(
            f"the tokenizer {name} {failed}",
            why=f"{type(error).__name__}: {error}"[:500],
            fix="check that the file is complete and of this kind, or count by --tokenizer estimate",
        ) from error
