"""A run small enough to keep in mind: four tasks with two samples each, of which some pass."""

import json
from collections.abc import Mapping
from pathlib import Path

from rag.evaluation.report import (
    Attribution,
    ContextResult,
    FailingCase,
    GateEffect,
    PassageEffect,
    RunResult,
    ShownPassage,
    TaskOutcome,
    to_json,
)
from rag.evaluation.run.folder import RUN_FORMAT

PASSAGES = (
    ShownPassage(1, "numpy.sum", "docs: numpy/sum.html", 0.75),
    ShownPassage(2, "numpy.mean", "docs: numpy/mean.html", 0.5),
    ShownPassage(3, "numpy.ptp", "docs: numpy/ptp.html", 0.25),
)


def outcomes(passed: Mapping[str, int], repaired: float = 1.0) -> tuple[TaskOutcome, ...]:
    """Return outcomes with two samples per task; the first two tasks are about numpy, the others about re."""
    return tuple(
        TaskOutcome(
            task_id,
            2,
            count,
            steps={"repaired": repaired},
            text={"chrF": 40.0 + number},
            groups={"library": ("numpy" if number < 2 else "re",)},
            excluded_passages=number % 2,
        )
        for number, (task_id, count) in enumerate(passed.items())
    )


NONE = ContextResult("none", outcomes({"t1": 0, "t2": 1, "t3": 2, "t4": 0}, repaired=0.5), {"BLEU": 12.5})
RETRIEVED = ContextResult("retrieved", outcomes({"t1": 2, "t2": 1, "t3": 2, "t4": 1}), {"BLEU": 25.0})


def case(
    answer: str = "np.summ(a)", *, task_id: str = "t1", error: str = "AttributeError: summ"
) -> FailingCase:
    """Return a failing sample."""
    return FailingCase(
        task_id,
        "none",
        0,
        "sum an array",
        "Sum an array.",
        answer,
        f"a = 1\n{answer}",
        "error",
        error,
        PASSAGES,
        "np.sum(a)",
    )


RUN = RunResult(
    "runs/small",
    {"dataset": "small", "generator": {"backend": "echo", "stop": ["\n\n", "def "]}, "seed": 0, "gate": None},
    (NONE, RETRIEVED),
    {"no module named 'torch'": ("t5", "t6"), "times out": ("t7",)},
    (case(), case("re.matsch(s)", task_id="t4")),
    GateEffect(0.1, 3, ("t1",), ()),
    (Attribution("t2", 0.5, tuple(map(PassageEffect, PASSAGES, (0.0, 0.5, 1.0)))),),
    {"t1": "sum an array", "t2": "find the mean", "t7": "wait for a reply"},
)


def write_run(folder: Path) -> None:
    """Write the run into a folder, as `rag eval` does."""
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"format_version": RUN_FORMAT, "command": ["eval"]}))
    (folder / "result.json").write_text(to_json(RUN))
