"""The log of a repair: what was asked, answered and run in each turn."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from rag.evaluation.repair.trial import FeedbackMode, Ran
from rag.evaluation.sample import Sample
from rag.execution import Verdict

Step = Literal["sample", "plan", "repair"]
"""What a turn made: nothing (it tries the sample that there was), a plan, or another answer."""

Stopped = Literal[
    "passed", "gave the same answer again", "turns used up", "generator failed", "prompt too long"
]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn.

    Args:
        number: 0 for the sample as it was, and for the plan.
        step: what it made.
        prompt: all that the generator was given, the system message first.
        text: all that it wrote.
        answer: the part of it that was run; empty of a plan.
        ran: what was run of it.
        verdict: what came of that; None of a plan, and of an answer that was run before.
        names: what the last error is about and was looked up.
        passages: where the passages in the prompt stand, as `corpus: location`.
    """

    number: int
    step: Step
    prompt: str
    text: str
    answer: str
    ran: Ran
    verdict: Verdict | None
    names: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repaired:
    """What came of a sample.

    Args:
        sample: the last answer, which is the sample itself if that passed or nothing else was made.
        turns: the log, the sample as it was first.
        stopped: why there are no more.
        strategy: by its name.
        feedback: what the turns learned from. A score of samples that were repaired by "tests" is not one of
            the task as it is.
        error: what the generator or the prompt failed with, or empty.
    """

    sample: Sample
    turns: tuple[Turn, ...]
    stopped: Stopped
    strategy: str
    feedback: FeedbackMode
    error: str = ""

    @property
    def passed(self) -> bool:
        """Whether the last answer passed what was run for feedback; in the mode "visible", not its tests."""
        return self.stopped == "passed"


def log_lines(repaired: Repaired) -> Iterator[str]:
    """The log as JSON, a line for each turn, each with the sample it belongs to and the mode of feedback."""
    sample = repaired.sample
    about = {
        "task_id": sample.task_id,
        "context": sample.context,
        "sample": sample.number,
        "strategy": repaired.strategy,
        "feedback": repaired.feedback,
    }
    for turn in repaired.turns:
        last = turn is repaired.turns[-1]
        end = {"stopped": repaired.stopped, "error": repaired.error} if last else {}
        yield json.dumps(about | asdict(turn) | end)
