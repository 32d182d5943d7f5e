"""What a verdict tells whoever is to mend the program: short, and no more than they may know."""

from dataclasses import dataclass, replace

from rag.evaluation.judge import run_checks
from rag.evaluation.repair.trial import Ran, Trial
from rag.evaluation.repair.trim import (
    MAX_CHARS,
    MAX_LINES,
    TESTS,
    Frame,
    Traceback,
    last_lines,
    read_traceback,
    trim_shell,
)
from rag.evaluation.task import Check
from rag.execution import Sandbox, Verdict

_CASE_PARTS = 3  # input, expected output, output: they share the room


@dataclass(frozen=True, slots=True)
class Told:
    """The outcome of a trial.

    Args:
        ran: what was run.
        verdict: of the first check that failed, or of the last; "failed" too where a program that ended well
            did not print what it should.
        check: the check of that verdict.
        traceback: what of it may be told; None where there is none, as of a shell.
    """

    ran: Ran
    verdict: Verdict
    check: Check
    traceback: Traceback | None

    @property
    def exception(self) -> str:
        """Type and message of the exception, or empty."""
        return self.traceback.exception[0] if self.traceback else ""

    @property
    def line(self) -> str:
        """The innermost line of the program, not of its tests, from which the exception came; or empty."""
        frames = self.traceback.frames if self.traceback else ()
        return next((frame.source for frame in reversed(frames) if frame.file != TESTS and frame.source), "")

    def error(self, max_lines: int = MAX_LINES, max_chars: int = MAX_CHARS) -> str:
        """What went wrong, in `max_lines` and `max_chars`, nearly: the parts have titles of their own."""
        verdict, check = self.verdict, self.check
        if self.traceback:
            return self.traceback.text(max_lines, max_chars)
        expected = check.expected_stdout
        if expected is not None and verdict.status == "failed":
            parts = {"The input": check.program.stdin, "Expected output": expected, "Output": verdict.stdout}
        elif check.program.language == "bash":
            errors = trim_shell(verdict.stderr, max_lines=max_lines, max_chars=max_chars)
            parts = {"Output": verdict.stdout, "Errors": errors}
        else:
            parts = {"Errors": verdict.stderr}
        room = (max_lines // _CASE_PARTS or 1, max_chars // _CASE_PARTS or 1)
        told = [
            f"{title}:\n{kept}" for title, text in parts.items() if (kept := last_lines(text, *room).rstrip())
        ]
        return "\n".join([verdict.detail, *told])


def try_out(trial: Trial, sandbox: Sandbox) -> Told:
    """Run the checks of `trial` up to the first that fails."""
    check, verdict = run_checks(trial.checks, sandbox)
    return Told(trial.ran, verdict, check, _tellable(verdict, check, trial))


def _tellable(verdict: Verdict, check: Check, trial: Trial) -> Traceback | None:
    """The traceback without the frames of others, and without code that is not to be seen."""
    found = None if check.program.language == "bash" else read_traceback(verdict.stderr)
    if not found or verdict.passed:
        return None
    found = found.within(trial.files)
    if trial.shown is None:
        return found
    shown = trial.shown
    return replace(found, frames=tuple(_without_code(frame, shown) for frame in found.frames))


def _without_code(frame: Frame, shown: str) -> Frame:
    return frame if frame.source in shown else Frame(frame.file, frame.lines[:1], "")
