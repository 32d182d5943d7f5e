"""From a question to code in one call: retrieve, prompt, generate, and repeat with the draft if asked."""

from collections.abc import Generator as PythonGenerator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from corpora.errors import GeneratorError, RagError
from indexers.index import Index
from rag.batches.many import BatchProgress, ask_in_processes, ask_in_threads
from rag.corrections.correct import MAX_CORRECTIONS, CheckCode, Corrector
from rag.generators.completion import Completion, Generator, Sampling, complete, stream, with_seed
from rag.generators.counting import counter_for
from rag.generators.extraction.extract_code import extract_code
from rag.prompting.listing import DEFAULT_FURTHER
from rag.prompting.message import Message, split_request
from rag.prompting.passage import suspicious_words
from rag.prompting.prompt import MAX_PROMPT_TOKENS, LeftOutHit, Prompt
from rag.retrieval.draft import read_draft
from rag.retrieval.gate import confidence
from rag.retrieval.hit import Hit
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import DEFAULT_SEARCH, SearchOptions
from rag.retrieval.second_round import merge_draft
from rag.tasks.few_shot import FewShot
from rag.tasks.task import PLAIN_TASK, PromptTask, make_task_prompt
from rag.tokens.token_counter import TokenCounter

# Few good passages make the best prompt: 5 to 10 in published ablations.
DEFAULT_PASSAGES = 8

DEFAULT_CONCURRENCY: Final = 4
"""Number of queries of a batch that are answered at a time: hosted models are waited for."""

Untrusted = Literal["mark", "drop"]
"""What becomes of retrieved text that reads like instructions to a model."""

MAX_ROUNDS: Final = 3
"""Maximum number of rounds: in published ablations the second helps, the third hardly (RepoCoder, Zhang et
al. 2023)."""


