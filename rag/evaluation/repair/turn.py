"""The log of a repair: what was asked, answered and run in each turn."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from rag.checking.finding import Finding
from rag.evaluation.repair.trial import FeedbackMode, Ran
from rag.evaluation.sample import Sample
from rag.execution import Verdict

TurnKind = Literal["sample", "plan", "repair", "run"]
"""What a turn made: nothing new (it tried the sample; after findings, it ran the answer that was left of
these), a plan, or another answer."""

Stopped = Literal[
    "passed", "gave the same answer again", "turns used up", "generator failed", "prompt too long"
]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a repair.

    Args:
        number: 1 and above; 0 for the sample as it was, and for the plan.
        step: what the turn made.
        prompt: the whole text that the generator was given, system message first.
        text: the whole text that it wrote.
        answer: the part of `text` that was run; empty for a plan.
        ran: what was run of the answer.
        verdict: the result; None for a plan, and for an answer that was not run, or had been before.
        names: names of the last error that were looked up.
        passages: locations of the passages in the prompt, as `corpus: location`.
        findings: the errors that a check found in the answer.
        unchecked: why the answer was not checked, where it should have been; empty if it was.
        prompt_tokens: tokens of the prompt, by the model's own count; None where it is unknown, and for what
            was not asked for here.
        completion_tokens: tokens of `text`, likewise.
    """

    number: int
    step: TurnKind
    prompt: str
    text: str
    answer: str
    ran: Ran
    verdict: Verdict | None
    names: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    unchecked: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class FindingsStage:
    """What came of a repair by findings, before anything ran.

    Args:
        before: number of errors found in the sample.
        after: number of those in the answer that was left: of all, that with the fewest.
        answer: this answer.
        unchecked: why the sample was not checked; empty if it was.
        turns: number of answers that were asked for.
        stopped: why there were no more turns.
    """

    before: int
    after: int
    answer: str
    unchecked: str
    turns: int
    stopped: Stopped


@dataclass(frozen=True, slots=True)
class Repaired:
    """The result of a repair.

    Args:
        sample: the last answer; the sample itself if it passed or no other answer was made.
        turns: the log; its first turn ran the sample as it was.
        stopped: why there are no more turns.
        strategy: name of the strategy.
        feedback: what the turns learned from. With "tests", a score is not one of the task as it stands.
        error: message of the generator or prompt that failed; empty otherwise.
        by_findings: what came of findings; None where there was no check.
    """

    sample: Sample
    turns: tuple[Turn, ...]
    stopped: Stopped
    strategy: str
    feedback: FeedbackMode
    error: str = ""
    by_findings: FindingsStage | None = None

    @property
    def passed(self) -> bool:
        """Return whether the last answer passed what was run for feedback; see `FeedbackMode`."""
        return self.stopped == "passed"


def log_lines(repaired: Repaired) -> Iterator[str]:
    """Yield the log as JSON, one line for each turn, each with its sample, strategy and feedback mode."""
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
