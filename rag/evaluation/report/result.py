"""The record of a finished run: all that a report of it says, and nothing that it could compute."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from rag.evaluation.sample import Context
from rag.execution.program import Status
from rag.prompting.fence import safe_line
from rag.retrieval.hit import Hit

NO_LIKELIHOOD: Final = "samples without a log-likelihood"
"""Key of the manifest of a result: how many samples a selection by likelihood could not compare."""

Effect = Literal["helped", "hurt", "no change"]


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What came of the samples of one task in one context.

    Args:
        task_id: of the task.
        samples: how many were judged; 0 for a task without tests, which has scores of text only.
        passed: how many of them passed.
        steps: pass@1 after a further step, 0 to 1, by the name of the step ("repaired", "selected"); the
            same names for all tasks of a context.
        text: scores of the answer as text, by their name.
        retrieval: scores of what was retrieved, by their name.
        groups: for each way to break the scores down ("library", "date"), the groups that the task is in.
        excluded_passages: how many retrieved passages were left out because they hold its answer.
    """

    task_id: str
    samples: int
    passed: int
    steps: Mapping[str, float] = field(default_factory=dict)
    text: Mapping[str, float] = field(default_factory=dict)
    retrieval: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excluded_passages: int = 0


@dataclass(frozen=True, slots=True)
class ContextResult:
    """The outcomes of all scored tasks in one context.

    `corpus_scores` are those that are defined over all answers together, as BLEU is: they are no mean of
    scores of tasks and have no interval here.
    """

    context: Context
    outcomes: tuple[TaskOutcome, ...]
    corpus_scores: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len({task.task_id for task in self.outcomes}) < len(self.outcomes):
            raise ValueError(f"two tasks have the same id in the context {self.context}")


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage that a prompt held: its 1-based rank, what it documents, where it stands, its score."""

    rank: int
    title: str
    source: str
    score: float

    @classmethod
    def of(cls, hit: Hit) -> "ShownPassage":
        """What a report says of `hit`."""
        chunk = hit.chunk
        title = safe_line(chunk.symbol or chunk.scope or chunk.origin.path)
        return cls(hit.rank, title, safe_line(f"{chunk.origin.corpus}: {chunk.location}"), hit.score)


@dataclass(frozen=True, slots=True)
class FailingCase:
    """A sample that did not pass: what was asked, what was answered, and what came of it.

    Args:
        task_id: of the task.
        context: what the prompt held.
        sample: its number.
        intent: what was asked, in words.
        prompt: the whole prompt as the generator got it.
        answer: what the generator answered.
        program: what was run, tests included.
        status: of the verdict; `error`: its detail and, where there is one, the traceback.
        passages: what the prompt showed, in its order.
    """

    task_id: str
    context: Context
    sample: int
    intent: str
    prompt: str
    answer: str
    program: str
    status: Status
    error: str
    passages: tuple[ShownPassage, ...] = ()


@dataclass(frozen=True, slots=True)
class GateEffect:
    """What the gate changed: tasks that pass only because passages were left out, or would pass with them.

    `threshold` is the confidence below which nothing is shown; `closed` counts the tasks where it was.
    """

    threshold: float
    closed: int
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PassageEffect:
    """A passage, and the share of samples that pass `without` it."""

    passage: ShownPassage
    without: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """Which passages helped a task: each is left out once, and the task generated and run again.

    `together` is the share of samples that pass with all of them.
    """

    task_id: str
    together: float
    passages: tuple[PassageEffect, ...]

    def effect(self, passage: PassageEffect) -> Effect:
        """What the passage did, judged by leaving it out."""
        if passage.without == self.together:
            return "no change"
        return "helped" if passage.without < self.together else "hurt"


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run.

    Args:
        name: of the run, as its folder.
        manifest: what it was made of (data hash, index generation, templates, generator settings, sandbox,
            versions, seed): texts, numbers, lists of them, and mappings of the same.
        contexts: in the order of columns.
        environment_failures: for each reason, the ids of the tasks whose reference fails here; left out.
        failing: those to be shown, in this order.
        gate: what the gate changed; None without one.
        attributions: of the tasks for which they were asked.
    """

    name: str
    manifest: Mapping[str, Any]
    contexts: tuple[ContextResult, ...]
    environment_failures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failing: tuple[FailingCase, ...] = ()
    gate: GateEffect | None = None
    attributions: tuple[Attribution, ...] = ()

    @property
    def excluded_passages(self) -> dict[Context, int]:
        """How many contaminated passages were left out in each context."""
        return {one.context: sum(task.excluded_passages for task in one.outcomes) for one in self.contexts}


def flat(manifest: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """The manifest as lines: `{"generator": {"seed": 0}}` -> `{"generator.seed": "0"}`, in its order."""
    lines: dict[str, str] = {}
    for key, value in manifest.items():
        if isinstance(value, Mapping):
            lines |= flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            lines[f"{prefix}{key}"] = ", ".join(map(str, value))
        else:
            lines[f"{prefix}{key}"] = str(value)
    return lines
