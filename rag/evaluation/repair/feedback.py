"""What a generator is shown of a failed trial: short, and no more than it may know."""

from dataclasses import dataclass, replace

from rag.evaluation.judge import run_checks
from rag.evaluation.repair.trial import Ran, Trial
from rag.evaluation.repair.trim import (
    DEFAULT_ROOM,
    TESTS,
    Frame,
    Room,
    Traceback,
    last_lines,
    read_traceback,
    trim_shell,
)
from rag.evaluation.task import Check
from rag.execution import Sandbox, Verdict

_CASE_PARTS = 3  # input, expected output and output share the room


@dataclass(frozen=True, slots=True)
class Feedback:
    """The outcome of a trial.

    Args:
        ran: what was run.
        verdict: that of the first check that failed, or of the last check; "failed" too where a program ended
            well and printed something else than expected.
        check: the check of that verdict.
        traceback: the part of it that may be shown; None where there is none, such as for a shell.
    """

    ran: Ran
    verdict: Verdict
    check: Check
    traceback: Traceback | None

    @property
    def passed(self) -> bool:
        """Return whether nothing went wrong."""
        return self.verdict.passed

    @property
    def exception(self) -> str:
        """Type and message of the exception; empty without one."""
        return self.traceback.exception[0] if self.traceback else ""

    @property
    def line(self) -> str:
        """Innermost line of the program, not of its tests, that raised the exception; empty if unknown."""
        frames = self.traceback.frames if self.traceback else ()
        return next((frame.source for frame in reversed(frames) if frame.file != TESTS and frame.source), "")

    def error(self, room: Room = DEFAULT_ROOM) -> str:
        """Return what went wrong. The titles of its parts come on top of `room`."""
        verdict, check = self.verdict, self.check
        if self.traceback:
            return self.traceback.text(room)
        expected = check.expected_stdout
        if expected is not None and verdict.status == "failed":
            parts = {"The input": check.program.stdin, "Expected output": expected, "Output": verdict.stdout}
        elif check.program.language == "bash":
            parts = {"Output": verdict.stdout, "Errors": trim_shell(verdict.stderr, room)}
        else:
            parts = {"Errors": verdict.stderr}
        share = Room(room.lines // _CASE_PARTS or 1, room.chars // _CASE_PARTS or 1)
        shown = [
            f"{title}:\n{kept}" for title, text in parts.items() if (kept := last_lines(text, share).rstrip())
        ]
        return "\n".join([verdict.detail, *shown])


def try_out(trial: Trial, sandbox: Sandbox) -> Feedback:
    """Run the checks of `trial` up to the first that fails."""
    check, verdict = run_checks(trial.checks, sandbox)
    return Feedback(trial.ran, verdict, check, _showable(verdict, check, trial))


def _showable(verdict: Verdict, check: Check, trial: Trial) -> Traceback | None:
    """Return the traceback without frames of other files, and without code that must not be seen."""
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