@dataclass(frozen=True, slots=True)
class DocPrompter:
    """Retrieves documentation and code for a request, and has a generator answer it with them.

    Source: Zhou et al., "DocPrompting: Generating Code by Retrieving the Docs", ICLR 2023.

    A request is a text, or a conversation that ends in one: its earlier turns go into the prompt, and the
    last message alone is what is retrieved for.

    Args:
        index: the index to search.
        generator: what answers (see `open_generator`); None if only prompts are wanted.
        template: name of a built-in template, or path of one of your own.
        k: maximum number of passages to retrieve.
        max_tokens: budget of the prompt, counted by `count_tokens`.
        search: which documents are searched, and how hits are ordered.
        count_tokens: counts the tokens of a text; by default as the generator does (see `counter_for`).
        rounds: how often the generator is asked, 1 to `MAX_ROUNDS`. Each round after the first also retrieves
            what the last answer uses; an answer that is not code, or adds no passage, is final.
        gate: the `confidence` below which the prompt has no passages, and there is no second round; 0 keeps
            them always.
        untrusted: what becomes of hits that read like instructions to a model (see
            `rag.prompting.injection`): they are marked as such, or left out.
        check: checks the code of each answer against its libraries, such as a `CodeCheck`; what it finds is
            in `check` of the completion. Nothing is run.
        repairs: how often the generator is asked again, at most, with the errors found by `check` and the
            documentation of what is right. Of all answers, that with the fewest errors is returned.
        task: what is asked for beside plain code, such as `shell_task()` (see `rag.tasks.task`).
        few_shot: chooses examples for each request, which stand above it with their documentation.
        further: number of hits beyond these passages that are listed by their signatures alone, in a last
            passage: a model sees what else there is for little room.

    Raises:
        RagError: there is no such number of rounds or repairs, or there is nothing to repair by.
    """

    index: Index
    generator: Generator | None = None
    template: str | Path = "docprompting"
    k: int = DEFAULT_PASSAGES
    max_tokens: int = MAX_PROMPT_TOKENS
    search: SearchOptions = DEFAULT_SEARCH
    count_tokens: TokenCounter | None = None
    rounds: int = 1
    gate: float = 0.0
    untrusted: Untrusted = "mark"
    check: CheckCode | None = None
    repairs: int = 0
    task: PromptTask = PLAIN_TASK
    few_shot: FewShot | None = None
    further: int = DEFAULT_FURTHER

    def __post_init__(self) -> None:
        if not 1 <= self.rounds <= MAX_ROUNDS:
            raise RagError(
                f"the number of rounds cannot be {self.rounds}",
                why="each round asks the generator once more, and later ones find nothing new",
                fix=f"choose 1 to {MAX_ROUNDS}; 2 usually helps",
            )
        if not 0 <= self.repairs <= MAX_CORRECTIONS or (self.repairs and self.check is None):
            raise RagError(
                f"an answer cannot be repaired {self.repairs} times",
                why="each repair asks the generator once more, with what a check of its answer found",
                fix=f"choose 0 to {MAX_CORRECTIONS}, and give a check: DocPrompter(..., check=CodeCheck())",
            )
        if self.repairs and self.task != PLAIN_TASK:
            raise RagError(
                "answers to this task cannot be repaired",
                why="the prompt that asks for a correction has no place for what the task shows",
                fix="leave out the repairs, and look at the findings of the check",
            )

    def prompt(self, query: str | Sequence[Message]) -> Prompt:
        """Return the prompt for `query`, with what was retrieved for it, and how likely that answers it.

        Raises:
            PromptError: no prompt can be made.
        """
        request, _ = split_request(query)
        return self._first(query, request)[0]

    def prompt_after(self, query: str | Sequence[Message], answer: str) -> Prompt:
        """Return the prompt of the round after one in which a model answered `query` with `answer`.

        It also has what is retrieved for what that uses; it is that of the first round if the answer is not
        code, or the gate let nothing pass.

        Raises:
            PromptError: no prompt can be made.
        """
        request, _ = split_request(query)
        prompt, found = self._first(query, request)
        draft = read_draft(extract_code(answer)) if found else None
        if draft is None:
            return prompt
        merged = merge_draft(request, found[: self.k], draft, self._look_up, self.k)
        return replace(self._make(query, merged, found[self.k :]), confidence=prompt.confidence)

    def __call__(self, query: str | Sequence[Message]) -> Completion:
        """Return what the generator answers to `query`, in the last of its rounds.

        With a `check`, its code is checked, and repaired if that is asked for.

        Raises:
            RagError: the libraries that the code is checked against cannot be read.
            GeneratorError: the generator fails, or there is none.
            PromptError: no prompt can be made.
        """
        generator = self._generator()
        request, _ = split_request(query)
        prompt, found = self._first(query, request)
        hits, further = found[: self.k], found[self.k :]
        probability, made = prompt.confidence, 1
        completion = self.task.answer_of(complete(generator, prompt))
        while hits and made < self.rounds:
            draft = read_draft(completion.code)
            if draft is None:
                break
            merged = merge_draft(request, hits, draft, self._look_up, self.k)
            better = self._make(query, merged, further)
            if better.messages == prompt.messages:
                break
            prompt, made = better, made + 1
            completion = self.task.answer_of(complete(generator, prompt))
        completion = replace(completion, rounds=made, confidence=probability)
        return self._checked(query, prompt, completion, self.repairs)

    def sample(self, query: str | Sequence[Message], number: int) -> Completion:
        """Return the answer with a number, 0 or more: each has another seed. Raises as a call does."""
        generator = self.generator
        sampling = getattr(generator, "sampling", None)
        if number == 0 or generator is None or not isinstance(sampling, Sampling):
            return self(query)
        return replace(self, generator=with_seed(generator, sampling.seed + number))(query)

    def stream(self, query: str | Sequence[Message]) -> PythonGenerator[str, None, Completion]:
        """Yield the answer to `query` while it comes, and return it: the first one, which is only checked.

        It is that of one round without repairs, whatever `rounds` and `repairs` say.

        Raises:
            GeneratorError: the generator fails, or there is none.
            PromptError: no prompt can be made.
        """
        generator, prompt = self._generator(), self.prompt(query)
        completion = self.task.answer_of((yield from stream(generator, prompt)))
        return self._checked(query, prompt, replace(completion, confidence=prompt.confidence), 0)

    def prompts(
        self,
        queries: Iterable[str | Sequence[Message]],
        *,
        processes: int = 1,
        progress: BatchProgress | None = None,
    ) -> PythonGenerator[Prompt | RagError, None, None]:
        """Yield the prompt for each query, in order, or the error of one for which none can be made.

        Args:
            queries: are read as prompts are taken, a few ahead.
            processes: number of processes that make prompts, 1 for this one alone; each takes a second to
                start and opens the index itself. What they cannot do is done in this one: all of it for an
                index in memory, or with a `count_tokens` that cannot be pickled.
            progress: called with the number of prompts that were made, and that of the queries, if it is
                known.
        """
        counter = self._counter  # that of the generator, which stays behind
        only_prompts = replace(self, generator=None, check=None, repairs=0, count_tokens=counter)
        return ask_in_processes(only_prompts.prompt, queries, self.index, processes, progress)

    def batch(
        self,
        queries: Iterable[str | Sequence[Message]],
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
        progress: BatchProgress | None = None,
    ) -> PythonGenerator[Completion | RagError, None, None]:
        """Yield the answer to each query, in order, or the error of one that could not be answered.

        Args:
            queries: are read as answers are taken, a few ahead.
            concurrency: number of queries that are answered at a time, in threads. A local model takes turns.
            progress: called with the number of answers, and that of the queries, if it is known.
        """
        return ask_in_threads(self, queries, concurrency, progress)

    def _checked(
        self, query: str | Sequence[Message], prompt: Prompt, completion: Completion, repairs: int
    ) -> Completion:
        """Return an answer with what a check of it found, or one that was corrected by that."""
        if self.check is None:
            return completion
        turns = (repairs, self.max_tokens, self._counter)
        corrected = Corrector(self._generator(), self.check, self._look_up, *turns)(query, prompt, completion)
        return replace(corrected, rounds=completion.rounds, confidence=completion.confidence)

    @property
    def _counter(self) -> TokenCounter:
        return self.count_tokens or counter_for(self.generator)

    def _generator(self) -> Generator:
        if self.generator is None:
            raise GeneratorError(
                "there is no generator to answer",
                why="this DocPrompter was made without one, which is enough for its prompts only",
                fix="give it one: DocPrompter(index, open_generator(...)), or any callable",
            )
        return self.task.generator_of(self.generator)

    def _first(self, query: str | Sequence[Message], request: str) -> tuple[Prompt, list[Hit]]:
        """Return the prompt of the first round, and the hits that the gate let pass."""
        asked = self.task.query_of(request)
        found = retrieve(self.index, asked, self.k + self.further, self.task.search_of(self.search))
        probability = confidence(found[: self.k])
        passed = found if probability >= self.gate else []
        made = self._make(query, passed[: self.k], passed[self.k :])
        gated = () if passed else tuple(LeftOutHit(hit, "gate") for hit in found[: self.k])
        return replace(made, confidence=probability, left_out=made.left_out + gated), passed

    def _look_up(self, request: str, k: int) -> list[Hit]:
        # Without the reranker: a draft takes many searches, and merging gives every hit a new score. And
        # without the regular expression, which is about the request.
        search = self.task.search_of(replace(self.search, reranker=None, pattern=""))
        return retrieve(self.index, request, k, search)

    def _make(
        self, query: str | Sequence[Message], hits: Sequence[Hit], further: Sequence[Hit] = ()
    ) -> Prompt:
        kept = self._trusted(hits)
        made = make_task_prompt(
            query,
            kept,
            self._task_of(query),
            template=self.template,
            max_tokens=self.max_tokens,
            count_tokens=self._counter,
            further=further,
        )
        refused = (LeftOutHit(hit, "reads like instructions") for hit in hits if suspicious_words(hit))
        return replace(made, left_out=(*made.left_out, *refused)) if len(kept) < len(hits) else made

    def _task_of(self, query: str | Sequence[Message]) -> PromptTask:
        """Return the task with the examples for this request."""
        if self.few_shot is None:
            return self.task
        request, _ = split_request(query)
        examples = self.few_shot.material(
            request, lambda code, k: self._trusted(self._look_up(code, k)), self.index.encoder
        )
        return replace(self.task, material=(*self.task.material, *examples))

    def _trusted(self, hits: Sequence[Hit]) -> list[Hit]:
        return [hit for hit in hits if self.untrusted == "mark" or not suspicious_words(hit)]
