"""What a run keeps, a kind of record for each of its steps."""

from dataclasses import dataclass
from typing import Any

from rag.evaluation.report import ShownPassage
from rag.evaluation.sample import Context, Sample
from rag.execution import Verdict


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What came of the reference of a task here, and whether there was one."""

    task_id: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Prompted:
    """What a generator was given for a task.

    Args:
        task_id: of the task.
        context: what the prompt held.
        text: the whole prompt.
        passages: what it showed.
        ranked: ids of what was retrieved, best first, shown or not.
        confidence: how likely that was to answer; None where nothing was retrieved.
        excluded: how many passages were left out because they hold the very task.
        missing: ids of gold documents that the index does not have.
    """

    task_id: str
    context: Context
    text: str
    passages: tuple[ShownPassage, ...] = ()
    ranked: tuple[str, ...] = ()
    confidence: float | None = None
    excluded: int = 0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A sample's verdict."""

    task_id: str
    context: Context
    number: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Written:
    """Test cases that the generator wrote for a task."""

    task_id: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sample that a method chose, and where what it was tried on came from."""

    task_id: str
    context: Context
    method: str
    number: int
    origin: str


@dataclass(frozen=True, slots=True)
class Mended:
    """A sample after repair, judged by the tests of its task; `log` has a line of JSON for each turn."""

    task_id: str
    context: Context
    number: int
    answer: str
    stopped: str
    verdict: Verdict
    log: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many of the samples pass without one of the passages."""

    task_id: str
    passage: ShownPassage
    samples: int
    passed: int


def read_calibrated(data: dict[str, Any]) -> Calibrated:
    """A record of its fields, as all of these."""
    return Calibrated(data["task_id"], Verdict(**data["verdict"]))


def read_prompted(data: dict[str, Any]) -> Prompted:
    """Of its fields."""
    passages = tuple(ShownPassage(**passage) for passage in data["passages"])
    lists = {name: tuple(data[name]) for name in ("ranked", "missing")}
    return Prompted(**{**data, **lists, "passages": passages})


def read_sample(data: dict[str, Any]) -> Sample:
    """Of its fields."""
    return Sample(**data)


def read_judged(data: dict[str, Any]) -> Judged:
    """Of its fields."""
    return Judged(**{**data, "verdict": Verdict(**data["verdict"])})


def read_written(data: dict[str, Any]) -> Written:
    """Of its fields."""
    return Written(**data)


def read_chosen(data: dict[str, Any]) -> Chosen:
    """Of its fields."""
    return Chosen(**data)


def read_mended(data: dict[str, Any]) -> Mended:
    """Of its fields."""
    return Mended(**{**data, "verdict": Verdict(**data["verdict"]), "log": tuple(data["log"])})


def read_left_out(data: dict[str, Any]) -> LeftOut:
    """Of its fields."""
    return LeftOut(**{**data, "passage": ShownPassage(**data["passage"])})
