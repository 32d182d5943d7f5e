"""The records that a run keeps: one kind for each of its steps, one line of JSON for each record."""

from dataclasses import dataclass

from rag.evaluation.report import ShownPassage
from rag.evaluation.sample import Context
from rag.execution import Verdict


@dataclass(frozen=True, slots=True)
class ReferenceVerdict:
    """The verdict on the reference solution of a task on this machine."""

    task_id: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PromptRecord:
    """The prompt that a generator is given for a task.

    Args:
        task_id: the task.
        context: what the prompt holds beside the task.
        text: the whole prompt.
        passages: the passages that it shows, best first.
        ranked: ids of the retrieved documents, best first, shown or not.
        confidence: estimated probability that the retrieved passages answer; None without any.
        excluded: number of retrieved passages left out because they hold the task itself.
        missing: ids of gold documents that the index does not have.
        texts: what it shows of each passage; none in runs of older versions.
    """

    task_id: str
    context: Context
    text: str
    passages: tuple[ShownPassage, ...] = ()
    ranked: tuple[str, ...] = ()
    confidence: float | None = None
    excluded: int = 0
    missing: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleVerdict:
    """The verdict on one sample."""

    task_id: str
    context: Context
    number: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class WrittenTests:
    """Test cases that the generator wrote for a task, as text."""

    task_id: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class SelectedSample:
    """The number of the sample that a method selected, and the origin of the calls that it was tried on."""

    task_id: str
    context: Context
    method: str
    number: int
    origin: str


@dataclass(frozen=True, slots=True)
class StageByFindings:
    """What came of a repair by the findings of a check, before anything ran for feedback.

    Args:
        before: number of errors found in the sample.
        after: number of those in the answer that was left.
        unchecked: why the sample was not checked; empty if it was.
        turns: number of answers that the generator was asked for.
        stopped: why there were no more.
        answer: what was left.
        verdict: that of the tests of the task on it.
    """

    before: int
    after: int
    unchecked: str
    turns: int
    stopped: str
    answer: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class RepairedSample:
    """A sample after repair, judged by the tests of its task; `log` has one line of JSON for each turn.

    `by_findings` is None where answers were only run. `turns` counts what the generator was asked for; the
    tokens of that are None where the backend does not say.
    """

    task_id: str
    context: Context
    number: int
    answer: str
    stopped: str
    verdict: Verdict
    log: tuple[str, ...]
    by_findings: StageByFindings | None = None
    turns: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Ablation:
    """How many of so many new samples pass when one passage is left out of the prompt."""

    task_id: str
    passage: ShownPassage
    samples: int
    passed: int
