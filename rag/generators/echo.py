"""A generator that answers with the prompt itself: for tests, and to see what a model would be sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.generators.completion import DEFAULT_SAMPLING, Completion, Sampling
from rag.generators.extraction.extract_code import extract_code
from rag.prompting.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Echo:
    """A generator that returns the prompt as text; it accepts `sampling` as all do, and ignores it."""

    sampling: Sampling = DEFAULT_SAMPLING

    @property
    def name(self) -> str:
        """Return how its completions name it."""
        return "echo"

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt` with its own text."""
        text = prompt.text
        return Completion(text, extract_code(text), self.name, prompt.tokens, prompt.tokens)

    def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        """Continue `text` with itself, whatever it should stop at."""
        return Completion(text, text, self.name)
