"""The whole job in one call: retrieve, prompt, generate."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from indexers.filter import Filter
from indexers.index import Index
from rag.completion import Completion, Generator, complete
from rag.prompt import MAX_PROMPT_TOKENS, Prompt, make_prompt
from rag.retrieve import retrieve

# A prompt wants few and good passages: in published ablations 5 to 10 serve best.
DEFAULT_PASSAGES = 8


@dataclass(frozen=True, slots=True)
class DocPrompter:
    """Retrieves documentation and code for a request, and has a generator answer with it.

    Source: Zhou et al., "DocPrompting: Generating Code by Retrieving the Docs", ICLR 2023.

    Args:
        index: where to look.
        generator: anything that makes text of a prompt; see `open_generator`.
        template: name of a built-in template or path of your own.
        k: passages retrieved at the most.
        max_tokens: budget of the prompt, counted by `count_tokens`.
        filter: only documents that pass it.
        count_tokens: counts the tokens of a text; an estimate on the high side by default.
    """

    index: Index
    generator: Generator
    template: str | Path = "docprompting"
    k: int = DEFAULT_PASSAGES
    max_tokens: int = MAX_PROMPT_TOKENS
    filter: Filter = Filter()  # noqa: RUF009  frozen, so it may be shared
    count_tokens: Callable[[str], int] | None = None

    def prompt(self, query: str) -> Prompt:
        """The prompt for `query`, with what was retrieved for it."""
        hits = retrieve(self.index, query, self.k, filter=self.filter)
        return make_prompt(
            query, hits, template=self.template, max_tokens=self.max_tokens, count_tokens=self.count_tokens
        )

    def __call__(self, query: str) -> Completion:
        """What the generator answers to the prompt for `query`.

        Raises `GeneratorError` if it fails, `PromptError` if no prompt can be made.
        """
        return complete(self.generator, self.prompt(query))
