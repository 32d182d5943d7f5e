"""What is run of an answer to tell what is wrong with it, and what may be told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rag.evaluation.repair.examples import EXAMPLE, example_tests, shown_cases, shown_examples
from rag.evaluation.repair.trim import PROGRAM, TESTS
from rag.evaluation.task import Check, Task
from rag.execution import Program

FeedbackMode = Literal["visible", "tests"]
"""What a turn learns from. "visible": what whoever was given the task could run too; a score after that is
one of the task as it is. "tests": the task's own tests, which also judge; a score after that is of another
kind, and says how far a generator gets that is told what is tested."""

FEEDBACK_MODES: tuple[FeedbackMode, ...] = ("visible", "tests")

Ran = Literal["examples", "program", "syntax", "tests", "nothing"]
"""What of an answer was run: the examples in the task, the program alone, only the parser, its tests, or
nothing, since there was no answer."""

_ANSWER: Final = "answer.py"
# The program is parsed where it would run, since a parser can crash. What the tests put into a function has
# no indentation in its first line, and all others have that of the function.
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
        checks: in this order, up to the first that fails.
        ran: what they are.
        files: whose frames of a traceback are told.
        shown: the text whose lines may be quoted from a traceback; None for any.
    """

    checks: Sequence[Check]
    ran: Ran
    files: Collection[str]
    shown: str | None


def trial_of(task: Task, answer: str, feedback: FeedbackMode, timeout_seconds: float | None) -> Trial:
    """What is run of `answer`; a task without tests has no more than what is visible.

    In the mode "visible", neither tests nor reference of the task are used: its examples are run if it shows
    any; else the program alone, as far as its definitions. No function is called without an example: of the
    ODEX-dev references that need no argument, 36 of 63 raise without the imports and files of their tests.
    The parser alone looks at what makes no program by itself: what is tested as text, programs that wait
    for an input, and commands of tasks that nobody runs, for they miss the files they are about.

    Of the 911 references of ODEX-dev, HumanEval and DS-1000-dev 2 fail in this mode: examples of HumanEval
    that are wrong themselves.
    """
    if not answer.strip():
        return Trial((), "nothing", (), None)
    if feedback == "tests" and task.is_executable:
        files = ("<string>",) if task.place == "as text" else (PROGRAM, TESTS)
        return Trial(task.checks(answer, timeout_seconds), "tests", files, None)
    # the answer may begin and end in the middle of a line
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
