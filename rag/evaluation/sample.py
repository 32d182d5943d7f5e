"""One answer of a generator to a task, and the contexts in which it is asked."""

from dataclasses import dataclass
from typing import Literal

Context = Literal["none", "retrieved", "wrong", "oracle"]
"""What a prompt holds beside the task.

Nothing, retrieved passages, passages retrieved from an index of another version, or the gold documents that
answer it.
"""

CONTEXTS: tuple[Context, ...] = ("none", "retrieved", "wrong", "oracle")


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
        finish: why generation ended, in the words of the backend; empty where it is unknown.
        prompt_tokens: tokens of the prompt, by the model's own count; None where it is unknown.
        completion_tokens: tokens of the text, thoughts included, likewise.
        failure: why there is no answer, which is wrong then; empty where there is one.
        left_out: sampling parameters that the backend does not take, and that it was made without.
    """

    task_id: str
    context: Context
    number: int
    text: str
    answer: str
    log_likelihood: float | None = None
    finish: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    failure: str = ""
    left_out: tuple[str, ...] = ()
