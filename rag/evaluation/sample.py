"""One answer of a generator to a task, and the contexts in which it is asked."""

from dataclasses import dataclass
from typing import Literal

Context = Literal["none", "retrieved", "oracle"]
"""What a prompt holds beside the task: nothing, retrieved passages, or the gold documents that answer it."""

CONTEXTS: tuple[Context, ...] = ("none", "retrieved", "oracle")


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer of a generator.

    Args:
        task_id: the task that it answers.
        context: what the prompt held beside the task.
        number: number of the sample, 0 to n - 1.
        text: the whole text that the generator wrote.
        answer: the part of it that takes the place of the reference.
        log_likelihood: mean natural logarithm of its tokens' probabilities; None where it is unknown.
    """

    task_id: str
    context: Context
    number: int
    text: str
    answer: str
    log_likelihood: float | None = None
