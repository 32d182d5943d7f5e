"""What a check of an answer finds, without running it: the other kind of feedback beside execution."""

from dataclasses import dataclass

from corpora.syntax.parse_python import parse_python
from rag.checking.finding import Finding
from rag.corrections.correct import CheckCode
from rag.corrections.findings import errors_of, findings_as_feedback, unchecked_reason
from rag.evaluation.repair.trial import Ran
from rag.evaluation.repair.trim import DEFAULT_ROOM, Room
from rag.evaluation.task import Task


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """An answer and the errors that were found in it.

    Args:
        answer: the answer.
        source: the program that holds it, without tests.
        errors: what fails when it runs; those in the code of the task are left out.
        unchecked: why it was not checked; empty if it was.
        is_broken: whether that is the fault of the answer: it cannot be parsed, or is empty.
        rank: orders answers, the better one first.
    """

    answer: str
    source: str
    errors: tuple[Finding, ...]
    unchecked: str
    is_broken: bool
    rank: tuple[bool, int]
    ran: Ran = "check"

    @property
    def passed(self) -> bool:
        """Return whether there is nothing to repair by."""
        return not self.errors and not self.is_broken

    def error(self, room: Room = DEFAULT_ROOM) -> str:
        """Return the findings in words, or why there are none."""
        if not self.errors:
            return self.unchecked
        return findings_as_feedback(self.errors, self.source, room.chars)


def checked(task: Task, answer: str, check: CheckCode) -> CheckedAnswer:
    """Return what is found in `answer`. Nothing of it is run; what is no Python is not checked."""
    source = program_of(task, answer)
    if task.language != "python":
        return CheckedAnswer(answer, source, (), "it is no Python", False, (True, 0))
    report = check(source)
    errors = tuple(one for one in errors_of(report) if one.line in _lines_of(answer, source))
    is_empty = not answer.strip()
    is_broken = is_empty or parse_python(source) is None
    unchecked = "it is empty" if is_empty else unchecked_reason(report)
    rank = is_broken or bool(report.unchecked), len(errors)
    return CheckedAnswer(answer, source, errors, unchecked, is_broken, rank)


def program_of(task: Task, answer: str) -> str:
    """Return the program that an answer belongs to, without tests: where its names come from."""
    return f"{task.shown}\n{answer}" if task.place == "as text" else task.source(answer)


def _lines_of(answer: str, source: str) -> range:
    """Return the lines of a program that are those of the answer: the model did not write the others."""
    start = source.rfind(answer.strip())
    if start < 0:  # its imports were moved
        return range(1, source.count("\n") + 2)
    first = source.count("\n", 0, start) + 1
    return range(first, first + answer.strip().count("\n") + 1)
