"""The record of a finished run: everything that a report needs and cannot compute itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from rag.evaluation.intervals import SIGNIFICANT, fisher_p, sign_test_p
from rag.evaluation.report.repair_counts import RepairCounts
from rag.evaluation.sample import Context
from rag.execution.program import Language, VerdictStatus
from rag.generators.usage import GeneratorUsage
from rag.prompting.fence import safe_line
from rag.retrieval.hit import Hit

NO_LIKELIHOOD: Final = "samples without a log-likelihood"
"""Key of the manifest of a result: how many samples a selection by likelihood could not compare."""

Effect = Literal["helped", "hurt", "no change"]


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """The outcome of the samples of one task in one context.

    Args:
        task_id: the task.
        samples: number of samples that were judged; 0 for a task without tests, which has only text scores.
        passed: how many of them passed.
        steps: name of a further step ("repaired", "selected") -> pass@1 after it, 0 to 1; the same names
            for all tasks of a context.
        text: name -> score of the first answer as text.
        retrieval: name -> score of the retrieved documents.
        groups: way to group tasks ("library", "group") -> the groups that the task is in.
        excluded_passages: number of retrieved passages left out because they hold the answer.
        versions: the libraries that it is about, with the versions that it pins: `numpy 1.25.0`.
    """

    task_id: str
    samples: int
    passed: int
    steps: Mapping[str, float] = field(default_factory=dict)
    text: Mapping[str, float] = field(default_factory=dict)
    retrieval: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excluded_passages: int = 0
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """What is known of the answers in a context, beside whether they pass.

    Args:
        missing: reason -> number of answers without code, such as refusals and empty ones; all are wrong.
        cut: number of answers that the limit of tokens cut off, with code or without.
        mean_tokens: mean length of those whose length is known, in the model's tokens; None without any.
        left_out: sampling parameter -> number of answers made without it, since the backend refuses it.
    """

    missing: Mapping[str, int] = field(default_factory=dict)
    cut: int = 0
    mean_tokens: float | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContextResult:
    """The outcomes of all scored tasks in one context.

    `corpus_scores` are defined over all answers together, as BLEU is: they are not means over tasks, and have
    no interval here. `repairs` is None where nothing was repaired.

    Raises:
        ValueError: two outcomes have the same task.
    """

    context: Context
    outcomes: tuple[TaskOutcome, ...]
    corpus_scores: Mapping[str, float] = field(default_factory=dict)
    answers: AnswerCounts = AnswerCounts()
    repairs: RepairCounts | None = None

    def __post_init__(self) -> None:
        if len({task.task_id for task in self.outcomes}) < len(self.outcomes):
            raise ValueError(f"two tasks have the same id in the context {self.context}")


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage of a prompt: its rank, 1 and above, what it documents, its location, and its score.

    `version` is what it is true of, such as `pandas 2.2.3`; empty where that is unknown. Runs of older
    versions did not keep it, so passages are the same without it.
    """

    rank: int
    title: str
    source: str
    score: float
    version: str = field(default="", compare=False)

    @classmethod
    def of(cls, hit: Hit) -> "ShownPassage":
        """Return what a report says of `hit`."""
        chunk = hit.chunk
        title = safe_line(chunk.symbol or chunk.scope or chunk.origin.path)
        origin = chunk.origin
        version = safe_line(f"{origin.library} {origin.version}") if origin.version else ""
        source = safe_line(f"{origin.corpus}: {chunk.location}")
        return cls(hit.rank, title, source, hit.score, version)


@dataclass(frozen=True, slots=True)
class FailingCase:
    """A sample that did not pass: the question, the answer, and its error.

    Args:
        task_id: the task.
        context: what the prompt held beside the task.
        sample: number of the sample.
        intent: what was asked, in words.
        prompt: the whole prompt as the generator got it.
        answer: the code taken from the generator's text.
        program: the program that was run, tests included.
        status: status of the verdict.
        error: detail of the verdict, and the traceback if there is one.
        passages: the passages of the prompt, in its order.
        reference: the right answer of the data set; empty without one.
        language: "python" or "bash".
    """

    task_id: str
    context: Context
    sample: int
    intent: str
    prompt: str
    answer: str
    program: str
    status: VerdictStatus
    error: str
    passages: tuple[ShownPassage, ...] = ()
    reference: str = ""
    language: Language = "python"


