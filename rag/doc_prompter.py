"""The whole job in one call: retrieve, prompt, generate; on demand a second time, with the draft in hand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from corpora.errors import GeneratorError, RagError
from indexers.index import Index
from rag.generators.completion import Completion, Generator, complete, stream
from rag.prompting.message import Message, split_request
from rag.prompting.prompt import MAX_PROMPT_TOKENS, Prompt, make_prompt
from rag.retrieval.draft import read_draft
from rag.retrieval.gate import confidence
from rag.retrieval.hit import Hit
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import DEFAULT_SEARCH, SearchOptions
from rag.retrieval.second_round import merge_draft

# A prompt wants few and good passages: in published ablations 5 to 10 serve best.
DEFAULT_PASSAGES = 8

MAX_ROUNDS: Final = 3
"""Of drafts: in published ablations the second helps, the third hardly (RepoCoder, Zhang et al. 2023)."""


@dataclass(frozen=True, slots=True)
class DocPrompter:
    """Retrieves documentation and code for a request, and has a generator answer with it.

    Source: Zhou et al., "DocPrompting: Generating Code by Retrieving the Docs", ICLR 2023.

    Args:
        index: where to look.
        generator: what answers (see `open_generator`); None if only prompts are wanted.
        template: name of a built-in template or path of your own.
        k: passages retrieved at the most.
        max_tokens: budget of the prompt, counted by `count_tokens`.
        search: which documents are searched, and how hits are ordered.
        count_tokens: counts the tokens of a text; an estimate on the high side by default.
        rounds: how often the generator is asked, 1 to `MAX_ROUNDS`. Each round after the first retrieves
            what the last answer uses, too; an answer that is no code, or adds no passage, is final.
        gate: the `confidence` below which no passage is shown, and no second round made; 0 shows all.

    Raises `RagError` if there is no such number of rounds.
    """

    index: Index
    generator: Generator | None = None
    template: str | Path = "docprompting"
    k: int = DEFAULT_PASSAGES
    max_tokens: int = MAX_PROMPT_TOKENS
    search: SearchOptions = DEFAULT_SEARCH
    count_tokens: Callable[[str], int] | None = None
    rounds: int = 1
    gate: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.rounds <= MAX_ROUNDS:
            raise RagError(
                f"{self.rounds} rounds cannot be made",
                why="each asks the generator once more, and later ones find nothing new",
                fix=f"ask for 1 to {MAX_ROUNDS}; 2 is what helps",
            )

    def prompt(self, query: str | Sequence[Message]) -> Prompt:
        """Return the prompt for `query`, with what was retrieved for it, and how likely that answers it.

        Raises:
            PromptError: no prompt can be made.
        """
        request, _ = split_request(query)
        return self._first(query, request)[0]

    def __call__(self, query: str | Sequence[Message]) -> Completion:
        """What the generator answers to the prompt for `query`, in the last of its rounds.

        Raises `GeneratorError` if it fails or there is none, `PromptError` if no prompt can be made.
        """
        generator = self._generator()
        request, _ = split_request(query)
        prompt, hits = self._first(query, request)
        sure, made = prompt.confidence, 1
        completion = complete(generator, prompt)
        while hits and made < self.rounds:
            draft = read_draft(completion.code)
            if draft is None:
                break
            better = self._make(query, merge_draft(request, hits, draft, self._look_up, self.k))
            if better.messages == prompt.messages:
                break
            prompt, made = better, made + 1
            completion = complete(generator, prompt)
        return replace(completion, rounds=made, confidence=sure)

    def stream(self, query: str | Sequence[Message]) -> Iterator[str]:
        """Yield the answer to `query` as it comes: one round, without a draft to retrieve for.

        Raises:
            GeneratorError: the generator fails, or there is none.
            PromptError: no prompt can be made.
        """
        yield from stream(self._generator(), self.prompt(query))

    def _generator(self) -> Generator:
        if self.generator is None:
            raise GeneratorError(
                "there is no generator to answer",
                why="this DocPrompter was made without one, which is enough for its prompts only",
                fix="give it one: DocPrompter(index, open_generator(...)), or any callable",
            )
        return self.generator

    def _first(self, query: str | Sequence[Message], request: str) -> tuple[Prompt, list[Hit]]:
        """The prompt of the first round, and the hits that passed the gate."""
        hits = retrieve(self.index, request, self.k, self.search)
        sure = confidence(hits)
        passed = hits if sure >= self.gate else []
        return replace(self._make(query, passed), confidence=sure), passed

    def _look_up(self, request: str, k: int) -> list[Hit]:
        # A draft is looked up by many searches, and merging gives all hits new scores: none is reranked.
        return retrieve(self.index, request, k, replace(self.search, reranker=None))

    def _make(self, query: str | Sequence[Message], hits: Sequence[Hit]) -> Prompt:
        return make_prompt(
            query, hits, template=self.template, max_tokens=self.max_tokens, count_tokens=self.count_tokens
        )
