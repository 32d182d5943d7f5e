"""A task of a data set: what is asked, how an answer becomes a program, and how that is checked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rag.evaluation.future_imports import future_imports_first, without_future_imports
from rag.execution import Program
from rag.execution.program import Language

Place = Literal["in program", "as text"]


class Check(NamedTuple):
    """A program to run for an answer, and the output that it has to print; None where its tests decide."""

    program: Program
    expected_stdout: str | None = None


class Case(NamedTuple):
    """An input on stdin, and the output that a right program prints for it."""

    stdin: str
    stdout: str


@dataclass(frozen=True, slots=True)
class Task:
    """One task; the record is the same for every data set. Text that does not apply is empty.

    Args:
        task_id: id in the data set, unique there.
        intent: what is asked, in words.
        shown: code that the generator is shown below the intent, and that its answer continues.
        reference: a right answer, which can take the place of the generator's.
        before: code above the answer in the program.
        after: code below the answer in the program.
        tests: statements (Python) or commands (bash) that fail if the answer is wrong.
        cases: inputs and outputs of a program that is tested by what it prints.
        place: "in program": the answer is code between `before` and `after`; "as text": the tests find it in
            the string `solution` and run it themselves (DS-1000).
        entry_point: name of the function or class that the tests call.
        language: "python" or "bash".
        gold: ids of the documents that answer the task; see `rag.evaluation.gold` for their forms.
        libraries: libraries that the task is about, by their names as installed.
        requirements: pinned versions that the task needs (`torch==1.9.0`), for a virtual environment.
        python: version of Python that the task needs.
        date: date of publication, ISO 8601.
        group: what reports group by: a library, a difficulty, "existing" or "new".
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
        """Return whether an answer can be judged by running it."""
        return bool(self.tests or self.cases)

    def source(self, answer: str) -> str:
        """Return the program with `answer` in its place, without the tests.

        An answer that defines `entry_point` itself replaces the unfinished definition at the end of `before`,
        and `after`, which would have finished it, is left out. Code above it, such as imports, stays, below
        the answer's imports from `__future__`.
        """
        if self.place == "as text":
            return answer
        begun = start_of(self.entry_point, self.before)
        if begun is not None and start_of(self.entry_point, answer) is not None:
            program = f"{self.before[:begun]}{answer}\n"
        else:
            program = f"{self.before}{answer}{self.after}"
        return future_imports_first(program) if self.language == "python" else program

    def checks(self, answer: str, timeout_seconds: float | None = None) -> Sequence[Check]:
        """Return the checks of `answer`, in the order in which they run; it is right if all pass."""

        def program(source: str, tests: str, stdin: str = "") -> Program:
            return Program(source, tests, stdin, self.language, timeout_seconds, self.entry_point)

        if self.place == "as text":
            solution = without_future_imports(answer)
            return [Check(program(self.before, f"solution = {solution!r}\n{self.tests}"))]
        source = self.source(answer)
        if self.cases:
            return [Check(program(source, "", case.stdin), case.stdout) for case in self.cases]
        return [Check(program(source, self.tests))] if self.tests else []


def start_of(name: str, code: str) -> int | None:
    """Return where the last unindented definition of `name` in `code` begins, decorators included.

    None where there is no such definition.
    """
    pattern = rf"^(?:async +def|def|class) +{re.escape(name)}\b"
    found = list(re.finditer(pattern, code, re.MULTILINE)) if name else []
    if not found:
        return None
    start = found[-1].start()
    while (above := code.rfind("\n", 0, max(start - 1, 0)) + 1) < start and code.startswith("@", above):
        start = above
    return start
