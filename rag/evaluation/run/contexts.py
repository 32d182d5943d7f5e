"""The prompts of a task: alone, with passages of the right or the wrong version, or with gold documents."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from corpora.errors import RagError
from corpora.syntax.imported_packages import imported_packages
from indexers.index import Index
from rag.evaluation.gold import GoldDocuments, ranked_ids
from rag.evaluation.leakage import exclude_contaminated
from rag.evaluation.report import ShownPassage
from rag.evaluation.run.documentation_effects import shown_texts
from rag.evaluation.run.records import PromptRecord
from rag.evaluation.run.settings import Settings
from rag.evaluation.run.solved_examples import with_examples
from rag.evaluation.sample import Context
from rag.evaluation.task import Task
from rag.prompting.fence import fence
from rag.prompting.prompt import Prompt
from rag.retrieval.gate import confidence
from rag.retrieval.hit import Hit
from rag.retrieval.retrieve import retrieve
from rag.retrieval.second_round import Search
from rag.tasks.few_shot import FewShot
from rag.tasks.task import make_task_prompt

_SPARE: Final = 10  # hits retrieved in addition, to replace those that are left out as contaminated


@dataclass(frozen=True)
class Contexts:
    """Makes the prompts of a run.

    Args:
        settings: settings of the run.
        index: the index to retrieve from; None if the context "none" is the only one.
        wrong_index: what the context "wrong" retrieves from; None without that context.
        few_shot: chooses solved examples that prompts show, with documentation except in the context "none".

    Raises:
        RagError: a context needs an index, and there is none.
    """

    settings: Settings
    index: Index | None = None
    wrong_index: Index | None = None
    few_shot: FewShot | None = None

    def __post_init__(self) -> None:
        if self.wrong_index is None and "wrong" in self.settings.contexts:
            raise RagError(
                "there is no index of the wrong version",
                why="the context wrong was asked for",
                fix="name an index of another version with --wrong-index",
            )
        if self.index is None and set(self.settings.contexts) - {"none", "wrong"}:
            raise RagError(
                "there is no index to retrieve from",
                why=f"the contexts {', '.join(self.settings.contexts)} were asked for",
                fix="name an index with --index, or ask for --context none",
            )

    def prompt(self, task: Task, context: Context) -> tuple[Prompt, PromptRecord]:
        """Return the prompt of `task`, and its record. The same index gives the same prompt."""
        if context == "none":
            return self._made(task, context, [])
        if context == "oracle":
            return self._oracle(task)
        index = self.wrong_index if context == "wrong" else self.index
        k, further = self.settings.k, self.settings.further
        deep = self._found(retrieval_query(task), k + further, index)
        found = deep[: k + _SPARE]
        kept = self._showable(task, found)
        beyond = self._showable(task, deep)[k : k + further]
        prompt, record = self._made(task, context, kept[:k], beyond)
        return prompt, replace(
            record,
            ranked=tuple(ranked_ids(found, task.gold)),
            excluded=len(found) - len(kept),
            confidence=confidence(kept),
        )

    def without(self, task: Task, left_out: ShownPassage) -> Prompt:
        """Return the prompt with all retrieved passages but one; no other passage takes its place."""
        prompt, _ = self.prompt(task, "retrieved")
        kept = [hit for hit in prompt.hits if ShownPassage.of(hit) != left_out]
        return self._make(task, "retrieved", kept, prompt.listed)

    def search(self, task: Task) -> Search:
        """Return a search of the index for passages that may be shown for `task`, as repair needs it."""
        return self._search_in(self.index, task)

    def _search_in(self, index: Index | None, task: Task) -> Search:
        return lambda query, k: self._showable(task, self._found(query, k, index))[:k]

    def _found(self, query: str, k: int, index: Index | None) -> list[Hit]:
        return retrieve(index, query, k + _SPARE) if index else []

    def _showable(self, task: Task, hits: list[Hit]) -> list[Hit]:
        """Return the hits without those that hold the task itself, unless these are to be kept."""
        return hits if self.settings.keep_contaminated else exclude_contaminated(task, hits)[0]

    @cached_property
    def _documents(self) -> GoldDocuments:
        assert self.index is not None
        return GoldDocuments(self.index)

    def _oracle(self, task: Task) -> tuple[Prompt, PromptRecord]:
        hits = self._documents.hits(task.gold, self.settings.k)
        prompt, record = self._made(task, "oracle", hits)
        ranked, missing = ranked_ids(hits, task.gold), self._documents.missing(task.gold)
        return prompt, replace(record, ranked=tuple(ranked), missing=missing)

    def _made(
        self, task: Task, context: Context, shown: Sequence[Hit], further: Sequence[Hit] = ()
    ) -> tuple[Prompt, PromptRecord]:
        """Return the prompt that shows `shown`, and its record, in which nothing was retrieved yet."""
        prompt = self._make(task, context, shown, further)
        passages = tuple(map(ShownPassage.of, prompt.hits))
        record = PromptRecord(task.task_id, context, prompt.text, passages, texts=shown_texts(prompt))
        return prompt, record

    def _make(self, task: Task, context: Context, hits: Sequence[Hit], further: Sequence[Hit] = ()) -> Prompt:
        index = self.wrong_index if context == "wrong" else self.index
        search = None if context == "none" else self._search_in(index, task)
        return make_task_prompt(
            question(task),
            hits,
            with_examples(self.few_shot, task, search, index.encoder if index else None),
            template=self.settings.template,
            max_tokens=self.settings.max_prompt_tokens,
            further=further,
        )


def retrieval_query(task: Task) -> str:
    """Return what passages are retrieved for: the intent, and the code to continue if it imports anything.

    Imports, annotations and a call that has been begun say which API is meant, as "write a function that
    performs a union" does not. A header alone says nothing that the intent does not.
    """
    is_said = task.intent.strip() in task.shown
    if is_said or not imported_packages(task.shown, task.language):
        return task.intent
    return f"{task.intent}\n{task.shown}"


def question(task: Task) -> str:
    """Return what a generator is asked: the intent, and the code that it has to continue."""
    if not task.shown.strip():
        return task.intent
    intent = f"{task.intent}\n\n" if task.intent.strip() not in task.shown else ""
    code = fence(task.shown.rstrip(), task.language)
    return f"{intent}Complete this code:\n{code}"
