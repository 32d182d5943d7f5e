"""One answer of a generator to a task, and the contexts in which it is asked."""

from dataclasses import dataclass
from typing import Literal

Context = Literal["none", "retrieved", "oracle"]
"""What the prompt holds beside the task: nothing, what was retrieved, or the documents that answer it."""

CONTEXTS: tuple[Context, ...] = ("none", "retrieved", "oracle")


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer of a generator.

    Args:
        task_id: of the task.
        context: what the prompt held.
        number: 0 to n - 1.
        text: all that the generator wrote.
        answer: the part of it that takes the place of the reference.
        log_likelihood: mean natural logarithm of its tokens' probabilities; None where nobody tells.
    """

    task_id: str
    context: Context
    number: int
    text: str
    answer: str
    log_likelihood: float | None = None
