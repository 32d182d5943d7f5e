"""The prompts of a task: with nothing beside it, with what was retrieved, with what answers it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from corpora.errors import RagError
from indexers.index import Index
from rag.evaluation.gold import GoldDocuments, ranked_ids
from rag.evaluation.leakage import exclude_contaminated
from rag.evaluation.report import ShownPassage
from rag.evaluation.run.records import PromptRecord
from rag.evaluation.run.settings import Settings
from rag.evaluation.sample import Context
from rag.evaluation.task import Task
from rag.prompting.fence import fence
from rag.prompting.prompt import Prompt, make_prompt
from rag.retrieval.gate import confidence
from rag.retrieval.hit import Hit
from rag.retrieval.retrieve import retrieve
from rag.retrieval.second_round import Search

_SPARE: Final = 10  # retrieved beyond what is shown: they take the places of those that are left out


@dataclass(frozen=True)
class Contexts:
    """Makes the prompts of a run.

    Args:
        settings: of the run.
        index: where to look; None for the context "none" alone.
    """

    settings: Settings
    index: Index | None = None

    def __post_init__(self) -> None:
        if self.index is None and set(self.settings.contexts) - {"none"}:
            raise RagError(
                "there is no index to retrieve from",
                why=f"the contexts {', '.join(self.settings.contexts)} were asked for",
                fix="name an index with --index, or ask for --context none",
            )

    def prompt(self, task: Task, context: Context) -> tuple[Prompt, PromptRecord]:
        """The prompt of `task`, and the record of it. The same index gives the same prompt."""
        if context == "none":
            return self._made(task, context, [])
        if context == "oracle":
            return self._oracle(task)
        hits = self._found(task.intent, self.settings.k)
        kept = self._showable(task, hits)
        prompt, made = self._made(task, context, kept[: self.settings.k], hits, len(hits) - len(kept))
        return prompt, replace(made, confidence=confidence(kept))

    def without(self, task: Task, left_out: ShownPassage) -> Prompt:
        """The prompt with what was retrieved, but for one passage; nothing takes its place."""
        prompt, _ = self.prompt(task, "retrieved")
        return self._make(task, [hit for hit in prompt.hits if ShownPassage.of(hit) != left_out])

    def search(self, task: Task) -> Search:
        """Looks in the index for what may be shown for `task`, as repair does."""
        return lambda query, k: self._showable(task, self._found(query, k))[:k]

    def _found(self, query: str, k: int) -> list[Hit]:
        return retrieve(self.index, query, k + _SPARE) if self.index else []

    def _showable(self, task: Task, hits: list[Hit]) -> list[Hit]:
        """The hits without those that hold the very task, unless these are to be kept."""
        return hits if self.settings.keep_contaminated else exclude_contaminated(task, hits)[0]

    @cached_property
    def _documents(self) -> GoldDocuments:
        assert self.index is not None
        return GoldDocuments(self.index)

    def _oracle(self, task: Task) -> tuple[Prompt, PromptRecord]:
        hits = self._documents.hits(task.gold, self.settings.k)
        return self._made(task, "oracle", hits, hits, missing=self._documents.missing(task.gold))

    def _made(
        self,
        task: Task,
        context: Context,
        shown: Sequence[Hit],
        found: Sequence[Hit] = (),
        excluded: int = 0,
        missing: tuple[str, ...] = (),
    ) -> tuple[Prompt, PromptRecord]:
        prompt = self._make(task, shown)
        return prompt, PromptRecord(
            task.task_id,
            context,
            prompt.text,
            tuple(map(ShownPassage.of, prompt.hits)),
            tuple(ranked_ids(found, task.gold)),
            excluded=excluded,
            missing=missing,
        )

    def _make(self, task: Task, hits: Sequence[Hit]) -> Prompt:
        return make_prompt(
            question(task),
            hits,
            template=self.settings.template,
            max_tokens=self.settings.max_prompt_tokens,
        )


def question(task: Task) -> str:
    """What a generator is asked: the intent, and the code that it is to go on with."""
    if not task.shown.strip():
        return task.intent
    said = f"{task.intent}\n\n" if task.intent.strip() not in task.shown else ""
    return f"{said}Complete this code:\n{fence(task.shown.rstrip(), task.language)}"
