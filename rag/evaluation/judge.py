"""Judge answers by running their checks: the one place that decides whether an answer is right."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import NamedTuple

from rag.batches.in_order import run_in_order
from rag.evaluation.task import Check, Task
from rag.execution import Program, Sandbox, Verdict


class Job(NamedTuple):
    """An answer to be judged, and the time limit of each of its programs; None for that of the sandbox."""

    task: Task
    answer: str
    timeout_seconds: float | None = None


class Judgement(NamedTuple):
    """The check that decided (the first that failed, else the last), and its verdict."""

    check: Check
    verdict: Verdict


def run_checks(checks: Sequence[Check], sandbox: Sandbox) -> Judgement:
    """Run `checks` up to the first that fails. Without any, the verdict is "error": nothing shows it right.

    The seconds of the verdict are those of the slowest check.
    """
    judged = Judgement(
        Check(Program("")), Verdict("error", "there is nothing to run", "", "", 0.0, sandbox.isolation)
    )
    for check in checks:
        verdict = _with_output(check, sandbox.run(check.program))
        seconds = max(judged.verdict.seconds, verdict.seconds)
        judged = Judgement(check, replace(verdict, seconds=seconds))
        if not judged.verdict.passed:
            break
    return judged


def unrunnable(reason: str) -> Verdict:
    """Return the verdict on a program that cannot run on this machine."""
    return Verdict("error", reason, "", "", 0.0, "none")


def no_answer(reason: str) -> Verdict:
    """Return the verdict on an answer that there is not."""
    return Verdict("failed", f"there is no answer: {reason}", "", "", 0.0, "none")


def judge(job: Job, sandbox: Sandbox) -> Verdict:
    """Judge one answer by the tests and cases of its task."""
    return run_checks(job.task.checks(job.answer, job.timeout_seconds), sandbox).verdict


def judge_all(
    jobs: Iterable[Job], sandbox_of: Callable[[Task], Sandbox], workers: int = 1
) -> Iterator[Verdict]:
    """Yield the verdicts in the order of `jobs`, which may be endless; `workers` programs run at a time.

    `sandbox_of` returns the sandbox of a task, since tasks may need different versions of libraries.
    """

    def calls() -> Iterator[Callable[[], Verdict]]:
        for job in jobs:
            sandbox = sandbox_of(job.task)
            sandbox.widen(workers)
            yield partial(judge, job, sandbox)

    return run_in_order(calls(), workers)


def same_output(printed: str, expected: str) -> bool:
    """Compare two outputs line by line, ignoring outer white space and how numbers are written.

    As in the evaluation of LiveCodeBench (Jain et al. 2024), `1.50` equals `1.5`.
    """
    ours, theirs = _lines(printed), _lines(expected)
    return len(ours) == len(theirs) and all(map(_same_line, ours, theirs))


def _with_output(check: Check, verdict: Verdict) -> Verdict:
    expected = check.expected_stdout
    if expected is None or not verdict.passed or same_output(verdict.stdout, expected):
        return verdict
    return replace(verdict, status="failed", detail="it did not print what was expected")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def _same_line(ours: str, theirs: str) -> bool:
    if ours == theirs:
        return True
    try:
        return [Decimal(word) for word in ours.split()] == [Decimal(word) for word in theirs.split()]
    except InvalidOperation:
        return False
