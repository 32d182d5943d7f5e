"""A task of a data set: what is asked, what a right answer is, and how an answer is made a program."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rag.execution import Program
from rag.execution.program import Language

Place = Literal["in program", "as text"]


class Check(NamedTuple):
    """A program to run for an answer, and what it has to print; None where only its tests decide."""

    program: Program
    expected_stdout: str | None = None


class Case(NamedTuple):
    """An input on stdin, and the output that a right program prints."""

    stdin: str
    stdout: str


@dataclass(frozen=True, slots=True)
class Task:
    """One task; the same record whatever the data set.

    Args:
        task_id: as the data set calls it, unique in it.
        intent: what is asked, in words: the query of retrieval.
        shown: code that the generator is shown beneath the intent, and that its answer continues.
        reference: an answer that is right, or empty: it takes the place of what a generator writes.
        before: what stands before the answer in the program; `after`: what stands behind it.
        tests: statements (Python) or commands (bash) that fail if the answer is wrong.
        cases: inputs and outputs, for programs that are tested by what they print.
        place: "in program": the answer is code between `before` and `after`; "as text": the tests find it in
            the string `solution` and run it themselves (DS-1000).
        entry_point: name of the function or class that the tests call, or empty.
        language: "python" or "bash".
        gold: ids of the documents that answer it; which ids, the data set says.
        libraries: that it is about, as installed.
        requirements: pinned versions that it needs (`torch==1.9.0`), for a virtual environment.
        python: version of Python that it needs, or empty.
        date: when it was published, ISO 8601, or empty.
        group: what reports put together: a library, a difficulty, "existing" or "new".
    """

    task_id: str
    intent: str
    shown: str = ""
    reference: str = ""
    before: str = ""
    after: str = ""
    tests: str = ""
    cases: tuple[Case, ...] = ()
    place: Place = "in program"
    entry_point: str = ""
    language: Language = "python"
    gold: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    python: str = ""
    date: str = ""
    group: str = ""

    @property
    def is_executable(self) -> bool:
        """Whether an answer can be judged by running it."""
        return bool(self.tests or self.cases)

    def source(self, answer: str) -> str:
        """The program with `answer` in its place, without the tests.

        An answer that defines `entry_point` itself replaces the beginning of it in `before`, and `after`,
        which would have ended it, falls away. What stands above, such as imports, stays.
        """
        if self.place == "as text":
            return answer
        begun = start_of(self.entry_point, self.before)
        if begun is not None and start_of(self.entry_point, answer) is not None:
            return f"{self.before[:begun]}{answer}\n"
        return f"{self.before}{answer}{self.after}"

    def checks(self, answer: str, timeout_seconds: float | None = None) -> Sequence[Check]:
        """What is run for `answer`, in this order; it is right if all of it ends well."""

        def program(source: str, tests: str, stdin: str = "") -> Program:
            return Program(source, tests, stdin, self.language, timeout_seconds, self.entry_point)

        if self.place == "as text":
            return [Check(program(self.before, f"solution = {answer!r}\n{self.tests}"))]
        source = self.source(answer)
        if self.cases:
            return [Check(program(source, "", case.stdin), case.stdout) for case in self.cases]
        return [Check(program(source, self.tests))] if self.tests else []


def start_of(name: str, code: str) -> int | None:
    """Where the last definition of `name` at the margin of `code` begins, decorators included."""
    pattern = rf"^(?:async +def|def|class) +{re.escape(name)}\b"
    found = list(re.finditer(pattern, code, re.MULTILINE)) if name else []
    if not found:
        return None
    start = found[-1].start()
    while (above := code.rfind("\n", 0, max(start - 1, 0)) + 1) < start and code.startswith("@", above):
        start = above
    return start
