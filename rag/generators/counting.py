"""What counts the tokens of prompts for a generator: its own tokenizer, if it has one."""

from dataclasses import dataclass

from rag.generators.completion import CountingGenerator, Generator, generator_name
from rag.tokens.estimate import estimate_tokens, estimate_with_control_tokens
from rag.tokens.token_counter import TokenCounter


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

    That is its own tokenizer, if it has one; else an estimate, whose error `estimate_tokens` states.

    Args:
        generator: what is asked; None if only prompts are wanted.
        control_tokens: whether control tokens in a text count as such, as in prompts to fill in the middle.
    """
    if isinstance(generator, CountingGenerator):
        return GeneratorCounter(generator, control_tokens)
    return estimate_with_control_tokens if control_tokens else estimate_tokens
