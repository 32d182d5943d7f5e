"""What is run of an answer to find its mistake, and what of its errors a generator may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from rag.evaluation.repair.examples import EXAMPLE, example_tests, shown_cases, shown_examples
from rag.evaluation.repair.trim import PROGRAM, TESTS
from rag.evaluation.task import Check, Task
from rag.execution import Program

FeedbackMode = Literal["visible", "tests", "findings", "findings+visible", "findings+tests"]
"""What a turn learns from. "visible": what anyone who was given the task could run; a score after such a
repair is one of the task as it stands. "tests": the tests that also judge the answer; a score after such a
repair is of another kind: it says how far a generator gets that knows what is tested. "findings": what a
check against the libraries finds, before anything runs; one of the others may follow."""

FEEDBACK_MODES: tuple[FeedbackMode, ...] = get_args(FeedbackMode)

Stage = Literal["findings", "visible", "tests"]
"""A part of a repair, with turns of its own."""

Ran = Literal["examples", "program", "syntax", "tests", "nothing", "check"]
"""What was run of an answer: the examples in the task, the program alone, the parser alone, the tests;
nothing, where the answer is empty, and "check" where it was checked without running it."""

_ANSWER: Final = "answer.py"
# The program is parsed in the sandbox, since a parser can crash. An answer that the tests put into a function
# has no indentation in its first line, and that of the function in all others.
_PARSE: Final = f"""
import ast, sys, textwrap
text = textwrap.dedent(sys.stdin.read())
try:
    ast.parse(text, {_ANSWER!r})
except SyntaxError:
    try:
        indents = [len(line) - len(line.lstrip()) for line in text.splitlines()[1:] if line.strip()]
        ast.parse("if 1:\\n" + " " * min(indents, default=0) + text)
    except SyntaxError:
        indents = None
    if indents is None:
        raise
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """The checks of an answer.

    Args:
        checks: run in this order, up to the first that fails.
        ran: what they run.
        files: names of the files whose frames may be shown from a traceback.
        shown: a frame's line of code may be shown if this text holds it; None allows every line.
    """

    checks: Sequence[Check]
    ran: Ran
    files: Collection[str]
    shown: str | None


def stages_of(feedback: FeedbackMode) -> tuple[Stage, ...]:
    """Return the parts of a repair, in their order."""
    return cast("tuple[Stage, ...]", tuple(feedback.split("+")))


def trial_of(task: Task, answer: str, feedback: Stage, timeout_seconds: float | None) -> Trial:
    """Return what is run of `answer` by "visible" or "tests"; without tests, both try what is visible.

    In the mode "visible", neither the tests nor the reference of the task are used. Examples are run if the
    task shows any; else the program alone, which executes its definitions. No function is called without an
    example: of the ODEX-dev references that need no argument, 36 of 63 raise without the imports and files of
    their tests. What is not a program by itself is only parsed: an answer tested as text, a program that
    waits for input, and a command of a task without tests, which lacks the files that it is about.

    Of the 911 references of ODEX-dev, HumanEval and DS-1000-dev, 2 fail in this mode, both because an example
    of HumanEval is wrong.
    """
    if not answer.strip():
        return Trial((), "nothing", (), None)
    if feedback == "tests" and task.is_executable:
        files = ("<string>",) if task.place == "as text" else (PROGRAM, TESTS)
        return Trial(task.checks(answer, timeout_seconds), "tests", files, None)
    # The answer may begin and end in the middle of a line, so the rest of these lines may be shown too.
    begun, ended = task.before.rpartition("\n")[2], task.after.partition("\n")[0]
    shown = f"{task.intent}\n{task.shown}\n{begun}{answer}{ended}"

    def program(source: str, tests: str = "", stdin: str = "") -> Program:
        return Program(source, tests, stdin, task.language, timeout_seconds, task.entry_point)

    cases = shown_cases(task)
    if cases:
        checks = [Check(program(task.source(answer), stdin=case.stdin), case.stdout) for case in cases]
        return Trial(checks, "examples", (PROGRAM,), shown)
    if task.place == "as text" or task.cases or (task.language == "bash" and not task.is_executable):
        return Trial([Check(_parse(task, answer))], "syntax", (_ANSWER,), shown)
    examples = shown_examples(task) if task.language == "python" else []
    if examples:
        check = Check(program(task.source(answer), example_tests(examples)))
        return Trial([check], "examples", (PROGRAM, EXAMPLE), shown)
    return Trial([Check(program(task.source(answer)))], "program", (PROGRAM,), shown)


def _parse(task: Task, answer: str) -> Program:
    if task.language == "bash":
        return Program("bash -n", stdin=task.source(answer), language="bash")
    return Program(_PARSE, stdin=answer if task.place == "as text" else task.source(answer))
