"""What counts the tokens of prompts for a generator: its own tokenizer, if it has one."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from corpora.errors import GeneratorUnavailable, MissingExtra
from rag.generators.completion import CountingGenerator, Generator, generator_name
from rag.generators.endpoints.server_tokens import ServerTokens
from rag.tokens.estimate import estimate_tokens, estimate_with_control_tokens
from rag.tokens.open_counter import TOKENIZER_FORMS, open_token_counter
from rag.tokens.token_counter import TokenCounter, TokenizerError

SERVER: Final = "server"
"""The name of the endpoint of a generator's server that counts tokens."""


@dataclass(frozen=True, slots=True)
class GeneratorCounter:
    """Counts tokens as a generator does.

    Args:
        generator: the generator.
        control_tokens: whether control tokens in a text count as such.
    """

    generator: CountingGenerator
    control_tokens: bool = False

    def __call__(self, text: str, /) -> int:
        """Return the number of tokens of a text."""
        if self.control_tokens:
            return self.generator.count_tokens(text, control_tokens=True)
        return self.generator.count_tokens(text)

    @property
    def name(self) -> str:
        """Return the name of the generator."""
        return generator_name(self.generator)

    @property
    def is_costly(self) -> bool:
        """Whether each count is a request, so that it is to be asked about whole prompts only."""
        return bool(getattr(self.generator, "counts_by_request", False))


def counter_for(generator: Generator | None, *, control_tokens: bool = False) -> TokenCounter:
    """Return what counts the tokens of prompts for a generator.

    That is its own tokenizer, if it has one that works; else an estimate (see `estimate_tokens`).

    Args:
        generator: what is asked; None if only prompts are wanted.
        control_tokens: whether control tokens in a text count as such, as in prompts to fill in the middle.
    """
    if isinstance(generator, CountingGenerator):
        counter = GeneratorCounter(generator, control_tokens)
        # Nobody asked for it: that it cannot be read is no reason to fail.
        with suppress(TokenizerError, MissingExtra):
            counter("")
            return counter
    return estimate_with_control_tokens if control_tokens else estimate_tokens


def named_counter(
    name: str, generator: Generator | None = None, *, control_tokens: bool = False
) -> TokenCounter:
    """Return what counts tokens, by its name.

    Args:
        name: as `open_token_counter` takes it; `server` for that of the generator; empty for `counter_for`.
        generator: what is asked.
        control_tokens: whether control tokens in a text count as such.

    Raises:
        RagError: there is no such tokenizer, or it cannot be opened.
    """
    if not name:
        return counter_for(generator, control_tokens=control_tokens)
    if name != SERVER:
        return open_token_counter(name, control_tokens=control_tokens)
    model, base_url = (getattr(generator, field, None) for field in ("model", "base_url"))
    if not isinstance(model, str) or not isinstance(base_url, str):
        raise GeneratorUnavailable(
            "there is no server that counts tokens",
            why="the generator is none that asks a server" if generator else "no generator is asked",
            fix=f"choose --generator openai:MODEL, or one of: {', '.join(TOKENIZER_FORMS)}",
        )
    return ServerTokens(model, base_url, control_tokens)
