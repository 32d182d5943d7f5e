"""What repair did in each context, in numbers: by what a check found, and by running answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """First answers that were checked without running them, and repaired by what was found.

    Args:
        checked: number of answers that were checked.
        unchecked: reason -> number of those that could not be.
        with_findings: answers with errors.
        passing: those of them that pass their tests all the same: false alarms, or code that does not run.
        cleared: those of them of which no error was left.
        gained: those of them that failed before, and pass now.
        lost: those of them that passed before, and fail now.
        turns: number of answers that were asked for.
    """

    checked: int
    unchecked: Mapping[str, int]
    with_findings: int
    passing: int
    cleared: int
    gained: int
    lost: int
    turns: int


@dataclass(frozen=True, slots=True)
class RepairCounts:
    """First answers that were repaired.

    Args:
        answers: number of first answers.
        passed: those that passed their tests before repair.
        after: those that pass after all of it.
        by_findings: what findings did; None where answers were only run.
        ran: answers that were run for feedback, and so repaired by their errors; None where none was.
        gained: answers that failed before they were repaired by running them, and pass now.
        lost: those that passed, and fail now.
        turns: number of answers and plans that were asked for, by findings and by running.
        prompt_tokens: tokens of the prompts of these; None where the backend does not say.
        completion_tokens: tokens of these, likewise.
    """

    answers: int
    passed: int
    after: int
    by_findings: FindingCounts | None
    ran: int | None
    gained: int
    lost: int
    turns: int
    prompt_tokens: int | None
    completion_tokens: int | None


class CountTable(NamedTuple):
    """A titled table of whole numbers: names of rows, each with a number, or None, for each column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]


def repair_table(columns: Mapping[str, RepairCounts | None]) -> CountTable:
    """Return a table with a column for each context; it has no rows where nothing was repaired."""
    found = {context: dict(_numbers(counts)) if counts else {} for context, counts in columns.items()}
    names = dict.fromkeys(name for numbers in found.values() for name in numbers)
    rows = ((name, tuple(numbers.get(name) for numbers in found.values())) for name in names)
    return CountTable("Repair", tuple(found), tuple(rows))


def _numbers(counts: RepairCounts) -> Iterator[tuple[str, int | None]]:
    found = counts.by_findings
    yield "first answers", counts.answers
    yield "that pass", counts.passed
    if found is not None:
        yield "that could not be checked", sum(found.unchecked.values())
        yield "with findings", found.with_findings
        yield "with findings, and pass", found.passing
        yield "by findings: none left", found.cleared
        yield "by findings: now pass", found.gained
        yield "by findings: pass no more", found.lost
    if counts.ran is not None:
        yield "by running: now pass", counts.gained
        yield "by running: pass no more", counts.lost
    yield "that pass after repair", counts.after
    if found is not None:
        yield "asked again for findings", found.turns
    if counts.ran is not None:
        yield "asked again for errors", counts.turns - (found.turns if found else 0)
    yield "tokens of these prompts", counts.prompt_tokens
    yield "tokens of these answers", counts.completion_tokens