@dataclass(frozen=True, slots=True)
class GateEffect:
    """The effect of the gate: tasks gained or lost because their passages were not shown.

    `threshold` is the confidence below which no passage is shown; `closed` is the number of such tasks.
    """

    threshold: float
    closed: int
    gained: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def is_significant(self) -> bool:
        """Whether so many changes in one direction are more than chance."""
        return sign_test_p(len(self.gained), len(self.lost)) < SIGNIFICANT


@dataclass(frozen=True, slots=True)
class PassageEffect:
    """A passage, and the share of samples that pass `without` it, 0 to 1."""

    passage: ShownPassage
    without: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """The effect of each passage on a task, measured by answering it again without that passage.

    `together` is the share of samples that pass with all passages, 0 to 1. There were `samples` of them, and
    as many without each passage; 0 where the number is unknown.
    """

    task_id: str
    together: float
    passages: tuple[PassageEffect, ...]
    samples: int = 0

    def effect(self, passage: PassageEffect) -> Effect:
        """Return whether the passage helped, hurt or changed nothing."""
        if passage.without == self.together:
            return "no change"
        return "helped" if passage.without < self.together else "hurt"

    def is_significant(self, passage: PassageEffect) -> bool:
        """Return whether the effect of the passage is more than chance."""
        first, second = (round(share * self.samples) for share in (self.together, passage.without))
        return self.samples > 0 and fisher_p(first, second, self.samples) < SIGNIFICANT


@dataclass(frozen=True, slots=True)
class NamingPassage:
    """A passage of a prompt, and which of the names that the passing answer uses stand in it."""

    passage: ShownPassage
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedTask:
    """A task of which a different share of the answers passes with passages.

    Args:
        task_id: the task.
        before: share of the answers that pass without passages, 0 to 1.
        after: share of those that pass with them.
        used: names of libraries that the first passing answer of the better side uses.
        passages: those of the prompt, in its order.
    """

    task_id: str
    before: float
    after: float
    used: tuple[str, ...] = ()
    passages: tuple[NamingPassage, ...] = ()

    @property
    def is_better(self) -> bool:
        """Whether more answers pass with passages."""
        return self.after > self.before


@dataclass(frozen=True, slots=True)
class DocumentationEffect:
    """The tasks that the passages of a context changed, the greatest changes first."""

    context: Context
    changed: tuple[ChangedTask, ...]


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of a finished run.

    Args:
        name: name of the run: that of its folder.
        manifest: what the run was made of (data hash, index generation, templates, generator settings,
            sandbox, versions, seed): texts, numbers, lists of them, and mappings of these.
        contexts: results in each context, in the order of the columns.
        environment_failures: reason -> ids of the tasks whose reference fails here, which are left out.
        failing: failing cases to be shown, in this order.
        gate: the effect of the gate; None without one.
        attributions: effects of passages, for the tasks of which they were measured.
        requests: id of a task -> the first words of what it asks.
        effects: what passages changed, for each context that shows any, where there are answers without them.
        usage: what the generator was asked for all of it, by the records of the run; None where it was not.
    """

    name: str
    manifest: Mapping[str, Any]
    contexts: tuple[ContextResult, ...]
    environment_failures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failing: tuple[FailingCase, ...] = ()
    gate: GateEffect | None = None
    attributions: tuple[Attribution, ...] = ()
    requests: Mapping[str, str] = field(default_factory=dict)
    effects: tuple[DocumentationEffect, ...] = ()
    usage: GeneratorUsage | None = None

    @property
    def excluded_passages(self) -> dict[Context, int]:
        """Number of contaminated passages that were left out in each context."""
        return {one.context: sum(task.excluded_passages for task in one.outcomes) for one in self.contexts}


def flat(manifest: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the manifest without nesting: `{"generator": {"seed": 0}}` -> `{"generator.seed": "0"}`."""
    lines: dict[str, str] = {}
    for key, value in manifest.items():
        if isinstance(value, Mapping):
            lines |= flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            lines[f"{prefix}{key}"] = ", ".join(map(str, value))
        else:
            lines[f"{prefix}{key}"] = str(value)
    return lines
