"""The step of a run that repairs first samples: with what, and what is kept of it."""

import sys
from collections.abc import Callable

from corpora.errors import MissingExtra, RagError
from rag.checking.check import CodeCheck
from rag.checking.inference.ty import has_ty
from rag.evaluation.judge import Job, judge
from rag.evaluation.repair import Repaired, Repairer, log_lines
from rag.evaluation.repair.trial import stages_of
from rag.evaluation.run.evaluation import Evaluation
from rag.evaluation.run.records import RepairedSample, StageByFindings
from rag.evaluation.sample import Sample
from rag.evaluation.task import Task
from rag.execution import Sandbox, Verdict
from rag.generators.completion import Generator
from rag.retrieval.second_round import Search


class RepairStep:
    """Makes the repairer of a task, and the record of what it did.

    Answers are checked against the environment that they run in, which has the libraries that the task
    requires, at its versions, and what these need.

    Args:
        evaluation: what is evaluated.

    Raises:
        MissingExtra: answers are to be checked, and types cannot be inferred.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._checks: dict[str, CodeCheck] = {}
        settings = evaluation.settings
        self._finds = bool(settings.repair) and "findings" in stages_of(settings.feedback)
        if self._finds and not has_ty():
            raise MissingExtra("ty", "check")

    def repairer(self, task: Task, generator: Generator, search: Search | None) -> Repairer:
        """Return the repairer of a task. Raises `RagError` if nothing is known of what answers run in."""
        settings = self._evaluation.settings
        sandbox = self._evaluation.sandbox_of(task)
        return Repairer(
            generator,
            sandbox,
            search,
            settings.repair,
            settings.turns,
            settings.feedback,
            max_tokens=settings.max_prompt_tokens,
            check=self._check_in(sandbox) if self._finds else None,
        )

    def _check_in(self, sandbox: Sandbox) -> CodeCheck:
        if sandbox.python is None and sandbox.isolation.startswith("container"):
            raise RagError(
                "answers cannot be checked against what a container has",
                why="its packages are not read",
                fix="name an environment with --python, or use --isolation bwrap",
            )
        python = sandbox.python or sys.prefix
        return self._checks.setdefault(python, CodeCheck(python=python))

    def record(
        self, task: Task, sample: Sample, first: Verdict, repaired: Repaired, job_of: Callable[[str], Job]
    ) -> RepairedSample:
        """Return what is kept of a repair, its answers judged by the tests.

        Args:
            task: that the sample answers.
            sample: as it was before.
            first: the verdict on it.
            repaired: what the repair came to.
            job_of: returns how an answer is judged.
        """
        sandbox = self._evaluation.sandbox_of(task)
        verdict = judge(job_of(repaired.sample.answer), sandbox)
        verdicts = {sample.answer: first, repaired.sample.answer: verdict}
        stage, kept = repaired.by_findings, None
        if stage is not None:
            known = verdicts.get(stage.answer)
            after = known if known is not None else judge(job_of(stage.answer), sandbox)
            kept = StageByFindings(
                stage.before, stage.after, stage.unchecked, stage.turns, stage.stopped, stage.answer, after
            )
        asked = [turn for turn in repaired.turns if turn.step in ("repair", "plan")]
        return RepairedSample(
            task.task_id,
            sample.context,
            sample.number,
            repaired.sample.answer,
            repaired.stopped,
            verdict,
            tuple(log_lines(repaired)),
            kept,
            len(asked),
            _sum([turn.prompt_tokens for turn in asked]),
            _sum([turn.completion_tokens for turn in asked]),
        )


def _sum(counts: list[int | None]) -> int | None:
    """Return the sum; None if one of them is not known."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
