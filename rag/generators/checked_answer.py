"""What a check of an answer found, and the turns in which it was corrected by that."""

from dataclasses import dataclass
from typing import Literal

from rag.checking.finding import CheckReport

WhyStopped = Literal[
    "only checked", "no errors", "not checked", "gave the same answer again", "turns used up", "asking failed"
]


@dataclass(frozen=True, slots=True)
class CheckedTurn:
    """An answer on the way to the one that was given.

    Args:
        number: 0 for the first answer; of later ones, how often the generator had been asked again.
        prompt: the whole text that the generator was given.
        text: the whole text that it wrote.
        code: the code in it, which was checked.
        report: what the check found.
        names: names of the findings before that were looked up.
        passages: locations of the passages in the prompt, as `corpus: location`.
        prompt_tokens: tokens of the prompt, by the model's own count; None if the backend does not say.
        completion_tokens: tokens of the answer, likewise.
    """

    number: int
    prompt: str
    text: str
    code: str
    report: CheckReport
    names: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """The check of the answer that was given.

    Args:
        report: what it found, with `answer` as the path.
        turns: all answers, the first one included.
        chosen: the number of the turn whose answer was given.
        stopped: why the generator was not asked again.
        error: what failed when it was; empty if nothing did.
    """

    report: CheckReport
    turns: tuple[CheckedTurn, ...] = ()
    chosen: int = 0
    stopped: WhyStopped = "only checked"
    error: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether all of the answer was checked, and nothing was found that fails."""
        errors = any(finding.severity == "error" for finding in self.report.findings)
        return not errors and not self.report.unchecked
