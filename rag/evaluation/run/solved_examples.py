"""The solved examples in the prompt of a task: none that holds the task itself."""

from collections.abc import Callable

from indexers.encoders.encoder import Encoder
from rag.evaluation.leakage.fingerprint import fingerprint, word_list
from rag.evaluation.task import Task
from rag.retrieval.second_round import Search
from rag.tasks.example_file import FewShotExample
from rag.tasks.few_shot import FewShot
from rag.tasks.task import PLAIN_TASK, PromptTask


def with_examples(
    few_shot: FewShot | None, task: Task, search: Search | None, encoder: Encoder | None
) -> PromptTask:
    """Return what a prompt of `task` shows beside passages: examples, if there are any to choose from.

    Args:
        few_shot: chooses them; None for no examples.
        task: what they must not hold.
        search: finds documentation of examples; None to show them without any, as where nothing is retrieved.
        encoder: compares requests by their meaning; None for words alone.
    """
    if few_shot is None:
        return PLAIN_TASK
    material = few_shot.material(task.intent, search, encoder, holds_task(task), with_docs=search is not None)
    return PromptTask(material=material)


def holds_task(task: Task) -> Callable[[FewShotExample], bool]:
    """Return what tells whether an example holds a task, by the rules for passages or by the same code."""
    known, reference = fingerprint(task), word_list(task.reference)

    def holds(example: FewShotExample) -> bool:
        if reference and word_list(example.code) == reference:
            return True
        words = word_list("\n".join((example.query, example.docs, example.code)))
        return known.overlap(words).reason is not None

    return holds
